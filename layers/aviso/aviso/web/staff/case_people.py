"""A case's victims as its page shows them: every contact, its source, and whether it is used."""

from collections.abc import Collection, Mapping
from datetime import date, datetime

from msgspec.structs import replace

from aviso.domain import (
    contacts,
    duties,
    letter_address,
    people,
    request_history,
    speakers,
    text,
    text_regions,
)
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import SPEAKS, Reach
from aviso.domain.model import Case, Channel, EnrolledContact, Person, Victim
from aviso.domain.reasons import HoldReason
from aviso.domain.requests import RequestRecord, Rights
from aviso.domain.standing import INCAPACITATED, PERSON, WORDS, standing_of
from aviso.domain.suspects import addresses_of_suspects, rows_of_suspects, suspect_may_live_at
from aviso.domain.unsafe_addresses import is_among, unsafe_for_others
from aviso.domain.value import Frozen
from aviso.domain.victim_holds import dangers
from aviso.runtime import hashing
from aviso.staff.actor import Actor
from aviso.storage import guards
from aviso.web.staff import case_homes

UNSAFE_FOR_ANOTHER = "unsafe_for_another"  # why a contact is not used, a key of the desk's words


class ContactLine(Frozen, frozen=True, kw_only=True):
    """One contact of a victim: its source, and whether it is used."""

    key: str  # see `line_key`
    channel: str
    address: str
    source: str  # report, portal, desk or representative
    added: datetime | None
    used: bool
    trouble: str  # why it is not used, a key of the desk's words
    name: str = ""  # whose contact it is, when a representative's
    hidden: bool = False  # a confidential home: the page does not show it (docs/rules.md#24)
    unsafe_for_another: bool = False  # for another victim of the case

    @property
    def shown(self) -> str:
        """The address as people write it; a confidential home is not written at all."""
        return "" if self.hidden else shown(self.address)


class VictimLines(Frozen, frozen=True, kw_only=True):
    """A victim as the page shows them, with a line for each contact."""

    victim: Victim
    lines: tuple[ContactLine, ...]
    hold: HoldReason | None  # why no notice is sent to this victim without a person
    dangers: tuple[HoldReason, ...]  # why somebody else may hear it, whatever else holds
    locked_at: datetime | None  # with a code, on the portal
    mark: str  # see `people.mark_of`
    silenced: bool  # see `people.is_silenced`
    may_count: Mapping[str, bool]  # see `may_count`
    says: tuple[str, ...]  # what the records system says instead; empty: the same
    speaks: bool  # for themself; letters for deceased victims and minors go to others
    representatives: tuple[EnrolledContact, ...]  # whom the victim named
    former: tuple[tuple[str, str, datetime], ...]  # name, why no more (`trouble`), and since when
    named: Mapping[str, str]  # names of all who speak or spoke, by the id that requests have
    rights: Rights  # the answer about news that counts now
    asked: tuple[RequestRecord, ...]  # every request and waiver, the latest first

    def asks_first(self, line: ContactLine) -> bool:
        """Whether a line is a phone that nobody calls before somebody said that it is safe."""
        return line.channel == Channel.SMS and bool(self.dangers or line.unsafe_for_another)


def shown(address: str) -> str:
    """Return a phone as people write it, an email as it is, and a postal address without blanks."""
    return text.shown(address) if address.startswith("+") else address.strip("\n, ")


def line_key(case_origin: str, address: str) -> str:
    """Return the key that forms name a contact by; the same home has another one on each case.

    Otherwise a clerk could confirm a guess of a confidential home by another case's key.
    """
    return hashing.address_key(f"line|{case_origin}|{address}")


def address_of(case: Case, victim: Victim, key: str, actor: Actor) -> str:
    """Return the address of a line of the page: forms name lines, not addresses.

    Raises:
        LookupError: when the page has no such line.
    """
    return line_of(case, victim, key, actor).address


def line_of(case: Case, victim: Victim, key: str, actor: Actor) -> ContactLine:
    """Return a line of the page by the key that forms name it by.

    Raises:
        LookupError: when the page has no such line.
    """
    for line in person_of(guarded(case, actor), victim, actor).lines:
        if line.key == key:
            return line
    raise LookupError("no such contact")


