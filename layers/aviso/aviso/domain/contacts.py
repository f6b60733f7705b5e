"""Whose contacts a victim's notice may use: the right person on a safe channel (docs/rules.md#11).

Pure. `route` asks; the portal's "alerts already come" and the desk show the same answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from aviso.domain import letter_address, text_regions
from aviso.domain.model import (
    Case,
    Channel,
    EnrolledContact,
    Person,
    Victim,
)
from aviso.domain.people import addresses_of_suspects, age_unknown, is_minor, is_suspect, spoken_for
from aviso.domain.restriction import restricted
from aviso.domain.send_guards import Guards, Switches
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen

NOTHING_OVERRULED: frozenset[str] = frozenset()
TROUBLES = (
    *("victim_is_suspect", "minor_without_guardian", "deceased_without_kin"),
    *("not_safe_to_contact", "contact_shared_with_suspect", "suspect_contact_unreadable"),
    *("birth_date_unreadable", "age_unknown"),
)
# How a visitor to the portal was verified (docs/rules.md#14): by what they know, or by a code we
# gave out. A guardian knows their own name and birth date, and speaks for a minor. A code for a
# restricted case is a level of its own: a visit that began before the case was restricted is over.
KNOWLEDGE, GUARDIAN, CODE, RESTRICTED_CODE = "knowledge", "guardian", "code", "code_restricted"
DESK = "desk"  # told to a member, who typed it
PORTAL = "portal"  # whose contact it is: left by a visitor, not on file
BY_CODE = frozenset({CODE, RESTRICTED_CODE})
BY_KNOWLEDGE = frozenset({KNOWLEDGE, GUARDIAN})
# Why a contact was taken off: its owner's wish; "not mine, or not safe" by the victim; "this is
# not me" by whoever got a message; the same address given again with a code.
TAKEN_OFF, NOT_MINE, NOT_ME, REPLACED = "victim", "not_mine", "not_me", "replaced"


class Contact(Frozen, frozen=True, kw_only=True):
    """An address a notice may go to."""

    channel: Channel
    address: str  # E.164, an email, or the lines of a postal address
    language: str
    source: str  # report, portal, representative
    contact: str = ""  # the enrolled contact's id
    name: str = ""  # for a letter's window


class Reach(Frozen, frozen=True, kw_only=True):
    """How a victim can be reached, or in a word why not."""

    contacts: tuple[Contact, ...] = ()
    trouble: str = ""  # a hold for a person, whatever else is on file


def reach(
    case: Case,
    victim: Victim,
    guards: Guards,
    settings: Settings,
    now: datetime,
    overruled: frozenset[str] = NOTHING_OVERRULED,
) -> Reach:
    """Return the contacts that may be used for a victim, shared and spent ones left out.

    Args:
        case: the whole case.
        victim: one of its victims.
        guards: opt-outs, bounces and "not me" of every address on the case.
        settings: the agency's.
        now: for a minor's age.
        overruled: the troubles that a person at the desk knows of and set aside. Whatever they
            are, a suspect's contact is never used, nor one marked unsafe; and on a restricted
            case none that was left by knowledge alone, which an abuser has.
    """
    today = now.astimezone(settings.agency.zone).date()
    people = list(spoken_for(case, victim, today))
    proven_only = restricted(case, settings) != ""
    suspects = addresses_of_suspects(case)
    found = list(_addresses(case, victim, people, settings, proven_only=proven_only))
    for trouble in _troubles(case, victim, people, found, suspects, settings, today):
        if trouble not in overruled:
            return Reach(trouble=trouble)
    if proven_only:  # one that was left by knowledge may have come back with the agency's export
        found = [c for c in found if proven(case, victim, c)]
    unsafe = frozenset(victim.desk_unsafe) | _taken_back(case, victim)
    barred = suspects | unsafe | guards.opted_out | guards.bounced | guards.not_me
    usable = {
        (c.channel, c.address): c
        for c in reversed(found)
        if c.address not in barred and can_reach(c.channel, c.address, settings)
    }
    letter = _letter(case, victim, people, settings)
    return Reach(contacts=(*reversed(usable.values()), *([letter] if letter else [])))


def usable(
    case: Case,
    victim: Victim,
    guards: Guards,
    settings: Settings,
    now: datetime,
    overruled: frozenset[str] = NOTHING_OVERRULED,
) -> Reach:
    """Return the contacts that notices to a victim may use, or for which reason they are held.

    `route` asks this before it sends, and the desk's page of a case before it calls a contact
    used. The arguments are those of `reach`, which lets a restriction hold nothing.
    """
    why = f"restricted_{restricted(case, settings)}"
    if why != "restricted_" and why not in overruled:
        return Reach(trouble=why)
    return reach(case, victim, guards, settings, now, overruled)


def in_trial(contacts: Iterable[Contact], switches: Switches) -> list[Contact]:
    """Keep the contacts that trial mode reaches: its guests'; all of them while it is off."""
    return [c for c in contacts if not switches.trial or c.address in switches.guests]


def can_reach(channel: Channel, address: str, settings: Settings) -> bool:
    """Whether the agency writes to an address at all: it texts the regions of its settings."""
    return channel is not Channel.SMS or text_regions.can_text(
        address, settings.messages.text_regions
    )


