"""Who may represent a victim.

Pure. The records system names them, or the victim: an adult who is not a suspect of the case and
does not live with one. Whom a victim names says yes by a link before anything else is sent to them.
`roster.reach` decides when they are told, beside the victim or in their place.
"""

from datetime import timedelta

from aviso.domain.model import Case, EnrolledContact, Holder, Kind, Person, Speaker, Victim
from aviso.domain.notice import Notice
from aviso.domain.requests import Right, Rights, counting
from aviso.domain.suspects import (
    addresses_of_suspects,
    is_suspect,
    rows_of_suspects,
    shares_last_name,
    suspect_may_live_at,
)
from aviso.domain.text import plain_name

ANSWER_WITHIN = timedelta(days=7)  # a link that asks is dead afterwards
MOST_AT_ONCE = 2  # representatives of one victim
# Why a person cannot be named, or a member must look before they are asked.
SUSPECT, PERHAPS_SUSPECT, HOUSEHOLD, OWN = "suspect", "perhaps_suspect", "household", "own"


def barred(case: Case, victim: Victim, person: Person, address: str) -> str:
    """Return why a member cannot name a person, one of the words above; empty if they can.

    The portal refuses nobody but `OWN`: otherwise it would tell a visitor who is a suspect, and
    where a suspect lives. There `doubt` holds the question.

    Args:
        person: the name, and street and postal code if they were given.
        address: the phone or email that the person would be told on.
    """
    if is_suspect(case, person) or address in addresses_of_suspects(case):
        return SUSPECT
    if lives_with_suspect(case, person):
        return HOUSEHOLD
    return OWN if is_own(case, victim, address) else ""


def lives_with_suspect(case: Case, person: Person) -> bool:
    """Whether a suspect may live at the home that was given of a person."""
    return bool(person.street) and suspect_may_live_at(person, rows_of_suspects(case))


def is_own(case: Case, victim: Victim, address: str) -> bool:
    """Whether a phone or email is the victim's own."""
    given = {c.address for c in case.enrollment_of(victim.origin).own_contacts}
    return address in {victim.phone, victim.email, *given}


def doubt(case: Case, contact: EnrolledContact) -> str:
    """Return why a member must look before somebody is asked whom a visitor named; or empty.

    A suspect's last name is enough: Bob is Robert. It is empty for a suspect, who is never asked.
    """
    holder = contact.holder
    if holder is None or suspected(case, contact):
        return ""
    if shares_last_name(case, as_person(holder)):
        return PERHAPS_SUSPECT
    return HOUSEHOLD if holder.lives_with_suspect else ""


def is_question(case: Case, notice: Notice) -> bool:
    """Whether a notice asks a person whom the victim named; it is that contact's confirmation."""
    named = {c.id for c in case.enrollment_of(notice.victim).contacts if c.holder}
    return notice.kind is Kind.ENROLLMENT_CONFIRMED and notice.fact.subject in named


def reported(case: Case, victim: Victim) -> list[Speaker]:
    """Return the representatives by the records system's word whom the victim has not ended."""
    over = ended(case, victim)
    found = (s for s in case.speakers_for(victim) if s.safe_to_contact and s.origin not in over)
    return [s for s in found if s.relation == "representative"]


def ended(case: Case, victim: Victim) -> set[str]:
    """Return the ids of the people whom the victim does not let speak any more.

    A later row changes nothing, nor does another id for one name and phone or email: what the
    victim told Aviso counts before the records system (docs/rules.md#22).
    """
    given = case.enrollment_of(victim.origin)
    records = counting(given.requests, Right.REPRESENTATIVE)
    over = {id for id, record in records.items() if record.answer is Rights.WAIVED}
    speakers = case.speakers_for(victim)
    gone = {way for s in speakers if s.origin in over for way in _ways(s, s.phone, s.email)}
    for contact in given.contacts:
        if contact.id in over and contact.holder:
            gone |= _ways(contact.holder, contact.address)
    return over | {s.origin for s in speakers if gone & _ways(s, s.phone, s.email)}


def _ways(person: Person | Holder, *given: str) -> set[tuple[str, str, str]]:
    """Return a person's name with each phone or email that is not empty."""
    first, last = plain_name(person.first_name), plain_name(person.last_name)
    return {(first, last, address) for address in given if address}


def suspected(case: Case, contact: EnrolledContact) -> bool:
    """Whether a representative may be a suspect by now."""
    holder = contact.holder
    return holder is not None and is_suspect(case, as_person(holder))


def as_person(holder: Holder, street: str = "", postal_code: str = "") -> Person:
    """Return a representative as a person of the case; no row has this id."""
    return Person(
        id="representative|",
        origin="representative|",
        first_name=holder.first_name,
        last_name=holder.last_name,
        street=street,
        postal_code=postal_code,
    )
