"""Homes on the desk's pages: a confidential one is on no page without a supervisor's reason.

See docs/rules.md#24. Every page that shows a postal address, or a field with one, asks here. The
same home may be in the row of a housemate, of a person who speaks for one, or of a suspect.
"""

from collections.abc import Mapping

from aviso.domain import letter_address
from aviso.domain.model import Case, Person, Victim
from aviso.domain.settings import Settings

PARTS = ("street", "city", "region", "postal_code")  # of a postal address
NO_HOME = dict.fromkeys(PARTS, "")


def is_hidden(case: Case, victim: Victim, address: str, settings: Settings) -> bool:
    """Whether an address is a confidential home, not the program's substitute address.

    It may be in the row of another victim, or of a person who speaks for one, who lives there too.

    Args:
        victim: in whose row it is, or for whom the person of that row speaks.
        address: a contact; a phone or an email is not a home.
    """
    if not letter_address.is_home(address) or letter_address.substitute(address, settings):
        return False
    return victim.confidential_address or _is_confidential(case, address)


def typed(case: Case, settings: Settings) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return what the fields of a correction have, by source and victim; empty for a hidden one."""
    return {
        (source, victim.origin): _parts(case, victim, at, settings)
        for victim in case.victims
        for source, at in (("report", victim), ("desk", letter_address.corrected(victim)))
    }


def streets(case: Case, hidden: str) -> Mapping[str, str]:
    """Return suspects' streets by origin id.

    Args:
        hidden: what replaces a street that may be a victim's confidential home.
    """
    return {
        suspect.origin: hidden
        if _is_confidential(case, letter_address.lines(suspect))
        else suspect.street
        for suspect in case.suspects
    }


def _parts(case: Case, victim: Victim, at: Person, settings: Settings) -> Mapping[str, str]:
    if is_hidden(case, victim, letter_address.lines(at), settings):
        return NO_HOME
    return {part: getattr(at, part) for part in PARTS}


def _is_confidential(case: Case, address: str) -> bool:
    """Whether an address may be the home that a victim of the case keeps confidential.

    A victim may have it only in the row of a person who speaks for the victim: a child's guardian.
    """
    hidden = [v for v in case.victims if v.confidential_address]
    rows = [(v, letter_address.corrected(v), *case.speakers_for(v)) for v in hidden]
    homes = [letter_address.lines(at) for several in rows for at in several]
    return any(letter_address.perhaps_same(address, home) for home in homes)
