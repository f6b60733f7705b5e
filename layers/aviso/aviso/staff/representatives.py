"""A victim's lawful representative, named or ended by a caller at the desk (docs/rules.md#23)."""

from aviso.domain.contacts import DESK
from aviso.domain.model import Case, Consent, Victim
from aviso.domain.people import named_by_desk
from aviso.domain.requests import Right, Rights
from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.staff.case_decisions import enroll, record_of
from aviso.victims import representatives
from aviso.victims.representatives import Named


def name(
    case: Case, victim: Victim, named: Named, why: str, actor: Actor, *, speaker: str = ""
) -> None:
    """Store whom a caller names; the question goes to that person, and the contacts are told.

    Args:
        why: how the member knows who is calling, kept as a note on the case.
        speaker: who names them for a child; see `answering`.

    Raises:
        Conflict: when the enrollment changed at this moment.
        EnrollmentInvalid: when the victim has named as many as they can.
    """
    before = case.enrollment_of(victim.origin)
    record = record_of(victim, Right.REPRESENTATIVE, Rights.REQUESTED, actor, speaker=speaker)
    consent = Consent(
        version=actor.settings.consent_version,
        at=actor.now,
        language=record.language,
        source="desk",
    )
    contact = representatives.contact_of(named, consent, DESK, DESK)
    desk_only = named_by_desk(case, victim, actor.today)
    wanted = representatives.added(before, contact, record, desk_only=desk_only)
    enroll(acts.NAME_SPEAKER, case, wanted, why, actor)


def end(case: Case, victim: Victim, id: str, why: str, actor: Actor, *, speaker: str = "") -> None:
    """End a representation at once: nothing more goes to that person.

    Args:
        id: the contact's of that person.
        why: how the member knows who is calling, kept as a note on the case.
        speaker: who ends it for a child; see `answering`.

    Raises:
        Conflict: when the enrollment changed at this moment.
    """
    before = case.enrollment_of(victim.origin)
    record = record_of(victim, Right.REPRESENTATIVE, Rights.WAIVED, actor, speaker=speaker)
    wanted = representatives.ended(before, id, record)
    enroll(acts.END_SPEAKER, case, wanted, why, actor)
