"""The effect of sending held notices anyway, or a notice again: whom each would reach.

A message cannot be called back. So the page that asks shows what `route` would decide: about a
release, with the reason overruled for which the notice is held. Here is also which notices may be
released, or be said to be told, together.
"""

from collections.abc import Callable, Iterable, Sequence

from aviso.domain.audience import is_hers
from aviso.domain.contacts import Contact
from aviso.domain.model import Channel, Victim
from aviso.domain.people import mark_of, name_of
from aviso.domain.reasons import TOGETHER, HoldReason, StopReason, WaitReason
from aviso.domain.restriction import restriction_of
from aviso.domain.routing import QueueLetter, Send, Situation, route
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.staff.home_letters import CaseNotice, asks, is_guarded, rungs, sent_again, sent_anyway
from aviso.web.staff import case_homes, case_people


class Reached(Frozen, frozen=True, kw_only=True):
    """One contact that a message would go to."""

    channel: str
    shown: str
    name: str  # whose contact it is, when not the victim's own
    hidden: bool  # a confidential home: then `shown` is empty (docs/rules.md#24)
    home: str  # of a letter: the home on one line, or a key of a confidential one


class Foreseen(Frozen, frozen=True, kw_only=True):
    """The effect on a notice if it were released, or sent again, now."""

    name: str  # the victim's
    mark: str  # see `people.mark_of`
    overrules: tuple[HoldReason, ...]  # the one it is held for last
    first: HoldReason | StopReason | WaitReason | None  # why nothing is sent at once
    rungs: tuple[tuple[Reached, ...], ...]  # each is used when nothing arrived on the one before
    home: str  # where a letter may go, if it may not be safe to write there; or empty
    hidden: bool  # one of the homes is confidential


def homes(would: Iterable[Foreseen]) -> str:
    """Return the homes to which a member must say that a letter is safe, on one line, or empty."""
    return "; ".join(dict.fromkeys(one.home for one in would if one.home))


def may_go_together(held: Sequence[CaseNotice], settings: Settings) -> bool:
    """Whether one reason may release all of these notices.

    They are one person's. Or they are held for one ordinary reason, none is on a restricted case,
    and nothing else was ever overruled for any of them.
    """
    if len({(one.case.origin, one.notice.victim) for one in held}) < 2:
        return True
    reasons = {one.notice.reason for one in held}
    alike = len(reasons) == 1 and reasons <= TOGETHER
    return alike and not any(
        restriction_of(one.case, settings) or set(one.notice.overruled) - TOGETHER for one in held
    )


def may_be_told_together(held: Sequence[CaseNotice], settings: Settings) -> bool:
    """Whether one act may say of all of these notices that a person told their victims.

    They are one person's. Or none is on a restricted case or about somebody who is not safe to
    contact: a member looks at each of those. What silences a victim who cannot act is told to the
    victim, all else to others: nobody is told both.
    """
    hers = {is_hers(one.case.victim(one.notice.victim), one.notice) for one in held}
    if len(hers) > 1 or (hers == {True} and count_people(held) > 1):
        return False
    if count_people(held) < 2:
        return True
    return not any(is_guarded(one, settings) for one in held)


def count_people(held: Sequence[CaseNotice]) -> int:
    """Return how many people these notices are for, each under the id that they have now."""
    return len({(one.case.origin, one.notice.victim) for one in held})


def released(held: CaseNotice, actor: Actor) -> Foreseen:
    """Return whom a release would reach now, by the same rule that decides when it is sent."""
    return _foreseen(held, sent_anyway, actor)


def resent(over: CaseNotice, actor: Actor) -> Foreseen:
    """Return whom a notice would reach if it were sent again now, by the same rule."""
    return _foreseen(over, sent_again, actor)


def _foreseen(
    one: CaseNotice, sent: Callable[[CaseNotice, Actor], Situation], actor: Actor
) -> Foreseen:
    situation = sent(one, actor)
    at_once, victim = route(situation), situation.victim
    reached = _rungs(situation, victim, actor) if victim else ()
    return Foreseen(
        name=name_of(victim) if victim else "",
        mark=mark_of(victim, actor.today) if victim else "",
        overrules=situation.notice.overruled,
        first=None if isinstance(at_once, Send | QueueLetter) else at_once.reason,
        rungs=reached,
        home=_home(reached) if asks(one, sent, actor) else "",
        hidden=any(to.hidden for rung in reached for to in rung),
    )


def _rungs(situation: Situation, victim: Victim, actor: Actor) -> tuple[tuple[Reached, ...], ...]:
    """Return the contacts that are used one after the other, with whose each is."""
    case = situation.case
    lines = case_people.person_of(situation, victim, actor).lines
    names = {line.address: line.name for line in lines}

    def reached(contact: Contact) -> Reached:
        address = contact.address
        hidden = case_homes.is_hidden(case, victim, address, actor)
        shown = "" if hidden else case_people.shown(address)
        home = (
            case_people.line_key(case.origin, address) if hidden else ", ".join(shown.splitlines())
        )
        return Reached(
            channel=contact.channel.value,
            shown=shown,
            name=names.get(address, ""),
            hidden=hidden,
            home=home if contact.channel is Channel.LETTER else "",
        )

    return tuple(tuple(map(reached, rung)) for rung in rungs(situation))


def _home(reached: Iterable[Iterable[Reached]]) -> str:
    """Return the homes among the contacts that are used, on one line."""
    return "; ".join(to.home for rung in reached for to in rung if to.home)
