"""Every phone and email that may reach somebody about a victim, with all that bars it. Pure.

Each is judged once, here (docs/rules.md#11, #14, #23). Who gets a notice, whom a person may call,
who answers and what the desk's case page says are filters of `lines_of`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from aviso.domain import letter_address, representatives, text_regions
from aviso.domain.case_at import CaseAt, once
from aviso.domain.contacts import (
    BY_CODE,
    BY_KNOWLEDGE,
    DESK,
    KNOWLEDGE,
    NOT_ME,
    PORTAL,
    REPORT,
    SPEAKS,
    Contact,
    called_unsafe,
    doubted,
    proven,
    removed,
)
from aviso.domain.model import Case, Channel, EnrolledContact, Person, Speaker, Victim
from aviso.domain.people import (
    is_organization,
    is_silenced,
    name_of,
    named_by_desk,
    own_of_organization,
)
from aviso.domain.reasons import HoldReason, worst_first
from aviso.domain.suspects import (
    addresses_of_suspects,
    is_suspect,
    rows_of_suspects,
    speaker_suspected,
    speaker_suspected_at,
)
from aviso.domain.unsafe_addresses import is_among, unsafe_for_others
from aviso.domain.value import Frozen
from aviso.domain.victim_holds import contact_holds, victim_holds


class Bar(StrEnum):
    """What bars a line: keys of the desk's words, in the order in which it says them."""

    PERSON_SUSPECTED = "person_suspected"
    SUSPECTS_HOME = "suspects_home"
    UNSAFE = "unsafe"  # the desk marked it
    SUSPECTS = "suspects"
    DOUBTED = "doubted"  # it holds every notice, but bars nothing once a person overruled that
    OPTED_OUT = "opted_out"
    BOUNCED = "bounced"
    NOT_ME = "not_me"
    REGION = "region"
    ENDED = "ended"
    NOT_SAFE = "not_safe"  # the row, or who left it, says so: the desk's word is "unsafe" too
    DESK_ONLY = "desk_only"
    PERHAPS_SUSPECT = representatives.PERHAPS_SUSPECT
    HOUSEHOLD = representatives.HOUSEHOLD
    NOT_AGREED = "not_agreed"
    VICTIM_SPEAKS = "victim_speaks"
    OTHER_ROLE = "other_role"
    FOR_ANOTHER = "unsafe_for_another"  # not safe for another victim
    DISPUTED = "disputed"  # see `letter_address`
    CORRECTED = "corrected"
    NO_HOME = "no_home"  # incomplete, or a confidential one
    CALLED_UNSAFE = "called_unsafe"  # at the desk, or with a code
    REMOVED = "removed"
    UNPROVED = "unproved"  # left by knowledge alone, and the case is restricted
    OF_ORGANIZATION = "of_organization"
    LANDLINE = "landline"
    NOT_TOLD = "not_told"  # others are told for the victim whose it is, or who left it is not sure


# What is about a phone or email itself. Any other bar is about who would be told there.
OF_ADDRESS = frozenset(
    {
        *(Bar.UNSAFE, Bar.SUSPECTS, Bar.DOUBTED, Bar.OPTED_OUT, Bar.BOUNCED, Bar.NOT_ME),
        *(Bar.REGION, Bar.FOR_ANOTHER, Bar.CALLED_UNSAFE, Bar.REMOVED, Bar.UNPROVED),
        Bar.OF_ORGANIZATION,
    }
)
WORDLESS = frozenset(
    {
        *(Bar.NO_HOME, Bar.CALLED_UNSAFE, Bar.REMOVED, Bar.UNPROVED, Bar.OF_ORGANIZATION),
        *(Bar.LANDLINE, Bar.NOT_TOLD),
    }
)
# What bars nothing once a person set the trouble aside that goes with it.
OVERRULED = frozenset({Bar.DOUBTED, Bar.FOR_ANOTHER})
BEFORE_A_YES = frozenset({Bar.NOT_AGREED, Bar.PERHAPS_SUSPECT, Bar.HOUSEHOLD})


def word_of(bars: Collection[Bar]) -> str:
    """Return the desk's word for the first of what bars a line; empty where it is "not used"."""
    found = next((bar.value for bar in Bar if bar in bars and bar not in WORDLESS), "")
    return Bar.UNSAFE.value if found == Bar.NOT_SAFE else found


