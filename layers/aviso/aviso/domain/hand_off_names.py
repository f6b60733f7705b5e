"""Whose name an agency has with a request, and what follows once that person no longer speaks.

Pure. A hand-off's row has the ids of the people whose names its agency was given, and no name. When
one of them no longer speaks, the hand-off is owed no more, and its duty is fulfilled by another one
without that name (docs/decisions/hand-offs.md).
"""

from collections.abc import Mapping
from datetime import date, datetime

from msgspec.structs import replace

from aviso.domain.contacts import DESK
from aviso.domain.hand_offs import HandOff, HandOffDuty, contact_of, next_id, owed_hand_offs
from aviso.domain.model import Case, EnrolledContact, Speaker, Victim
from aviso.domain.people import name_of, named_by_desk, spoken_for
from aviso.domain.representatives import as_person, reported, suspected
from aviso.domain.settings import Settings
from aviso.domain.suspects import is_suspect
from aviso.domain.value import Frozen


class Speaking(Frozen, frozen=True, kw_only=True):
    """Somebody who speaks for a victim."""

    id: str  # of a representative's contact, or a person's origin id in the records system
    name: str
    relation: str  # guardian, next_of_kin or representative


def speaking(
    case: Case, victim: Victim, contact: EnrolledContact | None, today: date
) -> list[Speaking]:
    """Return who speaks for a victim; an agency reads the first, as the consent page promises.

    Whose contact is handed on comes first, then who gave it. Then come those who speak for a victim
    who cannot act, those whom the victim named and who said yes, and the representatives of the
    report. For a victim who was silenced, and for an organization, the desk alone names
    somebody. A suspect never speaks.
    """
    spoken = [p for p in spoken_for(case, victim, today) if isinstance(p, Speaker)]
    desk_only = named_by_desk(victim, today)
    given = case.enrollment_of(victim.origin).representatives
    named = [c for c in given if c.safe and (c.level == DESK or not desk_only)]
    in_report = [person for person in reported(case, victim) if not is_suspect(case, person)]
    found = [_of_report(person) for person in spoken]
    found += [_of_contact(c) for c in named if _said_yes(c) and not suspected(case, c)]
    found += [_of_report(person) for person in in_report]
    if contact and contact.holder:
        return [_of_contact(contact), *found]
    giver = contact.giver if contact else ""
    return sorted(found, key=lambda one: one.id != giver)


def _said_yes(contact: EnrolledContact) -> bool:
    return contact.holder is not None and contact.holder.agreed_at is not None


def _of_contact(contact: EnrolledContact) -> Speaking:
    assert contact.holder is not None, "a representative's contact has a holder"
    name = name_of(as_person(contact.holder))
    return Speaking(id=contact.id, name=name, relation="representative")


def _of_report(person: Speaker) -> Speaking:
    return Speaking(id=person.origin, name=name_of(person), relation=person.relation)


def outdated(one: HandOff, case: Case, settings: Settings, now: datetime) -> bool:
    """Whether an agency has the name of somebody who no longer speaks for the victim."""
    victim = case.victim(one.victim)
    consent = case.enrollment_of(one.victim).hand_off
    if not one.named or victim is None or consent is None:
        return False
    today = settings.today(now)
    contact = contact_of(case, victim, consent, today)
    speak = {person.id for person in speaking(case, victim, contact, today)}
    return not speak.issuperset(one.named)


def duty_of(one: HandOff, case: Case, settings: Settings, now: datetime) -> HandOffDuty | None:
    """Return the duty of a hand-off, or None once it is owed no more."""
    found = (d for d in owed_hand_offs(case, settings, now) if d.id == (one.first or one.id))
    duty = next(found, None)
    return None if duty is None or outdated(one, case, settings, now) else duty


def duties_by_id(
    case: Case, known: Mapping[str, HandOff], settings: Settings, now: datetime
) -> dict[str, HandOffDuty]:
    """Return what a case owes by the id of the hand-off that fulfills it, old or new.

    Once a hand-off was replaced, it is never owed again. One that must be replaced now leaves its
    whole time to the next one, from now on.

    Args:
        known: the case's hand-offs in the ledger.
    """
    owed = owed_hand_offs(case, settings, now)
    return {duty.id: duty for duty in (_latest(d, case, known, settings, now) for d in owed)}


def _latest(
    duty: HandOffDuty, case: Case, known: Mapping[str, HandOff], settings: Settings, now: datetime
) -> HandOffDuty:
    id = duty.id
    while (after := next_id(id)) in known:
        id = after
    there = known.get(id)
    if there is None or not outdated(there, case, settings, now):
        return duty if id == duty.id else replace(duty, id=id, first=duty.id)
    time = duty.deadline - duty.first_seen
    return replace(duty, id=after, first=duty.id, first_seen=now, deadline=now + time)
