"""Which cases an entry of the inbox is about: whoever may not see one of them does not see it."""

from collections.abc import Iterable, Sequence

from aviso import contacts
from aviso.desk import find, references
from aviso.desk.acting import By
from aviso.errors import NotTheirs
from aviso.frozen import Frozen
from aviso.models import Case, Victim
from aviso.store import cases
from aviso.store.entries import EarlySignUp, Entry, Reply


class Known(Frozen, frozen=True, kw_only=True):
    """A case on which the phone stands that a text came from."""

    number: str
    reference: str
    names: tuple[str, ...]  # of the victims whose contact it is
    suspect: bool  # whether a suspect has it, too or alone


def of(entry: Entry) -> list[Case]:
    """Return the cases that an entry is about: those of its phone, or the one that was typed."""
    match entry:
        case Reply():
            return find.with_contact(entry.address, "")
        case EarlySignUp():
            return [cases.read_case(entry.number)]
    return []


def may_see(found: Iterable[Case], by: By) -> bool:
    """Say whether a member may see what is about these cases.

    A text from a phone that stands on a restricted case may be about that one, and whoever reads
    text and phone side by side knows who is on it.
    """
    return all(by.may_see(case) for case in found)


def theirs(entry: Entry, by: By) -> list[Case]:
    """Return the cases that an entry is about, to a member who may see them all.

    Raises:
        NotTheirs: when one is restricted and the member is not one of those who see such.
    """
    found = of(entry)
    for case in found:
        if not by.may_see(case):
            raise NotTheirs(case.number)
    return found


def number_of(found: Sequence[Case]) -> str:
    """Return the case under which the trail has what is done to an entry: the one it is about."""
    return found[0].number if len(found) == 1 else ""


def known(case: Case, address: str) -> Known:
    """Return what a case says of a phone."""
    having = (victim for victim in case.victims if address in _phones(case, victim))
    return Known(
        number=case.number,
        reference=references.seal(case.number),
        names=tuple(f"{victim.first_name} {victim.last_name}" for victim in having),
        suspect=address in contacts.addresses_of_suspects(case),
    )


def _phones(case: Case, victim: Victim) -> set[str]:
    """Return the phones that reach a victim, or whoever speaks for them."""
    enrollment = case.enrollment(victim.origin)
    left = enrollment.contacts if enrollment else ()
    speakers = (r.phone for r in case.representatives if r.victim == victim.id)
    return {victim.phone, *(contact.address for contact in left), *speakers}
