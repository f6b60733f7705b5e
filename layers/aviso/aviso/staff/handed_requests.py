"""What a receiving agency reads and confirms, and what the desk decides about hand-offs.

A hand-off's row has no personal data. What the agency reads is made of the case at that moment, and
only while the hand-off is owed: a request that was taken back a second ago shows nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from aviso.domain import text
from aviso.domain.errors import Conflict
from aviso.domain.hand_off_duties import NOBODY, HandOffDuty, duty_of
from aviso.domain.hand_offs import HandOff, HandOffState, called_off, confirmed, released, told
from aviso.domain.model import Case, Channel, Victim
from aviso.domain.people import name_of
from aviso.domain.reasons import RESTRICTED, HoldReason
from aviso.domain.receiving_agencies import Purpose
from aviso.domain.value import Frozen
from aviso.notices.agency_emails import bar
from aviso.staff import acts
from aviso.staff.actor import Actor, open_case
from aviso.storage import cases, guards, hand_off_rows

S = HandOffState
MOST = 100  # hand-offs that an agency reads on one page and in one file, the most urgent first


class HandedRequest(Frozen, frozen=True, kw_only=True):
    """One victim's request as a receiving agency reads it: the least that it needs."""

    id: str
    reference: str
    purpose: Purpose
    case: str  # the report's number
    origin: str  # the victim's origin id, for the audit trail
    victim: str  # the victim's name
    speaker: str  # who speaks for the victim, or empty
    relation: str  # and as what: guardian, next_of_kin or representative
    channel: Channel
    contact: str
    language: str
    arrested: str  # the arrested person's name, for a jail or a detention center alone
    arrest: str  # the arrest's number
    arrested_at: datetime | None
    asked_at: datetime
    until: datetime  # the consent's end
    deadline: datetime


class AgencyRequests(Frozen, frozen=True, kw_only=True):
    """What a receiving agency has: requests to confirm, and what became of earlier ones."""

    waiting: Sequence[HandedRequest]
    more: int  # that wait besides
    confirmed: Sequence[HandOff]
    withdrawn: Sequence[HandOff]


def requests_of_agency(actor: Actor) -> AgencyRequests:
    """Return the hand-offs of the actor's agency; each request that is read is in the trail."""
    found = list(hand_off_rows.of_receiver(actor.receiver)) if actor.receiver else []
    shown = sorted((one for one in found if one.shown), key=lambda one: (one.deadline, one.id))
    read = [_request(one, actor) for one in shown[:MOST]]
    return AgencyRequests(
        waiting=[*filter(None, read)],
        more=len(shown[MOST:]),
        confirmed=[one for one in found if one.state is S.CONFIRMED and one.told_at],
        withdrawn=[one for one in found if one.state is S.OVER and one.told_at],
    )


def note_read(requests: Iterable[HandedRequest], actor: Actor, action: str) -> None:
    """Write to the audit trail that the agency read these requests, or took them as a file."""
    for one in requests:
        actor.note(action, one.case, one.origin, one.id)


def _request(one: HandOff, actor: Actor) -> HandedRequest | None:
    """Return what an agency may read of a hand-off now; None when it may read nothing."""
    opened = _opened(one, actor)
    if opened is None:
        return None
    case, duty = opened
    if one.unsaid:
        # Written before the case is read again: an end from now on finds that the agency read it.
        try:
            one = hand_off_rows.write(one, told(one, duty, actor.now))
        except Conflict:
            return None
        return _request(one, actor)
    speaker, arrest = duty.speaker, duty.arrest
    return HandedRequest(
        id=one.id,
        reference=one.reference,
        purpose=one.purpose,
        case=case.shown,
        origin=duty.victim.origin,
        victim=name_of(duty.victim),
        speaker=speaker.name if speaker else "",
        relation=speaker.relation if speaker else "",
        channel=duty.contact.channel,
        contact=text.shown(duty.contact.address),
        language=duty.contact.language,
        arrested=duty.arrested,
        arrest=arrest.id if arrest else "",
        arrested_at=arrest.arrested_at if arrest else None,
        asked_at=duty.consent.at,
        until=duty.ends_at,
        deadline=one.deadline,
    )


