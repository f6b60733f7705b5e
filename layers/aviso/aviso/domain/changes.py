"""Which changes a victim hears of, and on which contacts: decided when they are made. Pure.

See docs/rules.md#27. What is stored with a change is all that later decides who hears of it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from aviso.domain.announcement import Announcement, Hearer
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import (
    BY_KNOWLEDGE,
    DECLINED,
    DESK,
    ENDED,
    NOT_MINE,
    SPEAKS,
    TAKEN_OFF,
    proven,
)
from aviso.domain.fact_keys import (
    ADDED,
    AGREED,
    CONTACT_IN_FILE,
    DISOWNED,
    GIVEN_BACK,
    HIDDEN,
    INCAPACITATED,
    LOCK,
    REMOVED,
    SHARED,
    SPEAKER,
    UNSAFE,
    WAIVED,
    FactKey,
    quoted,
    timed,
)
from aviso.domain.guards import UNREAD
from aviso.domain.model import Case, Channel, EnrolledContact, Enrollment, Victim
from aviso.domain.people import as_told, spoken_for, was_silenced
from aviso.domain.reasons import HoldReason
from aviso.domain.requests import AnsweredAt, RequestRecord, Right, Rights, state_of
from aviso.domain.roster import reach
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen

Made = tuple[str, bool]  # a fact's key without its time, and whether a supervisor looks if unheard
AT_ANY_TIME = frozenset({ADDED, REMOVED, AGREED})  # once for each contact: the key needs no time


class Maker(Frozen, frozen=True, kw_only=True):
    """Who makes a change, and when."""

    root: str  # of the visit's code, or the desk's; empty: a file, knowledge or a link
    at: datetime
    settings: Settings
    key_of: Callable[[str], str]  # an address's key, as roots and guards have it


def announced(
    case: Case,
    after: Enrollment,
    maker: Maker,
    *,
    said: Sequence[str] = (),
    barred: Sequence[str] = (),
) -> Enrollment:
    """Return an enrollment with who hears of what differs from the case's.

    Args:
        case: as it was before.
        said: the keys of further changes, which the enrollment does not show.
        barred: the contacts that these are about.
    """
    before, victim = case.enrollment_of(after.victim), case.victim(after.victim)
    changes = [*((key, not _by_file(key)) for key in said), *_made(before, after, maker.root)]
    if victim is None or not changes:
        return after
    out = {*barred, *_itself(before, after)}
    told = _as_hearing(case, victim, said, maker.settings.today(maker.at))
    there = _hearers(case, told, after, maker, out) if told else ()
    doubted = _doubted(case, maker, out)
    others = tuple(h for h in there if doubted.isdisjoint(_roots(after, h.address, maker.key_of)))
    known = {change.key for change in before.changes}
    new = (
        Announcement(
            key=key if "@" in key or key.partition(":")[0] in AT_ANY_TIME else timed(key, maker.at),
            at=maker.at,
            hears=others if asks else there,
            asks=asks,
        )
        for key, asks in changes
    )
    return replace(after, changes=(*before.changes, *(c for c in new if c.key not in known)))


def _doubted(case: Case, maker: Maker, barred: Iterable[str]) -> set[str]:
    """Return the roots that hear of no change that can silence: the maker's, and what it bars.

    Phone and email of one row of somebody who speaks for the victim are one person's.
    """
    rows = ({maker.key_of(a) for a in (s.phone, s.email) if a} for s in case.speakers)
    makers = (row for row in rows if maker.root in row)
    return {maker.root, *map(maker.key_of, barred)}.union(*makers)


def root_of(case: Case, victim: Victim, address: str, key_of: Callable[[str], str]) -> str:
    """Return the root of a contact that a code goes to."""
    return min(_roots(case.enrollment_of(victim.origin), address, key_of))


def _roots(enrollment: Enrollment, address: str, key_of: Callable[[str], str]) -> set[str]:
    """Return which contacts let a contact in; the report's is its own root.

    What an export brought back to the report was still left when it was left.
    """
    key = key_of(address)
    left = [c for c in enrollment.contacts if c.address == address]
    found = {c.root for c in left if c.new_to_agency or c.level == DESK or c.holder} - {""}
    return (found or {key}) | ({DESK} if key in enrollment.given_back else set())


def _as_hearing(case: Case, victim: Victim, said: Sequence[str], today: date) -> Victim | None:
    """Return a victim as a change is told to them; None for a child who is marked.

    A victim who is marked hears it, and nobody who speaks in their place: the same person may have
    asked for both. But those who are told hear of another phone or email in a file.
    """
    if any(map(_by_file, said)):
        return victim
    told = as_told(victim)
    marked = was_silenced(victim) or any(key.startswith(INCAPACITATED) for key in said)
    return told if not marked or told in spoken_for(case, told, today) else None


def _hearers(
    case: Case, told: Victim, after: Enrollment, maker: Maker, out: set[str]
) -> tuple[Hearer, ...]:
    """Return the proven phones and emails that could be used before a change.

    A representative beside a victim who can act hears nothing.
    """
    at = CaseAt(case=case, told=(), guards=UNREAD, settings=maker.settings, now=maker.at)
    own = told in at.spoken_for(told)
    back = {key for key, at in after.given_back.items() if at == maker.at}
    return tuple(
        Hearer(address=c.address, language=c.language)
        for c in reach(at, told, frozenset(HoldReason)).contacts
        if c.channel is not Channel.LETTER
        and not (own and c.source == SPEAKS)
        and proven(case, told, c)
        and c.address not in out
        and maker.key_of(c.address) not in back
    )


def _by_file(key: str) -> bool:
    """Whether a change is another phone or email in a file."""
    return FactKey(key).kind == CONTACT_IN_FILE


def _itself(before: Enrollment, after: Enrollment) -> Iterator[str]:
    """Yield the contacts that a change adds or bars. One that is safe hears that it was removed."""
    known = {c.id: c for c in before.contacts}
    for contact in after.contacts:
        was = known.get(contact.id)
        gone = was is not None and was.active and not contact.active
        kept = contact.removed_why == TAKEN_OFF and contact.safe
        if was is None or (gone and not kept):
            yield contact.address


def _made(before: Enrollment, after: Enrollment, root: str) -> Iterator[Made]:
    """Yield what differs between two states of an enrollment."""
    known = {c.id: c for c in before.contacts}
    for contact in after.contacts:
        yield from _of_contact(known.get(contact.id), contact, root)
    for record in after.requests:
        if record not in before.requests and (key := _of_answer(before, record)):
            yield key, not _first_shared(before, after, key)
    if after.lock_at != before.lock_at:
        yield f"{LOCK}:", True
    for word, was, now, asks in (
        (DISOWNED, before.disowned, after.disowned, False),
        (GIVEN_BACK, before.given_back, after.given_back, True),
    ):
        for key in sorted(now):
            if now[key] != was.get(key):
                yield f"{word}:{key[:16]}", asks


def _first_shared(before: Enrollment, after: Enrollment, key: str) -> bool:
    """Whether a change is a first consent that agencies get a contact of the report: it is hers."""
    was, now = before.hand_off, after.hand_off
    reported = {c.id for c in after.contacts if not (c.new_to_agency or c.holder)}
    first = now is not None and now.contact in reported and (was is None or was.ended_at)
    return key == f"{SHARED}:" and bool(first)


def _of_contact(was: EnrolledContact | None, contact: EnrolledContact, root: str) -> Iterator[Made]:
    """Yield what happened to a contact; a warning silences once, even if its line is removed."""
    known = contact.level in BY_KNOWLEDGE
    if not contact.safe:
        if was is None and not known:
            yield f"{UNSAFE}:{contact.id}", True
    elif was is None:
        yield f"{ADDED}:{contact.id}", bool(contact.holder) or contact.level == DESK
    elif was.active and contact.removed_why in (TAKEN_OFF, NOT_MINE, ENDED, DECLINED):
        yield f"{REMOVED}:{contact.id}", _takes_away(contact, root)
    elif contact.holder and was.holder and was.holder.agreed_at != contact.holder.agreed_at:
        yield f"{AGREED}:{contact.id}", False


def _takes_away(contact: EnrolledContact, root: str) -> bool:
    """Whether a removal can silence somebody.

    Who takes back what the same code let in takes nothing from anybody else. Who calls it not
    theirs may: somebody else may have her phone by now.
    """
    own = contact.new_to_agency and contact.root == root not in ("", DESK)
    taken_back = own and contact.removed_why != NOT_MINE
    return not (taken_back or contact.level in BY_KNOWLEDGE or contact.removed_why == DECLINED)


def _of_answer(before: Enrollment, record: RequestRecord) -> str:
    """Return which change an answer is; a wish to be informed silences nobody."""
    waives = record.answer is Rights.WAIVED
    if record.place is AnsweredAt.EARLY:
        return ""
    if record.right is Right.NEWS:
        return f"{WAIVED}:" if waives else ""
    if record.right is Right.ADDRESS:  # nothing changes where the home was not hidden
        was = state_of(before.requests, Right.ADDRESS)
        return "" if waives and was is not Rights.REQUESTED else f"{HIDDEN}:"
    if record.right is Right.REPRESENTATIVE and waives:  # one whom the report names is ended
        named = {contact.id for contact in before.contacts}
        return "" if record.about in named else f"{SPEAKER}:{quoted(record.about)}"
    return f"{SHARED}:" if record.right is Right.HAND_OFF else ""
