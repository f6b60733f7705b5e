"""Phones, emails and homes that are not safe for one victim of a case are so for all of them. Pure.

Who makes a phone or a home unsafe for one reads there what another is sent (docs/rules.md#11).
"""

from collections.abc import Iterable

from aviso.domain import letter_address
from aviso.domain.model import Case, EnrolledContact, Person, Victim


def unsafe_for_others(case: Case, victim: Victim) -> frozenset[str]:
    """Return the addresses that are not safe for another victim of the case.

    These are marked unsafe at the desk, or with a code on the portal. The report's contacts count
    too, if that victim is not safe to contact, and those of a speaker who is not. The desk alone
    lifts its marks, and a code lifts what a code said. Knowledge lifts nothing: an ex-partner has
    it.
    """
    others = (other for other in case.victims if other.origin != victim.origin)
    unsafe = {address for other in others for address in _unsafe_for(case, other)}
    speakers = (row for row in case.speakers if not row.safe_to_contact)
    return frozenset(unsafe.union(*map(_on_row, speakers)))


def unproved(contact: EnrolledContact) -> bool:
    """Whether a contact is a warning by somebody without a code: it bars nothing.

    See docs/rules.md#14.
    """
    return not contact.safe and _by_knowledge(contact)


def is_among(address: str, unsafe: Iterable[str]) -> bool:
    """Whether an address is one of these, a home in any spelling."""
    return any(one == address or letter_address.perhaps_same(one, address) for one in unsafe)


def _unsafe_for(case: Case, victim: Victim) -> set[str]:
    given = case.enrollment_of(victim.origin)
    proved = [c for c in given.contacts if not _by_knowledge(c)]
    called = {c.address for c in proved if not c.safe}
    safe = {c.address for c in proved if c.safe and c.active}
    marked = {*victim.desk_unsafe, *(called - safe)}
    if victim.safe_to_contact:
        return marked
    return marked | _on_row(victim) | _on_row(letter_address.corrected(victim))


def _on_row(person: Person) -> set[str]:
    return {letter_address.lines(person), person.phone, person.email} - {""}


def _by_knowledge(contact: EnrolledContact) -> bool:
    return contact.level in ("knowledge", "guardian")
