"""The effect of sending held notices anyway, or a notice again: whom each would reach.

A message cannot be called back. So the page that asks shows what `route` would decide: about a
release, with the reason overruled for which the notice is held. Here is also which notices may be
released, or be said to be told, together.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from aviso.domain.audience import is_hers
from aviso.domain.contacts import Contact
from aviso.domain.model import Channel, Victim
from aviso.domain.people import mark_of, name_of
from aviso.domain.reasons import HoldReason, StopReason, WaitReason
from aviso.domain.restriction import restriction_of
from aviso.domain.routing import QueueLetter, Send, Situation, route
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.staff.home_letters import CaseNotice, asks, is_guarded, rungs, sent_again, sent_anyway
from aviso.web.staff import case_homes, case_people

# Held reasons that say nothing about a person, and why. Never add a reason that a rule of `route`
# looks up in `notice.overruled`: a release of one of these only lets `route` decide again, and it
# holds again what it held before.
TOGETHER: Mapping[HoldReason, str] = {
    HoldReason.TRIAL_MODE: "the agency's own switch held it; each task stays when trial mode ends",
    HoldReason.NO_CHANNEL_LEFT: "a provider's bad day: only a contact not tried yet is used",
    HoldReason.NO_SAFE_CONTACT: "only a contact that came since is used, and each is checked again",
}
# Held reasons about one person or one case: somebody looks at each of them. All reasons that begin
# with `restricted_` or `unsettled_`, and any in neither table, are treated in the same way.
ONE_BY_ONE: Mapping[HoldReason, str] = {
    HoldReason.NOT_SAFE_TO_CONTACT: "somebody else may read it, and harm her",
    HoldReason.VICTIM_IS_SUSPECT: "it may tell a suspect what the police do",
    HoldReason.CONTACT_SHARED_WITH_SUSPECT: "the phone may be in a suspect's hand",
    HoldReason.SUSPECT_CONTACT_UNREADABLE: "the phone may be a suspect's: nothing can compare them",
    HoldReason.CONTACT_OF_SUSPECT: "somebody left a suspect's contact as hers",
    HoldReason.REPRESENTATIVE_IN_DOUBT: "the person named may be a suspect, or live with one",
    HoldReason.UNSAFE_FOR_ANOTHER: "who harms her housemate may read it",
    HoldReason.EARLY_NEWS: "it may tell a suspect what the police do",
    HoldReason.MINOR_WITHOUT_GUARDIAN: "whom to tell for a child is decided for that child",
    HoldReason.DECEASED_WITHOUT_KIN: "whom to tell for the dead is decided for that family",
    HoldReason.INCAPACITATED_WITHOUT_SPEAKER: "who speaks for a person is decided for that person",
    HoldReason.BIRTH_DATE_UNREADABLE: "it may be a child",
    HoldReason.AGE_UNKNOWN: "it may be a child",
    HoldReason.NO_CONTACT_PERSON: "who speaks for an organization is decided for that one",
    HoldReason.VICTIM_IN_DOUBT: "a supervisor decides what is right about this victim",
    HoldReason.NOBODY_TO_TELL: "the case names no victim",
    HoldReason.CONTACT_DOUBTED: "a member must say of each contact whether it is safe",
    HoldReason.CHANGE_UNHEARD: "a supervisor checks that it was this person who called",
    HoldReason.LETTER_RETURNED: "a letter may go to that home again, and somebody else lives there",
    HoldReason.BAD_ADDRESS: "the home must be corrected first",
    HoldReason.PERHAPS_TOLD: "only its victim knows whether it was told",
    HoldReason.OLD: "old news may alarm the victim",
    HoldReason.DESK: "a colleague held it for a reason that is not written here",
    HoldReason.KEEPS_FAILING: "sending it fails for a reason that nobody knows yet",
    HoldReason.KEEPS_CHANGING: "the records system must first say what is right on this case",
}


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
    alike = len(reasons) == 1 and reasons <= TOGETHER.keys()
    return alike and not any(
        restriction_of(one.case, settings) or not TOGETHER.keys() >= set(one.notice.overruled)
        for one in held
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
