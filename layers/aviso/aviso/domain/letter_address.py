"""Where letters go: the report's postal address, or what a person at the desk put in its place.

Pure. A correction of the desk's holds whatever the feed says again: the address that was wrong is
marked unsafe, however the next row writes it. An address that is neither the wrong one nor the
right one is news of which nobody knows whether it is the older or the newer truth: then no letter
goes to either, and what is owed becomes a task, until a person says which is right.
"""

from collections.abc import Iterable

from aviso.domain.address_matching import perhaps_same_place, same_place
from aviso.domain.model import Person, Suspect, Victim
from aviso.domain.settings import Settings


def lines(person: Person) -> str:
    """Return a person's postal address as letters and the desk write it, on two lines."""
    return f"{person.street}\n{person.city}, {person.region} {person.postal_code}"


def same(one: str, other: str) -> bool:
    """Say whether two postal addresses are one, however each is written; a phone is none."""
    return same_place(*_street_and_code(one), *_street_and_code(other))


def is_home(address: str) -> bool:
    """Say whether an address is a postal one, as `lines` writes it."""
    return "\n" in address


def _street_and_code(address: str) -> tuple[str, str]:
    """Return the street and postal code of lines; a single line is a street, a phone is none."""
    if not is_home(address):
        return (address if " " in address and any(map(str.isdigit, address)) else ""), ""
    *street, last = address.splitlines()
    code = last.rpartition(" ")[2]
    return " ".join(street), code if code[:5].isdecimal() else ""


def perhaps_same(one: str, other: str) -> bool:
    """Say whether two postal addresses may be one: each may leave out what the other says."""
    return perhaps_same_place(*_street_and_code(one), *_street_and_code(other))


def marks_on(victim: Victim, address: str) -> set[str]:
    """Return what a person marked unsafe for this victim that bars an address."""
    return {one for one in victim.desk_unsafe if one == address or perhaps_same(one, address)}


def marked(victim: Victim, address: str) -> bool:
    """Say whether a person marked an address unsafe for this victim, with its unit or not."""
    return bool(marks_on(victim, address))


def of_suspect(at: Person, suspects: Iterable[Suspect]) -> bool:
    """Say whether a suspect may live at a person's address, and open the mail there."""
    here = at.street, at.postal_code
    return any(perhaps_same_place(*here, s.street, s.postal_code) for s in suspects)


def disputed(victim: Victim) -> bool:
    """Say whether the feed brings an address that nobody at the desk has judged yet."""
    if not victim.desk_home or not victim.street:
        return False
    brought = lines(victim)
    return not perhaps_same(brought, lines(victim.corrected)) and not marked(victim, brought)


def usable(victim: Victim, person: Person, suspects: Iterable[Suspect], settings: Settings) -> str:
    """Return the lines of the address at which letters reach a person, or nothing.

    Args:
        victim: whom the letter is about.
        person: whom it is for: the victim, or who speaks for them.
        suspects: those on the case, without the entries that a person called wrong.
        settings: the agency's.
    """
    own = person is victim
    if own and disputed(victim):
        return ""
    at = victim.corrected if own else person
    if not (at.street and at.city and at.postal_code):
        return ""
    if of_suspect(at, suspects):
        return ""
    if victim.confidential_address and not substitute(at.street, settings):
        return ""
    address = lines(at)
    return "" if marked(victim, address) else address


def substitute(street: str, settings: Settings) -> bool:
    """Say whether an address is that of the Address Confidentiality Program (A.R.S. 41-162)."""
    return street.upper().startswith(settings.messages.confidential_address_prefix.upper())
