"""Who may represent a victim whom the records system does not name (A.R.S. 13-4403, 13-4405(A)(2)).

Pure: who may be named. It is an adult who is not a suspect of the case and does not live with one.
The person says yes by a link before anything else is sent to them. `contacts.reach` decides when
they are told, beside the victim or in their place.
"""

from datetime import timedelta

from aviso.domain.model import Case, EnrolledContact, Holder, Person, Victim
from aviso.domain.suspects import (
    addresses_of_suspects,
    is_suspect,
    rows_of_suspects,
    shares_last_name,
    suspect_may_live_at,
)

ANSWER_WITHIN = timedelta(days=7)  # a link that asks is dead afterwards
MOST_AT_ONCE = 2  # representatives of one victim
# Why a person cannot be named.
SUSPECT, PERHAPS_SUSPECT, HOUSEHOLD, OWN = "suspect", "perhaps_suspect", "household", "own"


def barred(
    case: Case, victim: Victim, person: Person, address: str, *, at_desk: bool = False
) -> str:
    """Return why a person cannot represent a victim, one of the words above; empty if they can.

    On the portal a suspect's last name is enough: Bob is Robert. A member at the desk may name such
    a person after a look, but nobody who has a suspect's whole name, phone, email or home.

    Args:
        person: the name, and street and postal code if they were given.
        address: the phone or email that the person would be told on.
    """
    if is_suspect(case, person) or address in addresses_of_suspects(case):
        return SUSPECT
    if not at_desk and shares_last_name(case, person):
        return PERHAPS_SUSPECT
    if person.street and suspect_may_live_at(person, rows_of_suspects(case)):
        return HOUSEHOLD
    given = {c.address for c in case.enrollment_of(victim.origin).own_contacts}
    return OWN if address in {victim.phone, victim.email, *given} else ""


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