Judged = tuple["Line", set[Bar]]


class Line(Contact, frozen=True, kw_only=True):
    """A phone, an email or a home, and what bars it."""

    bars: tuple[Bar, ...] = ()
    origin: str  # what the desk's page calls its source: report, portal, desk or representative
    whose: str = ""  # the name, if it is that of somebody who speaks for the victim
    since: datetime | None
    left: EnrolledContact | None = None  # how it was left; None in a row of the report

    @property
    def representative(self) -> bool:
        """Whether it is that of a person who is named, or who is told beside the victim."""
        return self.beside or (self.left is not None and self.left.holder is not None)

    def bars_of(self, invited: str) -> set[Bar]:
        """Return what bars it, without what bars no question to its owner."""
        asked = invited and self.contact == invited
        return {*self.bars} - (BEFORE_A_YES if asked else frozenset())


@once
def lines_of(at: CaseAt, victim: Victim) -> tuple[Line, ...]:
    """Return every way to reach a victim's people: by the report, by the desk, and as they left it.

    One that said "this is not me" is among them: the desk can take that back.
    """
    given, marked = at.case.enrollment_of(victim.origin), _marked(at, victim)
    shown = [c for c in given.contacts if not c.holder and (c.active or c.removed_why == NOT_ME)]
    people = (victim, *at.case.speakers_for(victim))
    judged = (
        *(found for person in people for found in _on_file(at, victim, person)),
        *_homes(at, victim, marked[Bar.FOR_ANOTHER]),
        *(_left(at, victim, contact) for contact in (*given.representatives, *shown)),
    )
    return tuple(_barred(line, bars | _about(at, line.address, marked)) for line, bars in judged)


def _barred(line: Line, bars: set[Bar]) -> Line:
    return replace(line, bars=tuple(bar for bar in Bar if bar in bars))


def _on_file(at: CaseAt, victim: Victim, person: Person) -> Iterator[Judged]:
    speaks = isinstance(person, Speaker)
    beside = speaks and victim in at.spoken_for(victim)
    against = {*_against_person(at, victim, person)}
    for channel, address in ((Channel.SMS, person.phone), (Channel.EMAIL, person.email)):
        if not address:
            continue
        line = Line(
            channel=channel,
            address=address,
            language=_language(at, victim, person),
            source=SPEAKS if speaks else REPORT,
            origin=SPEAKS if speaks else REPORT,
            whose=name_of(person) if speaks else "",
            beside=beside,
            since=person.first_seen,
        )
        bars = set(against)
        if channel is Channel.SMS and person.phone_type == "landline":
            bars.add(Bar.LANDLINE)
        if at.restriction and not (beside or proven(at.case, victim, line)):
            bars.add(Bar.UNPROVED)  # the agency's export may bring back what knowledge left
        yield line, bars


def _homes(at: CaseAt, victim: Victim, unsafe: Collection[str]) -> Iterator[Judged]:
    """Yield the postal addresses; an organization's letter goes to its own, for the reader."""
    told, suspects = at.spoken_for(victim), rows_of_suspects(at.case)
    own = next(iter(told), victim) if is_organization(victim) else victim
    homes: list[tuple[str, Person, Person]] = [(REPORT, victim, own)]
    homes += [(DESK, letter_address.corrected(victim), own)] if victim.desk_home else []
    homes += [(SPEAKS, speaker, speaker) for speaker in at.case.speakers_for(victim)]
    for origin, home, reader in homes:
        address = letter_address.lines(home)
        if not address.strip("\n, "):
            continue
        bars = set(map(Bar, letter_address.against(victim, home, suspects, at.settings)))
        if is_among(address, unsafe):
            bars.add(Bar.FOR_ANOTHER)
        if reader not in told:
            bars.add(Bar.NOT_TOLD)
        line = Line(
            channel=Channel.LETTER,
            address=address,
            language=_language(at, victim, reader),
            source=REPORT if reader is victim else SPEAKS,
            origin=origin,
            name=name_of(reader),
            whose=name_of(reader) if origin == SPEAKS else "",
            since=None if origin == DESK else home.first_seen,
        )
        yield line, bars


