"""Which contacts a notice to a victim may use (docs/rules.md#11).

Pure. `route`, the portal's "alerts already come" and the desk use the same answer.
"""

from collections.abc import Collection, Iterable, Iterator
from itertools import chain

from msgspec.structs import replace

from aviso.domain import letter_address, representatives, text_regions
from aviso.domain.case_at import CaseAt
from aviso.domain.guards import Switches
from aviso.domain.model import Case, Channel, EnrolledContact, Person, Victim
from aviso.domain.people import (
    is_organization,
    is_silenced,
    name_of,
    named_by_desk,
    own_of_organization,
)
from aviso.domain.reasons import HoldReason, worst_first
from aviso.domain.settings import Settings
from aviso.domain.suspects import (
    addresses_of_suspects,
    is_suspect,
    rows_of_suspects,
    speaker_suspected,
    speaker_suspected_at,
)
from aviso.domain.unsafe_addresses import is_among, unproved, unsafe_for_others
from aviso.domain.value import Frozen
from aviso.domain.victim_holds import contact_holds, victim_holds

# How a visitor to the portal was verified (docs/rules.md#14): by what they know, or by a code we
# gave out. A guardian knows their own name and birth date, and speaks for a minor. A code for a
# restricted case is a level of its own: a restriction ends the visits that began before it.
KNOWLEDGE, GUARDIAN, CODE, RESTRICTED_CODE = "knowledge", "guardian", "code", "code_restricted"
DESK = "desk"  # a member typed what a caller said
PAPER = "paper"  # root of what came by a code on a letter or a card: see `changes`
SPEAKS = "representative"  # source of a contact of somebody who speaks for a victim
PORTAL = "portal"  # source of a contact that a visitor left; it is not on file
BY_CODE = frozenset({CODE, RESTRICTED_CODE})
BY_KNOWLEDGE = frozenset({KNOWLEDGE, GUARDIAN})
# Why a contact was removed: its owner asked; the victim said "not mine, or not safe"; somebody who
# got a message said "this is not me"; the same address was given again with a code.
TAKEN_OFF, NOT_MINE, NOT_ME, REPLACED = "victim", "not_mine", "not_me", "replaced"
JUDGED = "judged"  # a member of staff decided about a warning that was left by knowledge
# The same of a representative's contact: the victim ended it, or the representative said no.
ENDED, DECLINED = "ended", "declined"


class Contact(Frozen, frozen=True, kw_only=True):
    """An address that a notice may go to."""

    channel: Channel
    address: str  # E.164, an email, or the lines of a postal address
    language: str
    source: str  # report, portal, representative
    contact: str = ""  # the enrolled contact's id
    name: str = ""  # for a letter's window, and a representative's
    beside: bool = False  # a representative's, who is told besides the victim


class Reach(Frozen, frozen=True, kw_only=True):
    """A victim's usable contacts, or the reason why a person must look first."""

    contacts: tuple[Contact, ...] = ()
    trouble: HoldReason | None = None  # a hold for a person, even if contacts are on file
    unsafe_for_another: bool = False  # some were left out that are not safe for another victim


def reach(
    at: CaseAt,
    victim: Victim,
    overruled: Collection[HoldReason] = (),
    invited: str = "",
) -> Reach:
    """Return a victim's usable contacts, without suspects', unsafe, bounced and opted-out ones.

    `overruled` are the troubles that a person at the desk knows of and set aside. Of several, the
    worst is returned. Three limits stay in any case. A suspect's contact is never used. A contact
    marked unsafe is never used. On a restricted case, a contact left by knowledge alone is never
    used, because an abuser has that knowledge.

    A representative is told in the place of a victim who is a minor, incapacitated, dead or an
    organization, and besides any other victim. Besides: a victim whom no phone or email reaches is
    told through the representative. `invited` is the contact of one who has not said yes yet, to
    ask them.
    """
    case, guards, settings = at.case, at.guards, at.settings
    people = at.spoken_for(victim)
    proven_only = at.restriction is not None
    suspects = addresses_of_suspects(case)
    found = list(_addresses(at, victim, people, proven_only=proven_only))
    named = list(_representatives(at, victim, people, invited))
    speakers = len(people) + len(named)
    of_victim = victim_holds(at, victim, speakers)
    # A suspect who leaves his own phone on the portal must not stop every notice: it is not used.
    of_contacts = contact_holds(case, {c.address for c in found if c.source != PORTAL})
    asked = list(_asked_holds(case, victim, invited))
    if not (invited or doubted(case, victim).isdisjoint(c.address for c in found)):
        asked.append(HoldReason.CONTACT_DOUBTED)
    for trouble in worst_first(chain(of_victim, of_contacts, asked)):
        if trouble not in overruled:
            return Reach(trouble=trouble)
    if proven_only:  # the agency's export may bring back a contact left by knowledge
        found = [c for c in found if proven(case, victim, c)]
    unsafe = taken_back(case, victim) | own_of_organization(victim)
    barred = suspects | unsafe | guards.opted_out | guards.bounced | guards.not_me
    usable = {
        (c.channel, c.address): c
        for c in reversed([*found, *named])
        if c.address not in barred and text_regions.can_reach(c.channel, c.address, settings)
    }
    letter = _letter(at, victim, people)
    known = [*reversed(usable.values()), *([letter] if letter else [])]
    apart = unsafe_for_others(case, victim)
    if HoldReason.UNSAFE_FOR_ANOTHER in overruled:
        apart = frozenset()
    safe = [c for c in known if not is_among(c.address, apart)]
    return Reach(contacts=tuple(_beside(safe)), unsafe_for_another=len(safe) < len(known))


