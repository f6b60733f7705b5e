"""What a caller asks for, gives up or agrees to, as a member records it (docs/rules.md#22, #23)."""

import secrets
from datetime import date

from msgspec.structs import replace

from aviso.domain.contacts import DESK
from aviso.domain.errors import Conflict
from aviso.domain.hand_off_duties import contact_of, in_force, offered
from aviso.domain.model import Case, Consent, EnrolledContact, Victim
from aviso.domain.people import named_by_desk
from aviso.domain.receiving_agencies import HandOffConsent, Purpose
from aviso.domain.requests import MOST, Right, Rights, extended, state_of
from aviso.domain.value import Frozen
from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.staff.acts import Act
from aviso.staff.case_decisions import enroll
from aviso.victims import hand_off_consent, representatives
from aviso.victims.representatives import Named

# What a caller asks for or gives up.
ANSWERS = {
    acts.REQUEST: (Right.NEWS, Rights.REQUESTED),
    acts.WAIVE: (Right.NEWS, Rights.WAIVED),
    acts.HIDE_HOME: (Right.ADDRESS, Rights.REQUESTED),
    acts.SHOW_HOME: (Right.ADDRESS, Rights.WAIVED),
}


class Caller(Frozen, frozen=True, kw_only=True):
    """Who calls about a victim."""

    why: str  # how the member knows who calls, or why a supervisor acts: a note on the case
    speaker: str = ""  # who answers for a victim who cannot: see `answering`, or `AGENCY`


class CallersConsent(Frozen, frozen=True, kw_only=True):
    """What a caller agrees to."""

    contact: str  # the id of the contact to hand on
    purposes: tuple[Purpose, ...]
    language: str  # in which the member asked
    until: date | None = None


def answer(act: Act, case: Case, victim: Victim, caller: Caller, actor: Actor) -> None:
    """Record what a caller answers about being informed, or the home (docs/rules.md#22, #24).

    The victim's contacts are told of a waiver of news: the caller may not be the victim.

    Args:
        act: one of `ANSWERS`.

    Raises:
        Conflict: when the enrollment changed at this moment, or has room for no more records.
    """
    record = actor.heard(victim, *ANSWERS[act], caller.speaker)
    before = case.enrollment_of(victim.origin)
    if state_of(before.requests, record.right) is record.answer:
        return  # confirmed twice
    if len(before.requests) >= 2 * MOST:
        raise Conflict("there is room for no more records")
    wanted = replace(before, requests=extended(before.requests, record))
    enroll(act, case, wanted, caller.why, actor)


def name_speaker(case: Case, victim: Victim, named: Named, caller: Caller, actor: Actor) -> None:
    """Store whom a caller names; the question goes to that person, and the contacts are told.

    Raises:
        Conflict: when the enrollment changed at this moment.
        EnrollmentInvalid: when the victim has named as many as they can.
    """
    before = case.enrollment_of(victim.origin)
    record = actor.heard(victim, Right.REPRESENTATIVE, Rights.REQUESTED, caller.speaker)
    consent = Consent(
        version=actor.settings.consent_version,
        at=actor.now,
        language=record.language,
        source="desk",
    )
    contact = representatives.contact_of(named, consent, DESK, DESK)
    desk_only = named_by_desk(case, victim, actor.today)
    wanted = representatives.added(before, contact, record, desk_only=desk_only)
    enroll(acts.NAME_SPEAKER, case, wanted, caller.why, actor)


def end_speaker(case: Case, victim: Victim, id: str, caller: Caller, actor: Actor) -> None:
    """End a representation at once: nothing more goes to the person whose contact has this id.

    Raises:
        Conflict: when the enrollment changed at this moment.
    """
    before = case.enrollment_of(victim.origin)
    record = actor.heard(victim, Right.REPRESENTATIVE, Rights.WAIVED, caller.speaker)
    enroll(acts.END_SPEAKER, case, representatives.ended(before, id, record), caller.why, actor)


def standing(
    case: Case, victim: Victim, actor: Actor
) -> tuple[HandOffConsent | None, EnrolledContact | None]:
    """Return the consent that counts now, and its contact while that may be used."""
    consent = case.enrollment_of(victim.origin).hand_off
    if consent is None or not in_force(consent, actor.settings, actor.now):
        return None, None
    return consent, contact_of(actor.at(case), victim, consent)


def agree(case: Case, victim: Victim, asked: CallersConsent, caller: Caller, actor: Actor) -> None:
    """Record that a caller lets other agencies have the request and one contact.

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
    record = actor.heard(victim, Right.HAND_OFF, Rights.REQUESTED, caller.speaker)
    record = replace(record, language=asked.language)
    wanted = hand_off_consent.agreed(before, consent, record, actor.settings)
    if wanted != before and len(before.requests) >= 2 * MOST:
        raise Conflict("there is room for no more records")
    enroll(acts.GIVE_CONSENT, case, wanted, caller.why, actor)


def end_consent(case: Case, victim: Victim, caller: Caller, actor: Actor) -> None:
    """Record that a consent is taken back: each agency is told to delete the request.

    Raises:
        Conflict: when the enrollment changed at this moment.
    """
    before = case.enrollment_of(victim.origin)
    record = actor.heard(victim, Right.HAND_OFF, Rights.WAIVED, caller.speaker)
    enroll(acts.END_CONSENT, case, hand_off_consent.ended(before, record), caller.why, actor)
