"""What a case says that somebody may have to be told: its facts, each under a lasting key.

Keys are made of origins (ids under which a thing was first seen), so that a renumbered case or
person keeps its facts. The feed writes `first_seen` under these keys, once (docs/rules.md#9).
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, tzinfo
from urllib.parse import unquote

from aviso.domain.contacts import BY_CODE, BY_KNOWLEDGE, NOT_MINE, TAKEN_OFF
from aviso.domain.model import (
    Arrest,
    Case,
    EnrolledContact,
    Enrollment,
    Kind,
    Report,
    Rights,
    within_room,
)
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen

# What happened to a victim's contacts or answer; each is told to the contacts already there.
ADDED, REMOVED, DISOWNED, WAIVED = "contact", "removed", "disowned", "waived"
HOME = "home"  # the postal address, which the desk corrected, or called unsafe or safe after all
UNSAFE = "unsafe"  # a phone or an email, which the desk called so
GIVEN_BACK = "given_back"  # a phone or an email, which the desk let be used again
LOCK = "lock"  # the case was locked or unlocked on the portal
# The same change once more, for a person at the desk: it may have shut the victim out, and perhaps
# no contact heard of it but the one that the code was sent to (docs/decisions/silencing.md).
ALONE = "alone"
CHANGES = frozenset({ADDED, REMOVED, DISOWNED, WAIVED, HOME, UNSAFE, GIVEN_BACK, LOCK, ALONE})
AT_DESK = frozenset({HOME, UNSAFE, GIVEN_BACK})
UNDATED = "undated"  # in a key, where a day would stand
# What the keys of facts begin with that are named by a date, by the column of the date.
BY_DATE = {"warrant_at": "warrant:", "prosecutor_at": "prosecutor:", "appearance_at": "appearance:"}
MARKS = re.compile(r"[%@~#|]")  # the feed's ids may hold any of these


class Fact(Frozen, frozen=True, kw_only=True):
    """Something that happened on a case, and the kind of notice it owes."""

    key: str
    kind: Kind
    at: datetime
    first_seen: datetime
    arrest: Arrest | None = None
    victim: str = ""  # only this victim is concerned (origin id); empty: every victim
    contact: str = ""  # the enrolled contact the fact is about
    undated: bool = False  # its date cannot be read: `at` is the latest that it can have been


def fact_keys(report: Report, zone: tzinfo) -> dict[str, datetime]:
    """Return the facts a case row states: key -> when it happened.

    Args:
        report: the row, with the times its facts were first seen.
        zone: the agency's, in which a fact's day is counted.
    """
    known = report.row_time or report.export_time
    warrant_known = known if "warrant_at" in report.undated else None
    prosecutor_known = known if "prosecutor_at" in report.undated else None
    dated: list[tuple[str, datetime | None]] = [
        ("report", report.reported_at or known),
        (assigned_key(report), (report.assigned_at or known) if report.assigned else None),
        (status_key(report, zone), (report.status_at or known) if report.status else None),
        (_dated("warrant", report.warrant_at, report, zone), report.warrant_at or warrant_known),
        (
            _dated("prosecutor", report.prosecutor_at, report, zone),
            report.prosecutor_at or prosecutor_known,
        ),
    ]
    return {key: at for key, at in dated if at}


def unsure_keys(row: Report | Arrest) -> list[str]:
    """Return the facts seen before that a row may still state, in a date that cannot be read.

    Once it can, they are no news.
    """
    starts = tuple(BY_DATE[name] for name in row.undated if name in BY_DATE)
    return [key for key in row.first_seen if starts and key.startswith(starts)]


def arrest_fact_keys(arrest: Arrest) -> dict[str, datetime]:
    """Return the facts an arrest row states: key -> when it happened."""
    known = arrest.arrested_at or arrest.row_time or arrest.export_time
    facts = {arrest_key(arrest): known} if known else {}
    hearing_known = known or arrest.appearance_at
    if has_appearance(arrest) and hearing_known:
        facts[appearance_key(arrest)] = hearing_known
    return facts


def has_appearance(arrest: Arrest) -> bool:
    """Say whether there is an initial appearance, be its date readable or not."""
    return arrest.appearance_at is not None or "appearance_at" in arrest.undated


def arrest_key(arrest: Arrest) -> str:
    """Return an arrest's fact key; a reinstated arrest is a new fact."""
    return f"arrest:{named(arrest, arrest.withdrawals)}"


def named(arrest: Arrest, life: int) -> str:
    """Return what the keys of an arrest's facts name it; each withdrawal ends one of its lives."""
    return quoted(arrest.origin) + (f"~{life}" if life else "")


def quoted(id: str) -> str:
    """Return an id for use in a key, without the marks that part a key; `subject` takes it back."""
    return MARKS.sub(lambda mark: f"%{ord(mark[0]):02X}", id)