def _beside(found: Iterable[Contact]) -> list[Contact]:
    """Treat the representatives' contacts as the victim's, if the victim has none."""
    every = list(found)
    own = any(not c.beside for c in every if c.channel is not Channel.LETTER)
    return every if own else [replace(c, beside=False) for c in every]


def usable(
    at: CaseAt,
    victim: Victim,
    overruled: Collection[HoldReason] = (),
    invited: str = "",
) -> Reach:
    """Return the contacts that notices to a victim may use, or the reason why they are held.

    `route` calls this before it sends. The desk's case page calls it before it shows a contact as
    used. `reach` never returns a restriction as trouble, nor that a contact was left out: perhaps
    another victim took it away, and only what that victim left is left.
    """
    why = at.restriction
    if why and why.hold not in overruled:
        return Reach(trouble=why.hold)
    found = reach(at, victim, overruled, invited)
    apart = HoldReason.UNSAFE_FOR_ANOTHER
    return Reach(trouble=apart) if found.unsafe_for_another else found


def in_trial(contacts: Iterable[Contact], switches: Switches) -> list[Contact]:
    """Return the contacts that trial mode allows: its guests' contacts, or all while it is off."""
    return [c for c in contacts if not switches.trial or c.address in switches.guests]


def proven(case: Case, victim: Victim, contact: Contact) -> bool:
    """Whether a contact came from the agency, or from a visitor who had a code.

    A contact that the agency learned only from the portal comes back with its next export. The
    export does not prove it.
    """
    given = case.enrollment_of(victim.origin).contacts
    theirs = [c for c in given if c.address == contact.address]
    if any(c.level not in BY_KNOWLEDGE and c.active for c in theirs):
        return True
    learned = any(by_knowledge_alone(c) for c in theirs)
    return contact.source != PORTAL and not learned


def by_knowledge_alone(contact: EnrolledContact) -> bool:
    """Whether a contact was left by knowledge and is new to the agency: no code, no report."""
    return contact.level in BY_KNOWLEDGE and contact.new_to_agency


def doubted(case: Case, victim: Victim) -> set[str]:
    """Return the contacts that somebody called unsafe by knowledge, and no member has judged.

    The warning bars nothing, because an ex-partner has that knowledge (docs/rules.md#14). It does
    not renew a doubt that a member ended.
    """
    warnings = [c for c in case.enrollment_of(victim.origin).contacts if unproved(c)]
    judged = {c.address for c in warnings if c.removed_why == JUDGED}
    return {c.address for c in warnings} - judged - called_unsafe(case, victim)


def called_unsafe(case: Case, victim: Victim) -> set[str]:
    """Return the contacts that the desk or somebody with a code called unsafe, or not theirs.

    Knowledge lifts no such mark.
    """
    given = case.enrollment_of(victim.origin)
    warned = (c for c in given.contacts if c.removed_why == NOT_MINE or not c.safe)
    told = {c.address for c in warned if not unproved(c)}
    again = {c.address for c in given.usable_contacts if c.level not in BY_KNOWLEDGE}
    return set(victim.desk_unsafe) | (told - again)


def taken_back(case: Case, victim: Victim) -> set[str]:
    """Return the contacts called unsafe or removed, and not added again."""
    given = case.enrollment_of(victim.origin)
    left = {c.address for c in given.contacts if not unproved(c)}
    again = {c.address for c in given.usable_contacts}
    return called_unsafe(case, victim) | (left - again)


def _asked_holds(case: Case, victim: Victim, invited: str) -> Iterator[HoldReason]:
    """Yield why a person must look before a person named by a visitor gets the question."""
    for named in case.enrollment_of(victim.origin).representatives:
        if named.id == invited and named.level != DESK and representatives.doubt(case, named):
            yield HoldReason.REPRESENTATIVE_IN_DOUBT


