"""A victim's consent that jail and prosecutor get the request, given and taken back with a code."""

from datetime import datetime

from msgspec.structs import replace

from aviso.domain.model import Enrollment
from aviso.domain.receivers import HandOffConsent
from aviso.domain.session import Session
from aviso.domain.settings import Settings
from aviso.victims.self_service import change, need_code


def agree(session: Session, consent: HandOffConsent, settings: Settings, now: datetime) -> bool:
    """Store a victim's consent that other agencies get the request and one contact.

    A former consent ends with it: what was handed on under it is taken back.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code: an ex-partner must not be able to
            name the phone that a jail calls.
    """
    need_code(session)

    def alter(enrollment: Enrollment) -> Enrollment:
        same = enrollment.hand_off
        if same and not same.ended_at and _alike(same, consent):
            return enrollment
        return replace(enrollment, hand_off=consent)

    return change(session, "hand_off_agreed", alter, settings, now)


def _alike(one: HandOffConsent, other: HandOffConsent) -> bool:
    """Whether two consents say the same; a form sent twice is one consent."""
    return (one.contact, one.purposes, one.until) == (other.contact, other.purposes, other.until)


def end_consent(session: Session, settings: Settings, now: datetime) -> bool:
    """End a victim's consent: every agency that has the request is told to delete it.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code.
    """
    need_code(session)

    def alter(enrollment: Enrollment) -> Enrollment:
        given = enrollment.hand_off
        if given is None or given.ended_at:
            return enrollment
        return replace(enrollment, hand_off=replace(given, ended_at=now))

    return change(session, "hand_off_ended", alter, settings, now)
