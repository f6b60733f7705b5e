"""Homes on the desk's pages: a confidential one is on no page without a supervisor's reason.

See docs/rules.md#24. Every page that shows a postal address, or a field with one, asks here. The
same home may be in the row of a housemate, of a person who speaks for one, or of a suspect.
"""

from collections.abc import Iterator, Mapping

from aviso.domain import letter_address
from aviso.domain.model import Case, Person, Victim
from aviso.domain.people import spoken_for
from aviso.staff.actor import Actor

PARTS = ("street", "city", "region", "postal_code")  # of a postal address
NO_HOME = dict.fromkeys(PARTS, "")


def is_hidden(case: Case, victim: Victim, address: str, actor: Actor) -> bool:
    """Whether an address is a confidential home, not the program's substitute address.

    It may be in the row of another victim, or of a person who speaks for one, who lives there too.

    Args:
        victim: in whose row it is, or for whom the person of that row speaks.
        address: a contact; a phone or an email is not a home.
    """
    if not letter_address.is_home(address) or letter_address.substitute(address, actor.settings):
        return False
    return victim.confidential_address or _is_confidential(case, address, actor)


def typed(case: Case, actor: Actor) -> Mapping[tuple[str, str], Mapping[str, str]]:
    """Return what the fields of a correction have, by source and victim; empty for a hidden one."""
    return {
        (source, victim.origin): _parts(case, victim, at, actor)
        for victim in case.victims
        for source, at in (("report", victim), ("desk", letter_address.corrected(victim)))
    }


def streets(case: Case, hidden: str, actor: Actor) -> Mapping[str, str]:
    """Return suspects' streets by origin id.

    Args:
        hidden: what replaces a street that may be a victim's confidential home.
    """
    return {
        suspect.origin: hidden
        if _is_confidential(case, letter_address.lines(suspect), actor)
        else suspect.street
        for suspect in case.suspects
    }


def _parts(case: Case, victim: Victim, at: Person, actor: Actor) -> Mapping[str, str]:
    if is_hidden(case, victim, letter_address.lines(at), actor):
        return NO_HOME
    return {part: getattr(at, part) for part in PARTS}


def _is_confidential(case: Case, address: str, actor: Actor) -> bool:
    """Whether an address may be the home that a victim of the case keeps confidential."""
    hidden = [v for v in case.victims if v.confidential_address]
    homes = [letter_address.lines(at) for v in hidden for at in _homes(case, v, actor)]
    return any(letter_address.perhaps_same(address, home) for home in homes)


def _homes(case: Case, victim: Victim, actor: Actor) -> Iterator[Person]:
    """Yield the rows that may have a victim's home.

    They are the victim's own and those of the people who are told in the victim's place, as a
    child's guardian. If no home of the victim's own is known, it may be in any speaker's row.
    """
    own = letter_address.corrected(victim)
    yield from (victim, own)
    known = _is_known(victim, own, actor)
    people = spoken_for(case, victim, actor.today) if known else case.speakers_for(victim)
    yield from (one for one in people if one is not victim)


def _is_known(victim: Victim, own: Person, actor: Actor) -> bool:
    """Whether a victim's own postal address is a home that nobody called wrong.

    A word in the place of the street, as UNKNOWN, has no house number.
    """
    wrong = letter_address.marked(victim, letter_address.lines(own))
    if wrong or letter_address.substitute(own.street, actor.settings):
        return False
    return any(map(str.isdigit, own.street))