def reaches_speaker(case: Case, victim: Victim, address: str, actor: Actor) -> bool:
    """Whether an address is that of somebody who speaks for a victim, perhaps the victim's too.

    A mark on a home bars it in any spelling, so the whole house counts.
    """
    lines = person_of(guarded(case, actor), victim, actor).lines
    theirs = [line.address for line in lines if line.source == SPEAKS]
    return any(one == address or letter_address.perhaps_same(one, address) for one in theirs)


def may_count(victim: Victim, today: date) -> dict[str, bool]:
    """Return the words that a supervisor may say of a victim, and whether each counts now."""
    counts = standing_of(victim, today)
    known = {*counts, *victim.differs}
    known |= {INCAPACITATED} if PERSON in known else set()
    return {word: word in counts for word in WORDS if word in known - {PERSON}}


def says_instead(victim: Victim, today: date) -> tuple[str, ...]:
    """Return the words of the records system, if they are not what counts."""
    says = standing_of(victim, today) ^ {*victim.differs} if victim.differs else ()
    return tuple(word for word in WORDS if word in says)


def as_read(victim: Victim) -> str:
    """Return what a row says otherwise, and when somebody judged it, as the form carries it."""
    at = victim.judged_at
    return " ".join([*victim.differs, at.isoformat() if at else "-"])


def trouble_of(at: CaseAt, victim: Victim, address: str) -> str:
    """Return why a phone or email may not be used, a key of the desk's words; empty when it may."""
    case, known = at.case, at.guards
    marks = (
        ("unsafe", victim.desk_unsafe),
        ("suspects", addresses_of_suspects(case)),
        ("doubted", contacts.doubted(case, victim)),
        ("opted_out", known.opted_out),
        ("bounced", known.bounced),
        ("not_me", known.not_me),
    )
    found = next((word for word, marked in marks if address in marked), "")
    if not found and address.startswith("+"):
        texted = text_regions.can_text(address, at.settings.messages.text_regions)
        return "" if texted else "region"
    return found


def guarded(case: Case, actor: Actor) -> CaseAt:
    """Return a case with its guards as they are now."""
    return replace(actor.at(case), guards=guards.read_for(case))


