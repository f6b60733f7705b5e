"""Which cases an inbox entry is about: a member who may not see all of them may not see it."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from aviso.domain import people
from aviso.domain.errors import NotTheirs
from aviso.domain.model import Case, Victim
from aviso.domain.suspects import addresses_of_suspects
from aviso.domain.value import Frozen
from aviso.runtime import hashing
from aviso.staff.actor import Actor
from aviso.storage import case_decisions, cases
from aviso.storage.inbox_entries import EarlySignUp, Entry, Reply


class Known(Frozen, frozen=True, kw_only=True):
    """A case that has the phone a text came from, or the email that a link to stop names."""

    number: str
    reference: str
    names: tuple[str, ...]  # the victims whose contact it is
    suspect: bool  # whether a suspect has it, alone or as well
    former: bool  # whether the case had the phone when the text came, and no longer has it


def reader() -> Callable[[Entry], list[Case]]:
    """Return a function that gives an entry's cases; it reads each phone and each case once.

    A text is about the cases that have its phone today, and those that had it when it came: the
    phone may have been removed from a restricted case since. A sign-up is about the typed case.
    """
    read, standing = cache(cases.read_case), cache(case_decisions.cases_with)

    def of(entry: Entry) -> list[Case]:
        match entry:
            case Reply():
                today = standing(entry.address, "")
                then = (c for c in map(read, entry.cases) if c.report or c.victims)  # not deleted
                found = {case.number: case for case in (*map(read, today), *then)}
                return [found[number] for number in sorted(found)]
            case EarlySignUp():
                return [read(entry.number)]
        return []

    return of


def may_see(found: Iterable[Case], actor: Actor) -> bool:
    """Whether a member may see something that is about these cases.

    A text from a phone on a restricted case may be about that case. A member who reads text and
    phone together knows who is on it.
    """
    return all(actor.may_see(case) for case in found)


def theirs(entry: Entry, actor: Actor) -> list[Case]:
    """Return the cases that an entry is about, to a member who may see them all.

    Raises:
        NotTheirs: when one is restricted and the member may not see restricted cases.
    """
    found = reader()(entry)
    for case in found:
        if not actor.may_see(case):
            raise NotTheirs(case.number)
    return found


def numbers_of(found: Sequence[Case]) -> list[str]:
    """Return the numbers of the cases that an act on an entry is recorded under: all its cases."""
    return [
        case.number for case in found[: case_decisions.MOST_CASES]
    ]  # the rows are written in one transaction with the act


def known(case: Case, address: str, reference: str, asker: str = "") -> Known:
    """Return what a case says of an address; `reference` is its number as a page may show it.

    Without an address, a victim asks on the portal: the `asker`.
    """
    having = [
        victim
        for victim in case.victims
        if (address in _addresses(case, victim) if address else victim.origin == asker)
    ]
    suspect = address in addresses_of_suspects(case)
    return Known(
        number=case.shown,
        reference=reference,
        names=tuple(map(people.name_of, having)),
        suspect=suspect,
        former=bool(address) and not having and not suspect,
    )


def _addresses(case: Case, victim: Victim) -> set[str]:
    """Return the phones and emails that reach a victim, or a person who speaks for them."""
    left = (contact.address for contact in case.enrollment_of(victim.origin).contacts)
    people = (victim, *case.speakers_for(victim))
    return {*left, *(address for who in people for address in (who.phone, who.email))}


def address_of(reply: Reply, found: Iterable[Case]) -> str:
    """Return where a text came from, or the address on these cases that a link to stop names.

    Guards has the latter's hash alone; empty when no case has the address any more.
    """
    if not reply.unproved:
        return reply.address
    on_file = (address for case in found for address in people.addresses_of(case))
    return next((a for a in on_file if hashing.address_key(a) == reply.address_key), "")
