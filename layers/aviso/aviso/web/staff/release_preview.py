"""The effect of releasing held notices: whom each would reach, and which may end together.

A release overrules the reason for which a notice is held, and a message cannot be called back. So
the page that asks for it shows what `route` would decide with that reason overruled.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from aviso.domain.contacts import Contact
from aviso.domain.former_ids import as_now
from aviso.domain.model import Case, Channel, Victim
from aviso.domain.notice import Attempt, Notice, State
from aviso.domain.notice_states import overruling
from aviso.domain.people import name_of
from aviso.domain.reasons import HoldReason, StopReason, WaitReason
from aviso.domain.restriction import restriction_of
from aviso.domain.routing import QueueLetter, Send, Situation, Wait, route
from aviso.domain.send_guards import Guards
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.notices.situation import with_attempts
from aviso.staff.actor import Actor
from aviso.storage import guards, notices
from aviso.web.staff import case_people
from aviso.web.staff.task_filters import UNSAFE

# Held reasons that say nothing about a person, and why. No rule of `route` checks whether one of
# these was overruled: it only decides again, and holds again what it held before.
TOGETHER: Mapping[HoldReason, str] = {
    HoldReason.TRIAL_MODE: "the agency's own switch: all that was held goes when trial mode ends",
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
    HoldReason.EARLY_NEWS: "it may tell a suspect what the police do",
    HoldReason.MINOR_WITHOUT_GUARDIAN: "whom to tell for a child is decided for that child",
    HoldReason.DECEASED_WITHOUT_KIN: "whom to tell for the dead is decided for that family",
    HoldReason.BIRTH_DATE_UNREADABLE: "it may be a child",
    HoldReason.AGE_UNKNOWN: "it may be a child",
    HoldReason.NO_CONTACT_PERSON: "who speaks for an organization is decided for that one",
    HoldReason.NOT_A_PERSON: "who may be told for a victim of unknown type is decided for that one",
    HoldReason.NOBODY_TO_TELL: "the case names no victim",
    HoldReason.CALL_BACK: "a clerk calls first, and writes only to who does not answer",
    HoldReason.CHANGE_UNHEARD: "a supervisor checks that it was this person who called",
    HoldReason.LETTER_RETURNED: "a letter may go to that home again, and somebody else lives there",
    HoldReason.BAD_ADDRESS: "the home must be corrected first",
    HoldReason.OLD: "what is no news any more may alarm somebody",
    HoldReason.DESK: "a colleague held it for a reason that is not written here",
    HoldReason.KEEPS_FAILING: "sending it fails for a reason that nobody knows yet",
}


class Held(Frozen, frozen=True, kw_only=True):
    """A held notice with its case."""

    notice: Notice
    case: Case


class Reached(Frozen, frozen=True, kw_only=True):
    """One contact that a release would use."""

    channel: str
    shown: str
    name: str  # whose contact it is, when not the victim's own


class Foreseen(Frozen, frozen=True, kw_only=True):
    """The effect on a notice if it were released now."""

    name: str  # the victim's
    overrules: tuple[HoldReason, ...]  # the one it is held for last
    first: HoldReason | StopReason | WaitReason | None  # why nothing is sent at once
    rungs: tuple[tuple[Reached, ...], ...]  # each is used when nothing arrived on the one before


def may_go_together(held: Sequence[Held], settings: Settings) -> bool:
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


def may_be_told_together(held: Sequence[Held], settings: Settings) -> bool:
    """Whether one act may say of all of these notices that a person told their victims.

    They are one person's. Or none is on a restricted case or about somebody whom it is not safe to
    contact: a member looks at each of those.
    """
    if count_people(held) < 2:
        return True
    return not any(is_guarded(one, settings) for one in held)


def is_guarded(held: Held, settings: Settings) -> bool:
    """Whether a notice is on a restricted case or about somebody whom it is not safe to contact."""
    victim = held.case.victim(_now(held).victim)
    unsafe = victim is not None and not victim.safe_to_contact
    return bool(restriction_of(held.case, settings)) or held.notice.reason in UNSAFE or unsafe


def may_reach_home(would: Foreseen) -> bool:
    """Whether a letter may go, at once or after everything else."""
    return any(to.channel == Channel.LETTER for rung in would.rungs for to in rung)


def count_people(held: Sequence[Held]) -> int:
    """Return how many people these notices are for, each under the id that they have now."""
    return len({(one.case.origin, _now(one).victim) for one in held})


def _now(held: Held) -> Notice:
    (notice,) = as_now(held.case, [held.notice])
    return notice


def foreseen(held: Held, actor: Actor) -> Foreseen:
    """Return whom a release would reach now, by the same rule that decides when it is sent."""
    case, notice = held.case, _now(held)
    released = Situation(
        case=case,
        notice=replace(notice, overruled=overruling(notice), reason=""),
        told=with_attempts(notices.of(case), notice, case),
        guards=guards.read_for(case),
        settings=actor.settings,
        now=actor.now,
    )
    at_once, victim = route(released), released.victim
    return Foreseen(
        name=name_of(victim) if victim else "",
        overrules=released.notice.overruled,
        first=None if isinstance(at_once, Send | QueueLetter) else at_once.reason,
        rungs=_rungs(released, victim, actor) if victim else (),
    )


def _rungs(released: Situation, victim: Victim, actor: Actor) -> tuple[tuple[Reached, ...], ...]:
    """Return the contacts that are used one after the other, if none of them answers."""
    lines = case_people.person_of(released.case, victim, released.guards, actor).lines
    names = {line.address: line.name for line in lines}
    rungs: list[tuple[Reached, ...]] = []
    later = replace(released, guards=_without_switches(released.guards))
    while contacts := _next(later):
        rungs.append(tuple(_reached(c, names.get(c.address, "")) for c in contacts))
        if contacts[0].channel is Channel.LETTER:
            break  # nothing comes after a letter
        tried = (*later.notice.attempts, *_failed(contacts, later.guards, actor.now))
        later = replace(later, notice=replace(later.notice, attempts=tried))
    return tuple(rungs)


def _without_switches(known: Guards) -> Guards:
    """Return the guards as they are once no switch is on and no import is under way."""
    off = replace(known.switches, kill=False, kinds_off=frozenset(), brake="")
    return replace(known, switches=off, importing_until=None)


def _next(situation: Situation) -> tuple[Contact, ...]:
    """Return the contacts `route` sends to, after any quiet hours."""
    decision = route(situation)
    if isinstance(decision, Wait):
        decision = route(replace(situation, now=decision.until))
    match decision:
        case Send(hops=hops):
            return hops
        case QueueLetter(to=to):
            return (to,)
    return ()


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


def _reached(contact: Contact, name: str) -> Reached:
    return Reached(
        channel=contact.channel.value, shown=case_people.shown(contact.address), name=name
    )
