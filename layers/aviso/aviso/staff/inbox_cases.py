"""Which cases an entry of the inbox is about: whoever may not see one of them does not see it."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from aviso.domain import people
from aviso.domain.errors import NotTheirs
from aviso.domain.model import Case, Victim
from aviso.domain.value import Frozen
from aviso.staff.actor import By
from aviso.storage import case_decisions, cases
from aviso.storage.inbox_entries import EarlySignUp, Entry, Reply


class Known(Frozen, frozen=True, kw_only=True):
    """A case on which the phone stands that a text came from."""

    number: str
    reference: str
    names: tuple[str, ...]  # of the victims whose contact it is
    suspect: bool  # whether a suspect has it, too or alone
    former: bool  # whether it stood there when the text came, and stands there no more


def reader() -> Callable[[Entry], list[Case]]:
    """Return what says which cases an entry is about; it reads each phone and each case once.

    A text is about those on which its phone stands today, and those on which it stood when it came:
    the phone may have gone from a restricted case since. A sign-up is about the one that was typed.
    """
    read, standing = cache(cases.read_case), cache(case_decisions.cases_with)

    def of(entry: Entry) -> list[Case]:
        match entry:
            case Reply():
                today = standing(entry.address, "")
                then = (c for c in map(read, entry.cases) if c.report or c.victims)  # not forgotten
                found = {case.number: case for case in (*map(read, today), *then)}
                return [found[number] for number in sorted(found)]
            case EarlySignUp():
                return [read(entry.number)]
        return []

    return of


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
    found = reader()(entry)
    for case in found:
        if not by.may_see(case):
            raise NotTheirs(case.number)
    return found


def numbers_of(found: Sequence[Case]) -> list[str]:
    """Return the cases under which the trail has what is done to an entry: each it is about."""
    return [
        case.number for case in found[: case_decisions.MOST_CASES]
    ]  # in one transaction with the act


def known(case: Case, address: str, reference: str) -> Known:
    """Return what a case says of a phone; `reference` is its number as a page may show it."""
    having = [victim for victim in case.victims if address in _phones(case, victim)]
    suspect = address in people.addresses_of_suspects(case)
    return Known(
        number=case.number,
        reference=reference,
        names=tuple(f"{victim.first_name} {victim.last_name}" for victim in having),
        suspect=suspect,
        former=bool(address) and not having and not suspect,
    )


def _phones(case: Case, victim: Victim) -> set[str]:
    """Return the phones that reach a victim, or whoever speaks for them."""
    enrollment = case.enrollment(victim.origin)
    left = enrollment.contacts if enrollment else ()
    speakers = (r.phone for r in case.representatives if r.victim == victim.id)
    return {victim.phone, *(contact.address for contact in left), *speakers}