def appearance_key(arrest: Arrest) -> str:
    """Return an initial appearance's fact key; a new date is a new fact."""
    name, at = named(arrest, arrest.withdrawals), arrest.appearance_at
    key = f"appearance:{name}@{f'{at:%Y-%m-%dT%H:%MZ}' if at else UNDATED}"
    return _latest(key, arrest.first_seen)


def assigned_key(report: Report) -> str:
    """Return the fact key of who is assigned."""
    return _latest(f"assigned:{slug(report.assigned)}", report.first_seen)


def status_key(report: Report, zone: tzinfo) -> str:
    """Return the current status's fact key; without a status date a return to it is no news."""
    day = f"@{report.status_at.astimezone(zone):%Y-%m-%d}" if report.status_at else ""
    return f"status:{report.status}{day}"


def first_seen(
    stated: Collection[str], before: Collection[str], seen: Mapping[str, datetime], now: datetime
) -> dict[str, datetime]:
    """Return when each fact was first seen, those that a row states now included (docs/rules.md#9).

    What is said again after the row said otherwise is a fact of its own: a hearing that moves away
    and back, a detective who returns. Else the last word of the victims were the one in between.

    Args:
        stated: the fact keys of the row as it is now.
        before: those of the row as it was.
        seen: when each fact of the row was first seen.
        now: when those not seen before are.
    """
    back = [key for key in stated if key in seen and key not in before and not _is_status(key)]
    fresh = [_next(key) if key in back else key for key in stated]
    return bounded(dict.fromkeys(fresh, now) | dict(seen), {*stated, *fresh})


def bounded(seen: Mapping[str, datetime], stated: Collection[str]) -> dict[str, datetime]:
    """Return the first-seen times that a row has room for.

    What the row states now stays, and so does its very first fact, which says when the thing came.
    Of the others the oldest go: they were told or are too old to be, and no news if they return.

    Args:
        seen: when each fact of the row was first seen.
        stated: the fact keys of the row as it is now.
    """
    first = min(seen, key=lambda key: (seen[key], key), default="")
    latest = sorted(seen, key=lambda key: (seen[key], key), reverse=True)
    latest.sort(key=lambda key: key not in stated and key != first)
    kept = set(within_room(latest))
    return {key: at for key, at in seen.items() if key in kept}


def _is_status(key: str) -> bool:
    return key.startswith("status:")


def _latest(key: str, seen: Collection[str]) -> str:
    """Return the key under which a fact was said last, `#2` the second time."""
    while (again := _next(key)) in seen:
        key = again
    return key


def _next(key: str) -> str:
    base, _, times = key.partition("#")
    return f"{base}#{int(times or 1) + 1}"


def subject(key: str) -> str:
    """Return the origin id of the arrest or contact a fact's key is about."""
    return unquote(key.partition(":")[2].partition("@")[0].partition("~")[0])


def slug(name: str) -> str:
    """Return a name without case, accents and punctuation, fit for a key."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _dated(name: str, at: datetime | None, report: Report, zone: tzinfo) -> str:
    if at is None and f"{name}_at" in report.undated:
        return _latest(f"{name}:{UNDATED}", report.first_seen)
    if at is None:
        return name
    return _latest(f"{name}:{at.astimezone(zone):%Y-%m-%d}", report.first_seen)


def facts(case: Case, settings: Settings) -> Iterator[Fact]:
    """Yield the facts a case states now; what was withdrawn is none."""
    if case.report:
        yield from _report_facts(case.report, settings)
    for arrest in case.arrests:
        if arrest.withdrawn_at is None:
            yield from _arrest_facts(arrest)
    for victim in case.victims:
        for word, at in ((HOME, victim.desk_home_at), (UNSAFE, victim.desk_unsafe_at)):
            if at:
                yield Fact(
                    key=f"{word}:@{at:%Y-%m-%dT%H:%M:%SZ}",
                    kind=Kind.CONTACT_CHANGED,
                    at=at,
                    first_seen=at,
                    victim=victim.origin,
                )
    for enrollment in case.enrollments:
        # What was left before the report was there is confirmed to nobody: that would tell whoever
        # guessed a birth date that it was right.
        unconfirmed = {c.id for c in enrollment.contacts if c.tied_at}
        for key, at, contact in _changes(enrollment):
            yield Fact(
                key=key,
                kind=Kind.CONTACT_CHANGED,
                at=at,
                first_seen=at,
                victim=enrollment.victim,
                contact=contact,
            )
            if change(key) == ADDED and contact not in unconfirmed:
                yield Fact(
                    key=key,
                    kind=Kind.ENROLLMENT_CONFIRMED,
                    at=at,
                    first_seen=at,
                    victim=enrollment.victim,
                    contact=contact,
                )


def change(key: str) -> str:
    """Return what a fact's key says happened to a contact or an answer, if it is about one."""
    word = key.partition(":")[0]
    return word if word in CHANGES else ""


