"""Which postal address letters go to: the report's, or the one a person at the desk entered.

Pure. A correction by the desk stays even if the feed repeats the wrong address: that address is
marked unsafe, in any spelling. If the feed brings an address that is neither the wrong one nor the
corrected one, nobody knows which is newer. Then no letter goes to either, and the notice becomes a
task until a person decides.
"""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from aviso.domain.address_matching import perhaps_same_place, same_place
from aviso.domain.model import Person, Victim
from aviso.domain.settings import Settings
from aviso.domain.suspects import suspect_may_live_at


def corrected(victim: Victim) -> Victim:
    """Return a victim with the desk's postal address, if the desk entered one."""
    if not victim.desk_home:
        return victim
    street, city, region, code = victim.desk_home
    return replace(victim, street=street, city=city, region=region, postal_code=code)


def lines(person: Person) -> str:
    """Return a person's postal address on two lines, as letters and the desk write it."""
    return f"{person.street}\n{person.city}, {person.region} {person.postal_code}"


def same(one: str, other: str) -> bool:
    """Whether two postal addresses are one, in any spelling; a phone is not an address."""
    return same_place(*_street_and_code(one), *_street_and_code(other))


def is_home(address: str) -> bool:
    """Whether an address is a postal address, as `lines` writes it."""
    return "\n" in address


def _street_and_code(address: str) -> tuple[str, str]:
    """Return the street and postal code of lines; a single line is a street, a phone gives ""."""
    if not is_home(address):
        return (address if " " in address and any(map(str.isdigit, address)) else ""), ""
    *street, last = address.splitlines()
    code = last.rpartition(" ")[2]
    return " ".join(street), code if code[:5].isdecimal() else ""


def perhaps_same(one: str, other: str) -> bool:
    """Whether two postal addresses may be one: each may leave out what the other says."""
    return perhaps_same_place(*_street_and_code(one), *_street_and_code(other))


def marks_on(victim: Victim, address: str) -> set[str]:
    """Return a victim's unsafe marks that bar an address."""
    return {one for one in victim.desk_unsafe if one == address or perhaps_same(one, address)}


def marked(victim: Victim, address: str) -> bool:
    """Whether a person marked an address unsafe for this victim, with its unit or without."""
    return bool(marks_on(victim, address))


def disputed(victim: Victim) -> bool:
    """Whether the feed brings an address that nobody at the desk has judged yet."""
    if not victim.desk_home or not victim.street:
        return False
    brought = lines(victim)
    return not perhaps_same(brought, lines(corrected(victim))) and not marked(victim, brought)


def against(
    victim: Victim, home: Person, suspects: Iterable[Person], settings: Settings
) -> Iterator[str]:
    """Yield why no letter about a victim goes to the home in a row, keys of the desk's words.

    `home` is the victim as in the report or as `corrected`, or a person who speaks for the victim.
    `suspects` are the case's `rows_of_suspects`.
    """
    if isinstance(home, Victim) and disputed(victim):
        yield "disputed"
    if home is victim and victim.desk_home:
        yield "corrected"
    confidential = victim.confidential_address and not substitute(home.street, settings)
    if confidential or not (home.street and home.city and home.postal_code):
        yield "no_home"
    if suspect_may_live_at(home, suspects):
        yield "suspects_home"
    if marked(victim, lines(home)):
        yield "unsafe"


def usable(victim: Victim, person: Person, suspects: Iterable[Person], settings: Settings) -> str:
    """Return the lines of the address at which letters reach a person, or an empty string.

    `victim` is the victim the letter is about. `person` is its reader: the victim, or a person who
    speaks for them.
    """
    home = corrected(victim) if person is victim else person
    return "" if any(against(victim, home, suspects, settings)) else lines(home)


def substitute(street: str, settings: Settings) -> bool:
    """Whether an address is one of the Address Confidentiality Program."""
    return street.upper().startswith(settings.messages.confidential_address_prefix.upper())