def _left(at: CaseAt, victim: Victim, left: EnrolledContact) -> Judged:
    holder, against = left.holder, against_named if left.holder else _against_own
    name = name_of(representatives.as_person(holder)) if holder else ""
    line = Line(
        channel=left.channel,
        address=left.address,
        language=left.language or _language(at, victim, victim),
        source=SPEAKS if holder else PORTAL,
        origin=SPEAKS if holder else left.consent.source,
        contact=left.id,
        name=name,
        whose=name,
        beside=holder is not None and victim in at.spoken_for(victim),
        since=left.added_at,
        left=left,
    )
    return line, {*against(at, victim, left)}


def _language(at: CaseAt, victim: Victim, person: Person) -> str:
    return person.language or victim.language or at.settings.agency.languages[0]


def bars_of_address(at: CaseAt, victim: Victim, address: str) -> set[Bar]:
    """Return what bars a phone or email, no matter whose it is."""
    return _about(at, address, _marked(at, victim))


def _about(at: CaseAt, address: str, marked: Mapping[Bar, Collection[str]]) -> set[Bar]:
    found = {bar for bar, addresses in marked.items() if address in addresses}
    regions, phone = (
        at.settings.messages.text_regions,
        address.startswith("+") and "@" not in address,
    )
    return found | {Bar.REGION} if phone and not text_regions.can_text(address, regions) else found


def _marked(at: CaseAt, victim: Victim) -> Mapping[Bar, Collection[str]]:
    case, known = at.case, at.guards
    return {
        Bar.UNSAFE: victim.desk_unsafe,
        Bar.SUSPECTS: addresses_of_suspects(case),
        Bar.DOUBTED: doubted(case, victim),
        Bar.OPTED_OUT: known.opted_out,
        Bar.BOUNCED: known.bounced,
        Bar.NOT_ME: known.not_me,
        Bar.FOR_ANOTHER: unsafe_for_others(case, victim),
        Bar.CALLED_UNSAFE: called_unsafe(case, victim),
        Bar.REMOVED: removed(case, victim),
        Bar.OF_ORGANIZATION: own_of_organization(victim),
    }


def _against_person(at: CaseAt, victim: Victim, person: Person) -> Iterator[Bar]:
    """Yield why a person of the report is not told: see `people.spoken_for`.

    A victim who speaks for themself is told, and besides them only a representative.
    """
    told = at.spoken_for(victim)
    if not isinstance(person, Speaker):
        if person not in told:
            yield Bar.NOT_TOLD
        return
    if is_suspect(at.case, person):
        yield Bar.PERSON_SUSPECTED
    if person.origin in representatives.ended(at.case, victim):
        yield Bar.ENDED
    if not person.safe_to_contact:
        yield Bar.NOT_SAFE
    if victim in told and person.relation != "representative":
        yield Bar.VICTIM_SPEAKS
    if victim not in told and person not in told:
        yield Bar.OTHER_ROLE


def against_named(at: CaseAt, victim: Victim, contact: EnrolledContact) -> Iterator[Bar]:
    """Yield why a person whom the victim or the desk named is not told.

    For a victim who was silenced and for an organization the desk alone names somebody: on the
    portal the abuser might name himself.
    """
    agreed = contact.holder is not None and contact.holder.agreed_at is not None
    if representatives.suspected(at.case, contact):
        yield Bar.PERSON_SUSPECTED
    if not contact.safe:
        yield Bar.NOT_SAFE
    if contact.level != DESK and named_by_desk(at.case, victim, at.today):
        yield Bar.DESK_ONLY
    if not agreed:
        yield Bar.NOT_AGREED
        if contact.level != DESK and (doubt := representatives.doubt(at.case, contact)):
            yield Bar(doubt)


def _against_own(at: CaseAt, victim: Victim, contact: EnrolledContact) -> Iterator[Bar]:
    """Yield why a victim's own contact that was left is not used."""
    if not contact.active:
        yield Bar.REMOVED
    if not _is_used(at, victim, contact):
        yield Bar.NOT_TOLD


