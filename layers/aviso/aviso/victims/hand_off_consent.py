"""A victim's consent that jail and prosecutor get the request: with a code, or at the desk.

Each answer is also a record that nobody changes (docs/rules.md#22).
"""

from datetime import date, timedelta
from functools import partial

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt
from aviso.domain.errors import TooOften
from aviso.domain.hand_off_duties import in_force, offered, stopped
from aviso.domain.model import Enrollment, Victim
from aviso.domain.people import is_silenced
from aviso.domain.receiving_agencies import HandOffConsent
from aviso.domain.requests import MOST, RequestRecord, Right, Rights, extended
from aviso.domain.session import Session
from aviso.domain.settings import Settings
from aviso.runtime import hashing
from aviso.victims import change_limits, code_delivery, sign_up, visits
from aviso.victims.code_delivery import Choice
from aviso.victims.self_service import change, need_code, record_of
from aviso.victims.sign_up_form import Asked
from aviso.victims.visitor import PortalVisitor

TWICE = timedelta(hours=1)  # the same consent so soon is one form sent twice


def agree(session: Session, consent: HandOffConsent, visitor: PortalVisitor) -> bool:
    """Store a victim's consent that other agencies get the request and one contact.

    A former consent ends with it: what was handed on under it is taken back, and the contacts hear.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code: an ex-partner must not be able to
            name the phone that a jail calls.
        TooOften: when the answers changed so often that a person must take the next one, or too
            often today.
    """
    need_code(session)
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        return False
    record = record_of(session, Right.HAND_OFF, Rights.REQUESTED, visitor)

    def alter(enrollment: Enrollment) -> Enrollment:
        wanted = agreed(enrollment, consent, record, visitor.settings)
        if wanted != enrollment and len(enrollment.requests) >= MOST:
            raise TooOften
        return wanted

    limits = change_limits.on_change(*visited, visitor)
    return change(session, "hand_off_agreed", alter, visitor, visited=visited, limits=limits)


def agreed(
    enrollment: Enrollment, consent: HandOffConsent, record: RequestRecord, settings: Settings
) -> Enrollment:
    """Return an enrollment with a consent and its record.

    The same consent changes nothing while it is in force and was given less than `TWICE` before.
    Later it is a new one, with its own days: otherwise nobody could renew a consent.
    """
    same = enrollment.hand_off
    twice = same and in_force(same, settings, consent.at) and consent.at - same.at < TWICE
    if same and twice and _alike(same, consent):
        return enrollment
    records = extended(enrollment.requests, record)
    return replace(enrollment, hand_off=consent, requests=records)


def _alike(one: HandOffConsent, other: HandOffConsent) -> bool:
    """Whether two consents say the same; a form sent twice is one consent."""
    return (one.contact, one.purposes, one.until) == (other.contact, other.purposes, other.until)


def proven(session: Session, at: CaseAt, victim: Victim) -> Choice | None:
    """Return the report's contact that got the visit's code, if it can be given and was not yet.

    To give it is to sign up with it. So a victim who waived news is not offered it: a sign-up would
    take the waiver back.
    """
    if stopped(at.case, victim) or is_silenced(victim):
        return None
    given = {contact.address for contact in offered(at, victim)}
    found = code_delivery.choices(session, at.case, victim, at.settings, at.now)
    fit = (choice for choice in found if choice.contact.address not in given)
    return next((c for c in fit if hashing.address_key(c.contact.address) == session.root), None)


def sign_up_with(session: Session, choice: Choice, visitor: PortalVisitor) -> str:
    """Sign up with the contact that got the visit's code; return the id under which it is stored.

    Returns:
        An empty text when the visit is over.

    Raises:
        EnrollmentInvalid: when the victim has as many contacts as there is room for.
        Conflict: when the enrollment keeps changing.
    """
    to = choice.contact
    asked = Asked(channel=to.channel, address=to.address, language=to.language, safe=True)
    sign_up.enroll(session, [asked], visitor)
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        return ""
    case, victim = visited
    given = case.enrollment_of(victim.origin).own_contacts
    return next(contact.id for contact in given if contact.address == to.address)


def end_consent(session: Session, visitor: PortalVisitor) -> bool:
    """End a victim's consent: every agency that has the request is told to delete it.

    The victim's contacts hear of it (docs/decisions/silencing.md). It counts as one of the day's
    changes, and is never refused: a new consent is, so at most one end a day is over the limit.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code.
    """
    need_code(session)
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        return False
    record = record_of(session, Right.HAND_OFF, Rights.WAIVED, visitor)

    def alter(enrollment: Enrollment) -> Enrollment:
        return ended(enrollment, record)

    end = partial(change, session, "hand_off_ended", alter, visitor, visited=visited)
    try:
        return end(limits=change_limits.on_change(*visited, visitor))
    except TooOften:
        return end()


def ended(enrollment: Enrollment, record: RequestRecord) -> Enrollment:
    """Return an enrollment whose consent is over; without one nothing changes."""
    given = enrollment.hand_off
    if given is None or given.ended_at:
        return enrollment
    records = extended(enrollment.requests, record)
    return replace(enrollment, hand_off=replace(given, ended_at=record.at), requests=records)


def last_day(typed: str, today: date) -> tuple[date | None, str]:
    """Return the last day that somebody chose, None for no choice; and what is wrong with it."""
    if not typed:
        return None, ""
    try:
        until = date.fromisoformat(typed)
    except ValueError:
        return None, "share_until_wrong"
    return (until, "") if until >= today else (None, "share_until_past")