def proven(case: Case, victim: Victim, contact: Contact) -> bool:
    """Say whether a contact came from the agency, or from somebody who had a code.

    One that the agency learned from the portal alone comes back with its next export, and is no
    more proven by that.
    """
    enrollment = case.enrollment(victim.origin)
    given = enrollment.contacts if enrollment else ()
    theirs = [c for c in given if c.address == contact.address]
    if any(c.level not in BY_KNOWLEDGE and c.removed_at is None for c in theirs):
        return True
    learned = any(by_knowledge_alone(c) for c in theirs)
    return contact.source != PORTAL and not learned


def by_knowledge_alone(contact: EnrolledContact) -> bool:
    """Say whether nothing but what a visitor knew stands behind a contact: no code, no report."""
    return contact.level in BY_KNOWLEDGE and contact.new_to_agency


def hears_its_end(contact: EnrolledContact) -> bool:
    """Say whether a contact is told that it was taken off: a safe one that was left with a code.

    One that was left by knowledge may be an abuser's, who must not hear what she does
    (docs/rules.md#14).
    """
    return contact.removed_why == TAKEN_OFF and contact.level not in BY_KNOWLEDGE and contact.safe


def _taken_back(case: Case, victim: Victim) -> set[str]:
    """Return the addresses that were called unsafe or taken off on the portal, and not put back."""
    enrollment = case.enrollment(victim.origin)
    given = enrollment.contacts if enrollment else ()
    good = {c.address for c in given if c.safe and c.removed_at is None}
    return {c.address for c in given} - good


def _troubles(
    case: Case,
    victim: Victim,
    people: Sequence[Person],
    found: Sequence[Contact],
    suspects: set[str],
    settings: Settings,
    today: date,
) -> Iterator[str]:
    """Yield why a person must look before anything goes, the gravest first."""
    if is_suspect(case, victim):
        yield "victim_is_suspect"
    if not people:
        yield "minor_without_guardian" if is_minor(victim, today) else "deceased_without_kin"
    # A minor's own contact must not be used.
    if not victim.deceased:
        known = (victim.minor, victim.age) != (None, None)
        if victim.birth_date_unreadable and not known:
            yield "birth_date_unreadable"
        elif age_unknown(victim, settings):
            yield "age_unknown"
    if any(isinstance(p, Victim) and not p.safe_to_contact for p in people):
        yield "not_safe_to_contact"
    # What the agency has on file counts. A suspect who leaves his own phone on the portal must
    # not stop everything: that contact alone is never used.
    on_file = [c for c in found if c.source != PORTAL]
    if any(c.address in suspects for c in on_file):
        yield "contact_shared_with_suspect"
    texts = any(c.channel is Channel.SMS for c in on_file)
    if texts and any(s.unreadable_contact for s in case.suspected):
        yield "suspect_contact_unreadable"


def _addresses(
    case: Case,
    victim: Victim,
    people: Iterable[Person],
    settings: Settings,
    *,
    proven_only: bool,
) -> Iterator[Contact]:
    """Yield the phones and emails on file, the report's first, then what the portal was given.

    A contact on file that was given on the portal too is one, in the language asked for there.
    """
    found: dict[tuple[Channel, str], Contact] = {}
    for contact in _on_file(victim, people, settings):
        found.setdefault((contact.channel, contact.address), contact)
    for contact in _given(case, victim, people, settings, proven_only=proven_only):
        there = found.get((contact.channel, contact.address))
        same = replace(there, language=contact.language, contact=contact.contact) if there else None
        found[contact.channel, contact.address] = same or contact
    yield from found.values()


def _on_file(victim: Victim, people: Iterable[Person], settings: Settings) -> Iterator[Contact]:
    """Yield what the report says of the people who are told."""
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


def _given(
    case: Case,
    victim: Victim,
    people: Iterable[Person],
    settings: Settings,
    *,
    proven_only: bool,
) -> Iterator[Contact]:
    """Yield what was left on the portal and may be used.

    A dead victim's own contacts reach nobody; a minor's count when a guardian gave them, who still
    is one and no suspect.
    """
    enrollment = case.enrollment(victim.origin)
    if enrollment is None or victim.deceased:
        return
    own = any(p is victim for p in people)
    guardians = {r.origin for r in case.representatives if not is_suspect(case, r)}
    for enrolled in enrollment.contacts:
        if enrolled.level in BY_KNOWLEDGE and proven_only:
            continue
        if enrolled.level == KNOWLEDGE and not own:
            continue
        if enrolled.giver and enrolled.giver not in guardians:
            continue
        if not (own or enrolled.giver) and enrolled.address in (victim.phone, victim.email):
            continue  # the minor's own, unless a guardian who came in themself gave it as theirs
        if enrolled.removed_at is None and enrolled.safe:
            yield Contact(
                channel=enrolled.channel,
                address=enrolled.address,
                language=enrolled.language or victim.language or settings.agency.languages[0],
                source=PORTAL,
                contact=enrolled.id,
            )


def _letter(
    case: Case, victim: Victim, people: Iterable[Person], settings: Settings
) -> Contact | None:
    for person in people:
        address = letter_address.usable(victim, person, case.suspected, settings)
        if address:
            return Contact(
                channel=Channel.LETTER,
                address=address,
                language=person.language or victim.language or settings.agency.languages[0],
                source="report" if isinstance(person, Victim) else "representative",
                name=f"{person.first_name} {person.last_name}".strip(),
            )
    return None
