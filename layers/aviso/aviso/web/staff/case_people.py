"""A case's victims as its page shows them: every contact, its source, and whether it is used."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime

from msgspec.structs import replace

from aviso.domain import contacts, duties, letter_address, people, request_history, speakers, text
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import SPEAKS
from aviso.domain.model import Case, Channel, EnrolledContact, Enrollment, Victim
from aviso.domain.reasons import HoldReason
from aviso.domain.requests import RequestRecord, Rights
from aviso.domain.roster import Bar, Line, bars_of_address, lines_of, reach, usable, word_of
from aviso.domain.standing import INCAPACITATED, PERSON, WORDS, standing_of
from aviso.domain.value import Frozen
from aviso.domain.victim_holds import dangers
from aviso.runtime import hashing
from aviso.staff.actor import Actor
from aviso.storage import guards
from aviso.web.staff import case_homes

Former = tuple[str, str, datetime]  # name, why no more (`trouble`), and since when


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
    former: tuple[Former, ...]
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
    return word_of(bars_of_address(at, victim, address) - {Bar.FOR_ANOTHER})


def guarded(case: Case, actor: Actor) -> CaseAt:
    """Return a case with its guards as they are now."""
    return replace(actor.at(case), guards=guards.read_for(case))


def person_of(at: CaseAt, victim: Victim, actor: Actor, *, revealed: bool = False) -> VictimLines:
    """Return a victim with every contact, whether it is used, and why not.

    Args:
        revealed: a supervisor gave a reason to see a confidential home.
    """
    case, allowed = at.case, usable(at, victim)
    used = {c.address for c in contacts.in_trial(allowed.contacts, at.guards.switches)}
    enrollment, named = case.enrollment_of(victim.origin), request_history.people_named(case)
    released = [c.address for c in reach(at, victim, frozenset(HoldReason)).contacts]
    landlines = [line for line in lines_of(at, victim) if Bar.LANDLINE in line.bars]
    unused = {line.address: "landline" for line in landlines}
    unused |= dict.fromkeys(released, "held" if allowed.trouble else "trial")
    lines = [_shown(case, victim, line, used, unused) for line in lines_of(at, victim)]
    if not revealed:
        homes = {
            a for line in lines if case_homes.is_hidden(case, victim, a := line.address, actor)
        }
        lines = [replace(line, hidden=line.address in homes) for line in lines]
    return VictimLines(
        victim=victim,
        lines=tuple(lines),
        hold=allowed.trouble,
        dangers=dangers(at, victim),
        locked_at=enrollment.locked_at,
        mark=people.mark_of(victim, actor.today),
        silenced=people.is_silenced(victim),
        may_count=may_count(victim, actor.today),
        says=says_instead(victim, actor.today),
        speaks=victim in at.spoken_for(victim),
        representatives=enrollment.representatives,
        former=tuple(_former(enrollment, named)),
        named=named,
        rights=duties.rights(case, victim),
        asked=request_history.history(case, victim)[::-1],
    )


def _former(enrollment: Enrollment, named: Mapping[str, str]) -> Iterator[Former]:
    for contact in enrollment.contacts:
        if contact.holder and contact.removed_at and contact.removed_why != contacts.REPLACED:
            why = speakers.REMOVED.get(contact.removed_why, "")
            yield named[contact.id], why, contact.removed_at


def _shown(
    case: Case, victim: Victim, line: Line, used: Collection[str], unused: Mapping[str, str]
) -> ContactLine:
    """Return a line as the page shows it; a home is used in any spelling."""
    home, address, why = line.channel is Channel.LETTER, line.address, word_of(line.bars)
    same = letter_address.same if home else str.__eq__
    goes = any(same(address, one) for one in used)
    if home and goes:
        why = ""
    elif not why and not goes:
        held = next((word for one, word in unused.items() if same(address, one)), "not_used")
        why = speakers.why_removed(case, victim, address) or held
    return ContactLine(
        key=line_key(case.origin, address),
        channel=line.channel.value,
        address=address,
        source=line.origin,
        added=line.since,
        used=goes,
        trouble=why,
        name=line.whose,
        unsafe_for_another=Bar.FOR_ANOTHER in line.bars and not home,
    )