def _opened(one: HandOff, actor: Actor) -> tuple[Case, HandOffDuty] | None:
    """Return the case of a hand-off that its agency may read now, or None."""
    case = cases.read_case(one.case)
    at = actor.at(case)
    duty = duty_of(one.id, at)
    if duty is None:
        return None
    at = replace(at, guards=guards.read_for(case))
    return None if bar(one, duty, at) else (case, duty)


def confirm(id: str, actor: Actor) -> str:
    """Confirm a hand-off for the actor's agency; return the outcome. Twice changes nothing.

    Raises:
        LookupError: when the agency has no such hand-off; another agency's is none.
        Conflict: when it was taken back or held meanwhile.
    """
    one = hand_off_rows.read(id) if id else None
    if one is None or not actor.receiver or one.receiver != actor.receiver or not one.told_at:
        raise LookupError("no such hand-off")
    if one.state is S.CONFIRMED:
        return "confirmed"
    opened = _opened(one, actor) if one.shown else None
    if opened is None:
        raise Conflict("it was taken back, or a person looks at it")
    case, duty = opened
    record = actor.record(acts.CONFIRM_HAND_OFF.audit, case.number, one.victim, one.id)
    hand_off_rows.write(one, confirmed(one, duty, actor.audit_name, actor.now), record)
    return "confirmed"


class HandOffTask(Frozen, frozen=True, kw_only=True):
    """A hand-off that waits for a person, as the desk shows it."""

    hand_off: HandOff
    case: Case
    victim: Victim | None
    releasable: bool


def tasks(actor: Actor) -> list[HandOffTask]:
    """Return what waits for a person on the cases that a member may see, most urgent first."""
    found = []
    for one in hand_off_rows.tasks():
        case = cases.read_case(one.case)
        if actor.may_see(case):
            victim = case.victim(one.victim)
            found.append(
                HandOffTask(hand_off=one, case=case, victim=victim, releasable=_releasable(one))
            )
    return found


def waiting(actor: Actor) -> list[HandOff]:
    """Return the tasks that a member may know of, as far as a hand-off alone tells."""
    found = hand_off_rows.tasks()
    return [one for one in found if actor.trusted or not one.reason.startswith(RESTRICTED)]


def _releasable(one: HandOff) -> bool:
    """Whether an email to the agency can do what the task asks for."""
    return one.receiver != NOBODY and one.reason in set(HoldReason)


def release(id: str, shown: str, actor: Actor) -> str:
    """Give a held hand-off after all: only the reason that the member saw is overruled.

    Raises:
        Conflict: when it is no longer held for that reason, or not owed any more.
        LookupError: when there is none, or no email can do it.
        NotTheirs: when the member may not work on the case.
    """
    one, case = _task(id, shown, actor)
    duty = duty_of(one.id, actor.at(case))
    if not _releasable(one):
        raise LookupError("nobody could get it by email")
    if duty is None:
        raise Conflict("it is not owed any more")
    record = actor.record(acts.RELEASE_HAND_OFF.audit, case.number, one.victim)
    hand_off_rows.write(one, released(one, duty, actor.now), record)
    return "released"


def telephoned(id: str, shown: str, actor: Actor) -> str:
    """End the task of a member who gave a hand-off, or took it back, by telephone.

    Raises:
        Conflict: when it no longer waits for that reason.
        LookupError: when there is none.
        NotTheirs: when the member may not work on the case.
    """
    one, case = _task(id, shown, actor)
    record = actor.record(acts.CALL_AGENCY.audit, case.number, one.victim)
    if one.to_take_back:
        hand_off_rows.write(one, called_off(one, actor.now), record)
        return "taken_back"
    duty = duty_of(one.id, actor.at(case))
    hand_off_rows.write(one, confirmed(one, duty, actor.audit_name, actor.now), record)
    return "telephoned"


def _task(id: str, shown: str, actor: Actor) -> tuple[HandOff, Case]:
    one = hand_off_rows.read(id) if id else None
    if one is None:
        raise LookupError("no such hand-off")
    case = open_case(one.case, actor)
    if not one.reason or one.reason != shown:
        raise Conflict("it no longer waits for that reason")
    return one, case
