"""What on a case is a suspect's: the person, the phones and emails, the home (docs/rules.md#11).

Pure. Nothing is sent there, whatever else says that it is a victim's. In doubt somebody is a
suspect: a person at the desk can look, but a message to a suspect cannot be taken back. `contacts`,
`letter_address`, `audience`, `phones_to_call` and the desk ask here.
"""

from collections.abc import Iterable
from datetime import datetime

from msgspec.structs import replace

from aviso.domain.address_matching import perhaps_same_place
from aviso.domain.model import Case, Person, Speaker, Victim
from aviso.domain.text import plain_name, plain_words


def rows_of_suspects(case: Case) -> tuple[Person, ...]:
    """Return the suspects' rows, and those on which one speaks for a victim, or did.

    A parent who is a suspect has often left phone and home on the guardian's row alone. A suspect
    has a row for each earlier home too.
    """
    moved = (
        replace(suspect, street=street, postal_code=code)
        for suspect in case.suspected
        for street, _, code in (home.partition("\n") for home in suspect.past_homes)
    )
    speakers = (*case.speakers, *case.former_speakers)
    return (*case.suspected, *moved, *(s for s in speakers if is_suspect(case, s)))


def addresses_of_suspects(case: Case) -> set[str]:
    """Return every phone and email that a suspect has, or by the suspect's own row had."""
    now = {address for row in rows_of_suspects(case) for address in (row.phone, row.email)}
    return (now | {address for s in case.suspected for address in s.past_contacts}) - {""}


def is_suspect(case: Case, person: Person) -> bool:
    """Whether a person may be a suspect on a case."""
    return any(same_person(person, suspect) for suspect in case.suspected)


def same_person(one: Person, other: Person) -> bool:
    """Whether two rows may be one human being.

    They match by id; by last name and birth date, because Bob is Robert; or by the whole name when
    a row has no birth date. One of two last names is enough. If two people are taken for one, a
    person at the desk is asked. The opposite error tells a suspect.
    """
    if one.origin == other.origin or one.id == other.id:
        return True
    dated = one.birth_date is not None and other.birth_date is not None
    if dated and one.birth_date != other.birth_date:
        return False
    if not same_last_name(one, other):
        return False
    return dated or plain_name(one.first_name) == plain_name(other.first_name)


def shares_last_name(case: Case, person: Person) -> bool:
    """Whether a suspect has a person's last name: a member must look before naming them."""
    return any(same_last_name(person, suspect) for suspect in case.suspected)


def same_last_name(one: Person, other: Person) -> bool:
    """Whether two people may have one last name: Kern-Smith is also Kern, Garcia Lopez Garcia."""
    if not one.last_name or plain_name(one.last_name) == plain_name(other.last_name):
        return bool(one.last_name)
    fewer, more = sorted((plain_words(p.last_name) for p in (one, other)), key=len)
    return bool(fewer) and set(fewer) <= set(more)


def speaker_suspected(case: Case, victim: Victim) -> bool:
    """Whether somebody who speaks for a victim by the feed's word, or did, may be a suspect."""
    return any(is_suspect(case, speaker) for speaker in _ever_spoke(case, victim))


def _ever_spoke(case: Case, victim: Victim) -> tuple[Speaker, ...]:
    former = (s for s in case.former_speakers if s.victim == victim.id)
    return (*case.speakers_for(victim), *former)


def speaker_suspected_at(case: Case, victim: Victim) -> datetime | None:
    """Return since when the rows say that somebody who speaks for a victim may be a suspect.

    The last such moment counts: both rows were there then. None when there is none, or when it is
    not known.
    """
    pairs = [
        (speaker.first_seen, suspect.first_seen)
        for speaker in _ever_spoke(case, victim)
        for suspect in case.suspected
        if same_person(speaker, suspect)
    ]
    return max((max(a, b) for a, b in pairs if a and b), default=None)


def suspect_may_live_at(at: Person, suspects: Iterable[Person]) -> bool:
    """Whether a suspect may live at a person's address, and open the mail there."""
    here = at.street, at.postal_code
    return any(perhaps_same_place(*here, s.street, s.postal_code) for s in suspects)
