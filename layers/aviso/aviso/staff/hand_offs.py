"""What a receiving agency reads and confirms, and what the desk decides about hand-offs.

A hand-off's row has no personal data. What the agency reads is made of the case at that moment, and
only while the hand-off is owed: a request that was taken back a second ago shows nothing.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from msgspec.structs import replace

from aviso.domain import text
from aviso.domain.contacts import CaseContext
from aviso.domain.errors import Conflict
from aviso.domain.hand_off_names import Speaking, duty_of, speaking
from aviso.domain.hand_offs import NOBODY, OVER, HandOff, HandOffDuty, HandOffState, contact_of
from aviso.domain.model import Case, Channel, EnrolledContact, Victim
from aviso.domain.notice_states import STUCK
from aviso.domain.people import name_of
from aviso.domain.reasons import RESTRICTED
from aviso.domain.receiving_agencies import HandOffConsent, Purpose
from aviso.domain.value import Frozen
from aviso.notices.hand_offs import why_not, withdraw
from aviso.staff.actor import Actor, open_case
from aviso.storage import cases, guards, hand_offs

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
    found = list(hand_offs.of_receiver(actor.receiver)) if actor.receiver else []
    shown = sorted((one for one in found if one.shown), key=lambda one: (one.deadline, one.id))
    read = [(one, _request(one, actor)) for one in shown[:MOST]]
    taken_back = [o for o in found if (o.state in OVER or o.to_take_back) and o.told_at]
    return AgencyRequests(
        waiting=[request for _, request in read if request],
        more=len(shown[MOST:]),
        confirmed=[one for one in found if one.state is S.CONFIRMED and not one.by_telephone],
        withdrawn=taken_back,
    )


def note_read(requests: Iterable[HandedRequest], actor: Actor, action: str) -> None:
    """Write to the audit trail that the agency read these requests, or took them as a file."""
    for one in requests:
        actor.note(action, one.case, one.origin, one.id)


def _request(one: HandOff, actor: Actor) -> HandedRequest | None:
    """Return what an agency may read of a hand-off now; None when it may read nothing.

    A hand-off that is no longer owed is taken back here, before the next planning does it.
    """
    opened = _opened(one, actor)
    if opened is None:
        return None
    speaker = _speaker(opened, actor)
    if speaker and speaker.id not in one.named:
        # Kept before the case is read again: an end from now on finds that the name was given.
        try:
            hand_offs.add_name(one, speaker.id)
        except Conflict:
            return None
        return _request(replace(one, named=one.named | {speaker.id}), actor)
    case, victim, duty = opened
    consent, contact = _handed_on(case, victim, actor)
    arrest = next((a for a in case.arrests if a.origin == one.fact.subject), None)
    suspect = next((s for s in case.suspects if arrest and s.id == arrest.suspect), None)
    return HandedRequest(
        id=one.id,
        reference=one.reference,
        purpose=one.purpose,
        case=case.number,
        origin=victim.origin,
        victim=name_of(victim),
        speaker=speaker.name if speaker else "",
        relation=speaker.relation if speaker else "",
        channel=contact.channel,
        contact=text.shown(contact.address),
        language=contact.language,
        arrested=name_of(suspect) if suspect else "",
        arrest=arrest.id if arrest else "",
        arrested_at=arrest.arrested_at if arrest else None,
        asked_at=consent.at,
        until=duty.ends_at,
        deadline=one.deadline,
    )


Opened = tuple[Case, Victim, HandOffDuty]


def _opened(one: HandOff, actor: Actor) -> Opened | None:
    """Return the case of a hand-off that its agency may read now, or None."""
    case = cases.read_case(one.case)
    duty = duty_of(one, case, actor.settings, actor.now)
    if duty is None:
        with suppress(Conflict):
            withdraw(one, actor.settings, actor.now)
        return None
    known = guards.read_for(case)
    context = CaseContext(case=case, guards=known, settings=actor.settings, now=actor.now)
    victim = case.victim(one.victim)
    return None if victim is None or why_not(one, duty, context) else (case, victim, duty)


def _handed_on(case: Case, victim: Victim, actor: Actor) -> tuple[HandOffConsent, EnrolledContact]:
    consent = case.enrollment_of(victim.origin).hand_off
    assert consent is not None, "what is owed has a consent"
    contact = contact_of(case, victim, consent, actor.today)
    assert contact is not None, "what is owed has a contact"
    return consent, contact


def _speaker(opened: Opened, actor: Actor) -> Speaking | None:
    """Return whose name an agency reads with a request, or None."""
    case, victim, _ = opened
    _, contact = _handed_on(case, victim, actor)
    return next(iter(speaking(case, victim, contact, actor.settings.today(actor.now))), None)


def confirm(id: str, actor: Actor) -> str:
    """Confirm a hand-off for the actor's agency; return the outcome. Twice changes nothing.

    Raises:
        LookupError: when the agency has no such hand-off; another agency's is none.
        Conflict: when it was taken back or held meanwhile.
    """
    one = hand_offs.read(id) if id else None
    if one is None or not actor.receiver or one.receiver != actor.receiver or not one.told_at:
        raise LookupError("no such hand-off")
    if one.state is S.CONFIRMED:
        return "confirmed"
    opened = _opened(one, actor) if one.shown else None
    if opened is None:
        raise Conflict("it was taken back, or a person looks at it")
    case, _, duty = opened
    hand_offs.move(
        one,
        S.CONFIRMED,
        due_at=duty.ends_at,
        record=actor.record("hand_off_confirmed", case.number, one.victim, one.id),
        reason="",
        confirmed_at=actor.now,
        confirmed_by=actor.audit_name,
    )
    return "confirmed"


class HeldHandOff(Frozen, frozen=True, kw_only=True):
    """A held hand-off as the desk shows it."""

    hand_off: HandOff
    case: Case
    victim: Victim | None
    releasable: bool


def held(actor: Actor) -> list[HeldHandOff]:
    """Return the held hand-offs of the cases that a member may see, most urgent first."""
    found = []
    for one in hand_offs.held():
        case = cases.read_case(one.case)
        if actor.may_see(case):
            victim = case.victim(one.victim)
            found.append(
                HeldHandOff(hand_off=one, case=case, victim=victim, releasable=_releasable(one))
            )
    return found


def waiting(actor: Actor) -> list[HandOff]:
    """Return the held hand-offs that a member may know of, as far as a hand-off alone tells."""
    return [o for o in hand_offs.held() if actor.trusted or not o.reason.startswith(RESTRICTED)]


def _releasable(one: HandOff) -> bool:
    """Whether an email to the receiver can do what the task asks for."""
    return one.receiver != NOBODY and not one.to_take_back


def release(id: str, shown: str, actor: Actor) -> str:
    """Give a held hand-off after all: only the reason that the member saw is overruled.

    Raises:
        Conflict: when it is no longer held for that reason.
        LookupError: when there is none, or it has no receiver.
        NotTheirs: when the member may not work on the case.
    """
    one, case = _held(id, shown, actor)
    if not _releasable(one):
        raise LookupError("nobody could get it by email")
    receiver = next((r for r in actor.settings.receivers if r.id == one.receiver), None)
    hand_offs.move(
        one,
        S.PLANNED,
        due_at=actor.now + STUCK,
        record=actor.record("hand_off_released", case.number, one.victim),
        reason="",
        emails=0,
        deadline=actor.now + (receiver.deadline if receiver else timedelta()),
        overruled=[*dict.fromkeys((*one.overruled, one.reason))],
    )
    return "released"


def telephoned(id: str, shown: str, actor: Actor) -> str:
    """End a held hand-off that a member gave, or took back, by telephone.

    Raises:
        Conflict: when it is no longer held for that reason.
        LookupError: when there is none.
        NotTheirs: when the member may not work on the case.
    """
    one, case = _held(id, shown, actor)
    record = actor.record("hand_off_telephoned", case.number, one.victim)
    if one.to_take_back:
        hand_offs.move(
            one, S.WITHDRAWN, due_at=None, record=record, reason="", withdrawn_at=actor.now
        )
        return "taken_back"
    duty = duty_of(one, case, actor.settings, actor.now)
    victim = case.victim(one.victim)
    speaker = _speaker((case, victim, duty), actor) if duty and victim else None
    hand_offs.move(
        one,
        S.CONFIRMED,
        named={*one.named, *([speaker.id] if speaker else [])},
        due_at=duty.ends_at if duty else actor.now,
        record=record,
        reason="",
        confirmed_at=actor.now,
        confirmed_by=actor.audit_name,
    )
    return "telephoned"


def _held(id: str, shown: str, actor: Actor) -> tuple[HandOff, Case]:
    one = hand_offs.read(id) if id else None
    if one is None:
        raise LookupError("no such hand-off")
    case = open_case(one.case, actor)
    if one.state is not S.HELD or one.reason != shown:
        raise Conflict("it is no longer held for that reason")
    return one, case
