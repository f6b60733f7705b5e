"""Letters to a home where somebody else may open them: a member checks that it is safe first.

`notice_decisions` sends no such notice before a member said so. The desk's pages and the shell ask
for it by this module, so both ask for the same homes.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from aviso.domain.contacts import Contact
from aviso.domain.guards import Guards, without_switches
from aviso.domain.model import Case, Channel
from aviso.domain.notice import Attempt, Notice, State
from aviso.domain.notice_states import overruling
from aviso.domain.reasons import UNSAFE
from aviso.domain.restriction import restriction_of
from aviso.domain.routing import QueueLetter, Send, Situation, Wait, route
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.notices.case_reads import with_attempts
from aviso.staff.actor import Actor
from aviso.storage import guards, notices


class CaseNotice(Frozen, frozen=True, kw_only=True):
    """A notice with its case."""

    notice: Notice
    case: Case


def sent_anyway(one: CaseNotice, actor: Actor) -> Situation:
    """Return what decides about a held notice if it were released now."""
    notice = one.notice
    return _situation(one, replace(notice, overruled=overruling(notice), reason=""), actor)


def sent_again(one: CaseNotice, actor: Actor) -> Situation:
    """Return what decides about a notice that is over if it were sent again now."""
    fresh = replace(
        one.notice,
        state=State.PLANNED,
        reason="",
        overruled=(),
        resent_at=actor.now,
        released_by="",
    )
    return _situation(one, fresh, actor)


def _situation(one: CaseNotice, notice: Notice, actor: Actor) -> Situation:
    return Situation(
        case=one.case,
        notice=notice,
        told=with_attempts(notices.list_notices(one.case), notice, one.case),
        guards=guards.read_for(one.case),
        settings=actor.settings,
        now=actor.now,
    )


def rungs(situation: Situation) -> tuple[tuple[Contact, ...], ...]:
    """Return the contacts that a notice uses one after the other, if nothing arrives on any.

    `route` decides each step. Switches and an import under way are left out: they only delay it.
    """
    found: list[tuple[Contact, ...]] = []
    later = replace(situation, guards=without_switches(situation.guards))
    while contacts := _next(later):
        found.append(contacts)
        if contacts[0].channel is Channel.LETTER:
            break  # nothing comes after a letter
        tried = (*later.notice.attempts, *_failed(contacts, later.guards, situation.now))
        later = replace(later, notice=replace(later.notice, attempts=tried))
    return tuple(found)


def is_guarded(one: CaseNotice, settings: Settings) -> bool:
    """Whether a notice is on a restricted case or about somebody who is not safe to contact."""
    victim = one.case.victim(one.notice.victim)
    unsafe = victim is not None and not victim.safe_to_contact
    held_for = UNSAFE.intersection(overruling(one.notice))  # now, or before it was released once
    return bool(restriction_of(one.case, settings)) or bool(held_for) or unsafe


def asks(one: CaseNotice, sent: Callable[[CaseNotice, Actor], Situation], actor: Actor) -> bool:
    """Whether a member must check first that a letter to the home is safe.

    The letter may go at once, or after everything else. Of most notices this costs no read.

    Args:
        sent: how it would be sent, `sent_anyway` or `sent_again`.
    """
    if not is_guarded(one, actor.settings):
        return False
    reached = rungs(sent(one, actor))
    return any(contact.channel is Channel.LETTER for rung in reached for contact in rung)


def _next(situation: Situation) -> tuple[Contact, ...]:
    """Return the contacts `route` sends to, after any quiet hours.

    A notice that waits for another one may use each contact that is left, once that one is sent.
    """
    decision = route(situation)
    if isinstance(decision, Wait):
        decision = route(replace(situation, now=decision.until))
    match decision:
        case Send(hops=hops):
            return hops
        case QueueLetter(to=to):
            return (to,)
        case Wait():
            return _left(situation)
    return ()


def _left(situation: Situation) -> tuple[Contact, ...]:
    tried = {(a.channel, a.address_key) for a in situation.notice.attempts}
    keys = situation.guards.keys
    return tuple(c for c in situation.own if (c.channel, keys.get(c.address, "")) not in tried)


def _failed(contacts: Sequence[Contact], known: Guards, now: datetime) -> list[Attempt]:
    return [
        Attempt(
            n=0,
            channel=c.channel,
            address_key=known.keys.get(c.address, ""),
            state=State.FAILED,
            at=now,
        )
        for c in contacts
    ]