def _changes(enrollment: Enrollment) -> Iterator[tuple[str, datetime, str]]:
    """Yield what a victim's other contacts are told of: key, when, and the contact it is about."""
    for contact in enrollment.contacts:
        for word, at in _contact_changes(contact):
            yield f"{word}:{contact.id}", at, contact.id
    for key, at in sorted(enrollment.disowned.items()):
        yield f"{DISOWNED}:{key[:16]}@{at:%Y-%m-%dT%H:%MZ}", at, ""
    for key, at in sorted(enrollment.given_back.items()):
        yield f"{GIVEN_BACK}:{key[:16]}@{at:%Y-%m-%dT%H:%M:%SZ}", at, ""
    if enrollment.lock_at:
        for word in (LOCK, ALONE):
            yield f"{word}:@{enrollment.lock_at:%Y-%m-%dT%H:%M:%SZ}", enrollment.lock_at, ""
    if enrollment.rights is Rights.WAIVED and enrollment.rights_at:
        yield f"{WAIVED}:@{enrollment.rights_at:%Y-%m-%dT%H:%M:%SZ}", enrollment.rights_at, ""


def _contact_changes(contact: EnrolledContact) -> Iterator[tuple[str, datetime]]:
    """Yield what happened to one contact and when; what silences a proven one is said twice."""
    if contact.removed_at is None:
        yield ADDED, contact.added_at
        if not contact.safe and contact.level in BY_CODE:
            yield ALONE, contact.added_at
    elif contact.removed_why in (TAKEN_OFF, NOT_MINE):
        yield REMOVED, contact.removed_at
        if contact.removed_why == NOT_MINE and contact.level not in BY_KNOWLEDGE:
            yield ALONE, contact.removed_at


def _report_facts(report: Report, settings: Settings) -> Iterator[Fact]:
    status, zone = settings.statuses.get(report.status), settings.agency.zone
    warrant = _dated("warrant", report.warrant_at, report, zone)
    prosecutor = _dated("prosecutor", report.prosecutor_at, report, zone)
    kinds: list[tuple[str, Kind | None, str]] = [
        ("report", Kind.FIRST_CONTACT, "reported_at"),
        ("report", Kind.REPORT_RECEIVED, "reported_at"),
        (assigned_key(report), Kind.DETECTIVE_ASSIGNED, "assigned_at"),
        (warrant, Kind.WARRANT, "warrant_at"),
        (prosecutor, Kind.SENT_TO_PROSECUTOR, "prosecutor_at"),
        (status_key(report, zone), status.tells if status else None, "status_at"),
    ]
    # A dated column says the same as a status of that kind: one fact, not two.
    told_by_column = {Kind.SENT_TO_PROSECUTOR} if prosecutor != "prosecutor" else set()
    told_by_column |= {Kind.WARRANT} if warrant != "warrant" else set()
    dates = fact_keys(report, zone)
    for key, kind, column in kinds:
        if kind is None or key not in dates:
            continue
        if _is_status(key) and kind in told_by_column:
            continue
        yield Fact(
            key=key,
            kind=kind,
            at=dates[key],
            first_seen=_seen(report, key),
            undated=_is_undated(report, column),
        )


def _is_undated(row: Report | Arrest, column: str) -> bool:
    """Say whether nothing readable dates a fact, though something should.

    A column that is empty leaves it to the row's own time.
    """
    return column in row.undated or (
        getattr(row, column) is None and "row_time" in row.undated and column not in BY_DATE
    )


def _arrest_facts(arrest: Arrest) -> Iterator[Fact]:
    dates = arrest_fact_keys(arrest)
    key = arrest_key(arrest)
    if key not in dates:
        return
    seen = _seen(arrest, key)
    yield Fact(
        key=key,
        kind=Kind.ARREST,
        at=dates[key],
        first_seen=seen,
        arrest=arrest,
        undated=_is_undated(arrest, "arrested_at"),
    )
    if has_appearance(arrest):
        hearing, undated = appearance_key(arrest), arrest.appearance_at is None
        hearing_seen = _seen(arrest, hearing)
        # Known with the arrest itself, the arrest's own notice tells it.
        if hearing_seen > seen or undated:
            yield Fact(
                key=hearing,
                kind=Kind.INITIAL_APPEARANCE,
                at=hearing_seen,
                first_seen=hearing_seen,
                arrest=arrest,
                undated=undated,
            )


def _seen(row: Report | Arrest, key: str) -> datetime:
    seen: Mapping[str, datetime] = row.first_seen
    first = seen.get(key) or row.export_time or row.row_time
    assert first is not None, "a stored row always has an export time"
    return first