def person_of(at: CaseAt, victim: Victim, actor: Actor, *, revealed: bool = False) -> VictimLines:
    """Return a victim with every contact, whether it is used, and why not.

    Args:
        revealed: a supervisor gave a reason to see a confidential home.
    """
    case, allowed = at.case, contacts.usable(at, victim)
    used = {c.address for c in contacts.in_trial(allowed.contacts, at.guards.switches)}
    unused = _landlines(case, victim) | _why_unused(at, victim, allowed)
    apart = unsafe_for_others(case, victim)

    def line(
        channel: Channel,
        address: str,
        source: str,
        added: datetime | None,
        *,
        name: str = "",
        silent: str = "",
    ) -> ContactLine:
        """Return a line; `silent` is why its owner is not told, whatever holds of the address."""
        trouble = trouble_of(at, victim, address)
        # If a suspect speaks for the victim, the address is also a suspect's.
        why = silent if silent == speakers.PERSON_SUSPECTED else trouble or silent
        elsewhere = is_among(address, apart)
        if not why and elsewhere:
            why = UNSAFE_FOR_ANOTHER
        if not why and address not in used:
            removed = speakers.why_removed(case, victim, address)
            why = removed or unused.get(address, "not_used")
        return ContactLine(
            key=line_key(case.origin, address),
            channel=channel.value,
            address=address,
            source=source,
            added=added,
            used=address in used,
            trouble=why,
            name=name,
            unsafe_for_another=elsewhere,
        )

    found = [
        line(channel, address, "report", victim.first_seen)
        for channel, address in ((Channel.SMS, victim.phone), (Channel.EMAIL, victim.email))
        if address
    ]
    for speaker in case.speakers_for(victim):
        name = people.name_of(speaker)
        silent = speakers.why_reported(at, victim, speaker)
        found += [
            line(channel, address, SPEAKS, speaker.first_seen, name=name, silent=silent)
            for channel, address in ((Channel.SMS, speaker.phone), (Channel.EMAIL, speaker.email))
            if address
        ]
    for home in letters_of(case, victim, used, unused):
        hidden = not revealed and case_homes.is_hidden(case, victim, home.address, actor)
        found.append(replace(home, hidden=hidden))
    enrollment = case.enrollment_of(victim.origin)
    named = request_history.people_named(case)
    for spoken in enrollment.representatives:
        silent = speakers.why_named(at, victim, spoken)
        given = (spoken.channel, spoken.address, SPEAKS, spoken.added_at)
        found.append(line(*given, name=named[spoken.id], silent=silent))
    for contact in enrollment.contacts:
        if contact.holder:
            continue  # listed as a representative
        if contact.active or contact.removed_why == contacts.NOT_ME:
            source = contact.consent.source
            found.append(line(contact.channel, contact.address, source, contact.added_at))
    return VictimLines(
        victim=victim,
        lines=tuple(found),
        hold=allowed.trouble,
        dangers=dangers(at, victim),
        locked_at=enrollment.locked_at,
        mark=people.mark_of(victim, actor.today),
        silenced=people.is_silenced(victim),
        may_count=may_count(victim, actor.today),
        says=says_instead(victim, actor.today),
        speaks=victim in at.spoken_for(victim),
        representatives=enrollment.representatives,
        former=tuple(
            (named[c.id], speakers.why_named(at, victim, c), c.removed_at)
            for c in enrollment.contacts
            if c.holder and c.removed_at and c.removed_why != contacts.REPLACED
        ),
        named=named,
        rights=duties.rights(case, victim),
        asked=request_history.history(case, victim)[::-1],
    )


def _landlines(case: Case, victim: Victim) -> dict[str, str]:
    """Return the phones that a person can call, though no text goes there."""
    found = (victim, *case.speakers_for(victim))
    return {p.phone: "landline" for p in found if p.phone and p.phone_type == "landline"}


def _why_unused(at: CaseAt, victim: Victim, allowed: Reach) -> dict[str, str]:
    """Return the contacts that a release would use, each with what holds it back until then."""
    released = contacts.reach(at, victim, frozenset(HoldReason)).contacts
    return {c.address: "held" if allowed.trouble else "trial" for c in released}


def letters_of(
    case: Case, victim: Victim, used: Collection[str], unused: Mapping[str, str]
) -> list[ContactLine]:
    """Return a victim's postal addresses: the report's, the desk's, and representatives'."""
    given: list[tuple[str, Person]] = [("report", victim)]
    given += [("desk", letter_address.corrected(victim))] if victim.desk_home else []
    given += [(SPEAKS, representative) for representative in case.speakers_for(victim)]
    found = []
    for source, at in given:
        address = letter_address.lines(at)
        if not shown(address):
            continue
        goes = any(letter_address.same(address, one) for one in used)
        line = ContactLine(
            key=line_key(case.origin, address),
            channel=Channel.LETTER.value,
            address=address,
            source=source,
            added=None if source == "desk" else at.first_seen,
            used=goes,
            trouble="" if goes else _why_no_letter(case, at, victim, source, unused),
            name=people.name_of(at) if source == SPEAKS else "",
        )
        found.append(line)
    return found


def _why_no_letter(
    case: Case, at: Person, victim: Victim, source: str, unused: Mapping[str, str]
) -> str:
    address = letter_address.lines(at)
    if suspect_may_live_at(at, rows_of_suspects(case)):
        return "suspects_home"
    if letter_address.marked(victim, address):
        return "unsafe"
    if is_among(address, unsafe_for_others(case, victim)):
        return UNSAFE_FOR_ANOTHER
    if source != SPEAKS and letter_address.disputed(victim):
        return "disputed"
    if victim.desk_home and source == "report":
        return "corrected"
    return next(
        (why for one, why in unused.items() if letter_address.same(address, one)), "not_used"
    )
