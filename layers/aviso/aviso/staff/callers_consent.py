"""A consent to hand-offs that a caller gives or takes back at the desk (docs/rules.md#22)."""

import secrets
from datetime import date

from aviso.domain.errors import Conflict
from aviso.domain.hand_off_duties import contact_of, in_force, offered
from aviso.domain.model import Case, EnrolledContact, Victim
from aviso.domain.receiving_agencies import HandOffConsent, Purpose
from aviso.domain.requests import MOST, Right, Rights
from aviso.domain.value import Frozen
from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.staff.case_decisions import enroll, record_of
from aviso.victims import hand_off_consent


class CallersConsent(Frozen, frozen=True, kw_only=True):
    """What a caller agrees to."""

    contact: str  # the id of the contact to hand on
    purposes: tuple[Purpose, ...]
    language: str  # in which the member asked
    until: date | None = None
    speaker: str = ""  # who agrees for a victim who cannot; see `answering`


def standing(
    case: Case, victim: Victim, actor: Actor
) -> tuple[HandOffConsent | None, EnrolledContact | None]:
    """Return the consent that counts now, and its contact while that may be used."""
    consent = case.enrollment_of(victim.origin).hand_off
    if consent is None or not in_force(consent, actor.settings, actor.now):
        return None, None
    return consent, contact_of(actor.at(case), victim, consent)


def agree(case: Case, victim: Victim, asked: CallersConsent, why: str, actor: Actor) -> None:
    """Record that a caller lets other agencies have the request and one contact.

    Args:
        why: how the member knows who is calling, kept as a note on the case.

    Raises:
        Conflict: when the enrollment changed at this moment, or has room for no more records.
        LookupError: when the contact is none of those that may be handed on.
    """
    if asked.contact not in {contact.id for contact in offered(actor.at(case), victim)}:
        raise LookupError("no such contact")
    consent = HandOffConsent(
        id=secrets.token_urlsafe(12),
        contact=asked.contact,
        purposes=asked.purposes,
        at=actor.now,
        version=actor.settings.consent_version,
        language=asked.language,
        until=asked.until,
    )
    before = case.enrollment_of(victim.origin)
    record = record_of(
        victim,
        Right.HAND_OFF,
        Rights.REQUESTED,
        actor,
        language=asked.language,
        speaker=asked.speaker,
    )
    wanted = hand_off_consent.agreed(before, consent, record, actor.settings)
    if wanted != before and len(before.requests) >= 2 * MOST:
        raise Conflict("there is room for no more records")
    enroll(acts.GIVE_CONSENT, case, wanted, why, actor)


def end(case: Case, victim: Victim, why: str, actor: Actor, *, speaker: str = "") -> None:
    """Record that a consent is taken back: each agency is told to delete the request.

    Args:
        why: how the member knows who is calling, or why a supervisor ends it: a note on the case.
        speaker: who takes it back for a victim who cannot: see `answering`, or `AGENCY`.

    Raises:
        Conflict: when the enrollment changed at this moment.
    """
    before = case.enrollment_of(victim.origin)
    record = record_of(victim, Right.HAND_OFF, Rights.WAIVED, actor, speaker=speaker)
    wanted = hand_off_consent.ended(before, record)
    enroll(acts.END_CONSENT, case, wanted, why, actor)
