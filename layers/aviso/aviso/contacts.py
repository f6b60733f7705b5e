"""Whose contacts a victim's notice may use: the right person on a safe channel (rule 11).

Pure. `route` asks; the portal's "alerts already come" and the desk show the same answer.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from aviso.guards import Guards
from aviso.models import Case, Channel, Person, Representative, Victim
from aviso.restriction import home
from aviso.settings import Settings

ADULT_AT = 18
# How a visitor to the portal was verified (rule 14): by what they know, or by a code we gave out.
# A guardian knows their own name and birth date, and speaks for a minor. A code for a restricted
# case is a level of its own: a visit that began before the case was restricted is over.
KNOWLEDGE, GUARDIAN, CODE, RESTRICTED_CODE = "knowledge", "guardian", "code", "code_restricted"
BY_CODE = frozenset({CODE, RESTRICTED_CODE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """An address a notice may go to."""

    channel: Channel
    address: str  # E.164, an email, or the lines of a postal address
    language: str
    source: str  # report, portal, representative
    contact: str = ""  # the enrolled contact's id
    name: str = ""  # for a letter's window


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How a victim can be reached, or in a word why not."""

    contacts: tuple[Contact, ...] = ()
    trouble: str = ""  # a hold for a person, whatever else is on file


def is_minor(victim: Victim, today: date) -> bool:
    """Say whether a victim is under eighteen; the feed's own word comes first."""
    if victim.minor is not None:
        return victim.minor
    born = victim.birth_date
    if born is None:
        return False
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return age < ADULT_AT


def same_person(one: Person, other: Person) -> bool:
    """Say whether two rows are one human being: by id, or by name and birth date."""
    if one.origin == other.origin or one.id == other.id:
        return True
    return (
        one.birth_date is not None
        and one.birth_date == other.birth_date
        and _name(one) == _name(other)
    )


def _name(person: Person) -> str:
    text = unicodedata.normalize("NFKD", f"{person.first_name} {person.last_name}")
    return "".join(c for c in text.casefold() if c.isalnum())


def reach(
    case: Case, victim: Victim, guards: Guards, settings: Settings, now: datetime, *, released: bool
) -> Reach:
    """Return the contacts that may be used for a victim, shared and spent ones left out.

    Args:
        case: the whole case.
        victim: one of its victims.
        guards: opt-outs, bounces and "not me" of every address on the case.
        settings: the agency's.
        now: for a minor's age.
        released: a person looked at the case and let the notice go: contacts shared with a
            suspect are still never used, but no longer hold the rest.
    """
    if not released and any(same_person(victim, s) for s in case.suspects):
        return Reach(trouble="victim_is_suspect")
    today = now.astimezone(settings.agency.zone).date()
    people = list(spoken_for(case, victim, today))
    if not people:
        minor = is_minor(victim, today)
        return Reach(trouble="minor_without_guardian" if minor else "deceased_without_kin")
    if not released and any(isinstance(p, Victim) and not p.safe_to_contact for p in people):
        return Reach(trouble="not_safe_to_contact")
    found = list(_addresses(case, victim, people, settings))
    suspects = {a for s in case.suspects for a in (s.phone, s.email) if a}
    if not released and any(c.address in suspects for c in found):
        return Reach(trouble="contact_shared_with_suspect")
    unsafe = frozenset(victim.desk_unsafe)  # a person's word, which no release overrules
    barred = suspects | unsafe | guards.opted_out | guards.bounced | guards.not_me
    usable = {(c.channel, c.address): c for c in reversed(found) if c.address not in barred}
    letter = _letter(case, victim, people, settings)
    if letter is not None and letter.address in unsafe:
        letter = None
    return Reach(contacts=(*reversed(usable.values()), *([letter] if letter else [])))


def spoken_for(case: Case, victim: Victim, today: date) -> Iterator[Victim | Representative]:
    """Yield who is told: the victim, or for minors and the dead those who speak for them."""
    if victim.deceased:
        wanted = {"next_of_kin", "representative"}
    elif is_minor(victim, today):
        wanted = {"guardian", "representative"}
    else:
        yield victim
        return
    for person in case.representatives:
        if person.victim == victim.id and person.relation in wanted:
            if not any(same_person(person, s) for s in case.suspects):
                yield person


def _addresses(
    case: Case, victim: Victim, people: Iterable[Person], settings: Settings
) -> Iterator[Contact]:
    """Yield the phones and emails on file, the report's first, then what the portal was given."""
    default = settings.agency.languages[0]
    for person in people:
        source = "report" if isinstance(person, Victim) else "representative"
        language = person.language or victim.language or default
        if person.phone and person.phone_type != "landline":
            yield Contact(
                channel=Channel.SMS, address=person.phone, language=language, source=source
            )
        if person.email:
            yield Contact(
                channel=Channel.EMAIL, address=person.email, language=language, source=source
            )
    # A dead victim's own contacts reach nobody; a minor's count when a guardian gave them.
    enrollment = case.enrollment(victim.origin)
    if enrollment is None or victim.deceased:
        return
    own = any(p is victim for p in people)
    for enrolled in enrollment.contacts:
        if not own and enrolled.level == KNOWLEDGE:
            continue
        if enrolled.removed_at is None and enrolled.safe:
            yield Contact(
                channel=enrolled.channel,
                address=enrolled.address,
                language=enrolled.language or victim.language or default,
                source="portal",
                contact=enrolled.id,
            )


def _letter(
    case: Case, victim: Victim, people: Iterable[Person], settings: Settings
) -> Contact | None:
    homes = {home(s) for s in case.suspects}
    for person in people:
        if not (person.street and person.city and person.postal_code):
            continue
        if home(person) in homes:  # a suspect opens the mail there, whoever it is for
            continue
        # Arizona's Address Confidentiality Program: only the substitute address (A.R.S. 41-162).
        substitute = settings.messages.confidential_address_prefix.upper()
        if victim.confidential_address and not person.street.upper().startswith(substitute):
            continue
        lines = (person.street, f"{person.city}, {person.region} {person.postal_code}")
        return Contact(
            channel=Channel.LETTER,
            address="\n".join(lines),
            language=person.language or victim.language or settings.agency.languages[0],
            source="report" if isinstance(person, Victim) else "representative",
            name=f"{person.first_name} {person.last_name}".strip(),
        )
    return None