def _is_used(at: CaseAt, victim: Victim, contact: EnrolledContact) -> bool:
    """Whether a victim's own contact may be used, as it was left.

    Those of a victim who was silenced are not. A child's are, if a guardian gave them, and that
    person is still a guardian and not a suspect.
    """
    case, own = at.case, victim in at.spoken_for(victim)
    if not (contact.active and contact.safe) or is_silenced(victim):
        return False
    if at.restriction and contact.level in BY_KNOWLEDGE:
        return False
    if contact.level == KNOWLEDGE and not own:
        return False
    if contact.giver:
        return any(r.origin == contact.giver and not is_suspect(case, r) for r in case.speakers)
    return own or not _is_doubtful(case, victim, contact)


def _is_doubtful(case: Case, victim: Victim, contact: EnrolledContact) -> bool:
    """Whether a contact may be the child's own, or that of a suspect who speaks for the child.

    A code does not say who had it, and the desk does not know what was typed before that was known.
    """
    own = contact.address in (victim.phone, victim.email)
    if own or not speaker_suspected(case, victim):
        return own
    known = speaker_suspected_at(case, victim)
    early = contact.level == DESK and known is not None and contact.added_at < known
    return early or contact.level in BY_CODE


def named_to_speak(at: CaseAt, victim: Victim) -> list[EnrolledContact]:
    """Return the contacts of the people who were named for a victim, and may speak and be told."""
    given = at.case.enrollment_of(victim.origin).representatives
    return [contact for contact in given if not any(against_named(at, victim, contact))]


class Reach(Frozen, frozen=True, kw_only=True):
    """A victim's usable contacts, or the reason why a person must look first."""

    contacts: tuple[Contact, ...] = ()
    trouble: HoldReason | None = None  # a hold for a person, even if contacts are on file
    unsafe_for_another: bool = False  # some were left out that are not safe for another victim
    until: datetime | None = None  # when a plan's hours open: see `contact_plans`


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
    lines = lines_of(at, victim)
    for trouble in worst_first(_troubles(at, victim, lines, invited)):
        if trouble not in overruled:
            return Reach(trouble=trouble)
    free = [line for line in lines if line.bars_of(invited) <= OVERRULED]
    letters = [line for line in free if line.channel is Channel.LETTER]
    known = [*_merged([line for line in free if line not in letters]), *letters[:1]]
    apart = HoldReason.UNSAFE_FOR_ANOTHER not in overruled
    safe = [line for line in known if not (apart and Bar.FOR_ANOTHER in line.bars)]
    return Reach(contacts=tuple(_beside(safe)), unsafe_for_another=len(safe) < len(known))


def _troubles(
    at: CaseAt, victim: Victim, lines: Sequence[Line], invited: str
) -> Iterator[HoldReason]:
    """Yield why a person must look before anybody is told."""
    told = [line for line in lines if line.bars_of(invited) <= OF_ADDRESS]
    own = [line for line in told if not line.representative]
    yield from victim_holds(at, victim, len(at.spoken_for(victim)) + len(told) - len(own))
    # A suspect who leaves his own phone on the portal must not stop every notice: it is not used.
    yield from contact_holds(at.case, {c.address for c in own if c.source != PORTAL})
    if not invited and not doubted(at.case, victim).isdisjoint(c.address for c in own):
        yield HoldReason.CONTACT_DOUBTED
    if any(_waits(at.case, line.left, invited) for line in lines):
        yield HoldReason.REPRESENTATIVE_IN_DOUBT


def _waits(case: Case, left: EnrolledContact | None, invited: str) -> bool:
    """Whether a member must look before a person whom a visitor named is invited."""
    if left is None or left.id != invited or left.level == DESK:
        return False
    return representatives.doubt(case, left) != ""


def _merged(lines: Sequence[Line]) -> list[Line]:
    """Return each phone and email once, in the language that was chosen on the portal."""
    found: dict[tuple[Channel, str], Line] = {}
    for line in sorted(lines, key=lambda one: one.representative):
        key = line.channel, line.address
        there = found.get(key, line)
        if line.representative:
            found.pop(key, None)  # the victim's own comes last where somebody who speaks shares it
        elif line.left:
            there = replace(there, language=line.language, contact=line.contact)
        found[key] = there
    return list(found.values())


def _beside(found: Sequence[Line]) -> Sequence[Line]:
    """Treat the representatives' contacts as the victim's, if the victim has none."""
    own = any(not c.beside for c in found if c.channel is not Channel.LETTER)
    return found if own else [replace(c, beside=False) for c in found]


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