def _addresses(
    at: CaseAt, victim: Victim, people: Iterable[Person], *, proven_only: bool
) -> Iterator[Contact]:
    """Yield the phones and emails on file, the report's first, then those left on the portal.

    A contact that is on file and was also left on the portal is yielded once, in the language
    chosen on the portal.
    """
    found: dict[tuple[Channel, str], Contact] = {}
    for contact in _on_file(victim, people, at.settings):
        found.setdefault((contact.channel, contact.address), contact)
    for contact in _given(at, victim, people, proven_only=proven_only):
        there = found.get((contact.channel, contact.address))
        same = replace(there, language=contact.language, contact=contact.contact) if there else None
        found[contact.channel, contact.address] = same or contact
    yield from found.values()


def _on_file(victim: Victim, people: Iterable[Person], settings: Settings) -> Iterator[Contact]:
    """Yield the contacts on file of the people who are told."""
    default = settings.agency.languages[0]
    for person in people:
        source = "report" if isinstance(person, Victim) else SPEAKS
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
    at: CaseAt, victim: Victim, people: Iterable[Person], *, proven_only: bool
) -> Iterator[Contact]:
    """Yield the contacts left on the portal that may be used.

    The own contacts of a victim who was silenced are not used. A child's contacts are used if a
    guardian gave them, and that person is still a guardian and not a suspect. If one of those who
    speak for the victim is a suspect, no contact is used that was left with a code, because it does
    not say who had it, nor one that the desk typed before that was known.
    """
    case = at.case
    if is_silenced(victim):
        return
    own = any(p is victim for p in people)
    guardians = {r.origin for r in case.speakers if not is_suspect(case, r)}
    doubted = not own and speaker_suspected(case, victim)
    known = speaker_suspected_at(case, victim) if doubted else None
    for enrolled in case.enrollment_of(victim.origin).usable_contacts:
        if enrolled.holder:
            continue  # see `_representatives`
        if enrolled.level in BY_KNOWLEDGE and proven_only:
            continue
        if enrolled.level == KNOWLEDGE and not own:
            continue
        if enrolled.giver and enrolled.giver not in guardians:
            continue
        at_desk = enrolled.level == DESK and known and enrolled.added_at < known
        if doubted and not enrolled.giver and (enrolled.level in BY_CODE or at_desk):
            continue
        if not (own or enrolled.giver) and enrolled.address in (victim.phone, victim.email):
            continue  # the minor's own, unless a verified guardian gave it as theirs
        yield Contact(
            channel=enrolled.channel,
            address=enrolled.address,
            language=enrolled.language or victim.language or at.settings.agency.languages[0],
            source=PORTAL,
            contact=enrolled.id,
        )


def _representatives(
    at: CaseAt, victim: Victim, people: Iterable[Person], invited: str
) -> Iterator[Contact]:
    """Yield the contacts of those who represent a victim, by the feed's word or the victim's.

    Nobody is used who may be a suspect by now. For a victim who was silenced and for an
    organization the desk alone names somebody: on the portal the abuser might name himself.
    """
    case = at.case
    desk_only = named_by_desk(case, victim, at.today)
    own = any(p is victim for p in people)
    if own:
        spoken = (r for r in representatives.reported(case, victim) if not is_suspect(case, r))
        for one in _on_file(victim, spoken, at.settings):
            yield replace(one, beside=True)
    for enrolled in case.enrollment_of(victim.origin).representatives:
        holder = enrolled.holder
        if holder is None or not (holder.agreed_at or enrolled.id == invited):
            continue
        if not enrolled.safe or representatives.suspected(case, enrolled):
            continue
        if desk_only and enrolled.level != DESK:
            continue
        yield Contact(
            channel=enrolled.channel,
            address=enrolled.address,
            language=enrolled.language,
            source=SPEAKS,
            contact=enrolled.id,
            name=f"{holder.first_name} {holder.last_name}".strip(),
            beside=own,
        )


def _letter(at: CaseAt, victim: Victim, people: Iterable[Person]) -> Contact | None:
    """Return the letter's address; an organization's letter goes to its own, for the reader."""
    organization, suspects = is_organization(victim), rows_of_suspects(at.case)
    for person in people:
        places = [victim, person] if organization else [person]
        usable = (letter_address.usable(victim, home, suspects, at.settings) for home in places)
        if address := next(filter(None, usable), ""):
            return Contact(
                channel=Channel.LETTER,
                address=address,
                language=person.language or victim.language or at.settings.agency.languages[0],
                source="report" if isinstance(person, Victim) else SPEAKS,
                name=name_of(person),
            )
    return None
