"""The facts of a case that somebody may have to be told, each under a stable key.

Keys are made of origins (the ids under which a thing was first seen), so a renumbered case or
person keeps its facts. The feed writes `first_seen` under these keys, once (docs/rules.md#9).
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from msgspec.structs import replace

from aviso.domain.contacts import BY_CODE, BY_KNOWLEDGE, DECLINED, ENDED, NOT_MINE, TAKEN_OFF
from aviso.domain.fact_keys import (
    ADDED,
    AGREED,
    ALONE,
    DISOWNED,
    GIVEN_BACK,
    HIDDEN,
    HOME,
    INCAPACITATED,
    LOCK,
    REMOVED,
    SHARED,
    UNSAFE,
    WAIVED,
    WAIVED_IN_FILE,
    FactKey,
    appearance_key,
    arrest_fact_keys,
    arrest_key,
    assigned_key,
    dated,
    fact_keys,
    has_appearance,
    is_status,
    is_undated,
    next_key,
    status_key,
)
from aviso.domain.model import Arrest, Case, EnrolledContact, Enrollment, Kind, Report, Victim
from aviso.domain.people import silenced_since, waived_since
from aviso.domain.requests import AnsweredAt, Right, Rights
from aviso.domain.row_room import within_room
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen


class Fact(Frozen, frozen=True, kw_only=True):
    """Something that happened on a case, and the kind of notice owed for it."""

    key: FactKey
    kind: Kind
    at: datetime
    first_seen: datetime
    arrest: Arrest | None = None
    victim: str = ""  # the only victim concerned (origin id); empty: every victim
    contact: str = ""  # the enrolled contact the fact is about
    undated: bool = False  # its date cannot be read: `at` is the latest possible time


def first_seen(
    stated: Collection[str], before: Collection[str], seen: Mapping[str, datetime], now: datetime
) -> dict[str, datetime]:
    """Return when each fact was first seen, with the facts a row states now (docs/rules.md#9).

    A fact stated again after the row said otherwise is a new fact: a hearing that moves away and
    back, a detective who returns. Otherwise the victims would last hear of the state in between.

    Args:
        stated: the fact keys of the row as it is now.
        before: the fact keys of the row as it was.
        seen: when each fact of the row was first seen.
        now: the time for facts not seen before.
    """
    back = [key for key in stated if key in seen and key not in before and not is_status(key)]
    fresh = [next_key(key) if key in back else key for key in stated]
    return bounded(dict.fromkeys(fresh, now) | dict(seen), {*stated, *fresh})


def bounded(seen: Mapping[str, datetime], stated: Collection[str]) -> dict[str, datetime]:
    """Return the first-seen times that a row has room for.

    The facts stated now stay, and so does the first fact, which says when the row came. Of the
    others the oldest are dropped: they were told or are too old, and are not news if they return.
    """
    first = min(seen, key=lambda key: (seen[key], key), default="")
    latest = sorted(seen, key=lambda key: (seen[key], key), reverse=True)
    latest.sort(key=lambda key: key not in stated and key != first)
    kept = set(within_room(latest))
    return {key: at for key, at in seen.items() if key in kept}


def facts(case: Case, settings: Settings) -> Iterator[Fact]:
    """Yield the facts a case states now, without withdrawn ones."""
    if case.report:
        yield from _report_facts(case.report, settings)
    for arrest in case.arrests:
        if arrest.withdrawn_at is None:
            yield from _arrest_facts(arrest)
    for victim in case.victims:
        for key, at in _said_of(case, victim):
            yield _change(key, at, victim.origin)
    for enrollment in case.enrollments:
        # A contact left before the report came gets no confirmation: that would tell somebody who
        # guessed a birth date that the guess was right.
        unconfirmed = {c.id for c in enrollment.contacts if c.tied_at}
        for key, at, contact in _changes(enrollment):
            change = _change(key, at, enrollment.victim, contact)
            yield change
            if key.kind == ADDED and contact not in unconfirmed:
                yield replace(change, kind=Kind.ENROLLMENT_CONFIRMED)


def _change(key: FactKey, at: datetime, victim: str, contact: str = "") -> Fact:
    return Fact(
        key=key,
        kind=Kind.CONTACT_CHANGED,
        at=at,
        first_seen=at,
        victim=victim,
        contact=contact,
    )


def _said_of(case: Case, victim: Victim) -> Iterator[tuple[FactKey, datetime]]:
    """Yield what the desk or the records system says of a victim now: key and time.

    A waiver that a file brought counts only as long as the victim told Aviso nothing.
    """
    answered = case.enrollment_of(victim.origin).rights is not Rights.UNANSWERED
    waived = None if answered else waived_since(victim)
    for name, at in (
        (f"{HOME}:", victim.desk_home_at),
        (f"{UNSAFE}:", victim.desk_unsafe_at),
        (f"{INCAPACITATED}:", silenced_since(victim)),
        (f"{WAIVED_IN_FILE}:", waived),
        (f"{ALONE}:{WAIVED_IN_FILE}", waived),
    ):
        if at:
            yield FactKey(f"{name}@{at:%Y-%m-%dT%H:%M:%SZ}"), at


def _changes(enrollment: Enrollment) -> Iterator[tuple[FactKey, datetime, str]]:
    """Yield the changes a victim's other contacts are told of: key, time and contact id."""
    for contact in enrollment.contacts:
        for word, at in _contact_changes(contact):
            yield FactKey(f"{word}:{contact.id}"), at, contact.id
    for address, at in sorted(enrollment.disowned.items()):
        yield FactKey(f"{DISOWNED}:{address[:16]}@{at:%Y-%m-%dT%H:%MZ}"), at, ""
    for address, at in sorted(enrollment.given_back.items()):
        yield FactKey(f"{GIVEN_BACK}:{address[:16]}@{at:%Y-%m-%dT%H:%M:%SZ}"), at, ""
    if enrollment.lock_at:
        for word in (LOCK, ALONE):
            key = FactKey(f"{word}:@{enrollment.lock_at:%Y-%m-%dT%H:%M:%SZ}")
            yield key, enrollment.lock_at, ""
    for word, at in _answers_told(enrollment):
        # The key has a name, so that a lock in the same second is a separate task.
        for name in (f"{word}:", f"{ALONE}:{word}"):
            yield FactKey(f"{name}@{at:%Y-%m-%dT%H:%M:%SZ}"), at, ""


def _answers_told(enrollment: Enrollment) -> Iterator[tuple[str, datetime]]:
    """Yield the last answers by which somebody could silence or find a victim, and when.

    A first consent to hand-offs does not: it takes nothing away. The home's key is the same when it
    is confidential and when that ends.
    """
    if enrollment.rights is Rights.WAIVED and enrollment.rights_at:
        yield WAIVED, enrollment.rights_at
    given = [r for r in enrollment.requests if r.place is not AnsweredAt.EARLY]
    shared = [r for r in given if r.right is Right.HAND_OFF]
    if len(shared) > 1 or any(r.answer is Rights.WAIVED for r in shared):
        yield SHARED, shared[-1].at
    hidden = [r for r in given if r.right is Right.ADDRESS]
    if any(r.answer is Rights.REQUESTED for r in hidden):
        yield HIDDEN, hidden[-1].at


def _contact_changes(contact: EnrolledContact) -> Iterator[tuple[str, datetime]]:
    """Yield what happened to one contact and when; silencing a proven one also yields `ALONE`."""
    if contact.removed_at is None:
        yield ADDED, contact.added_at
        if not contact.safe and contact.level in BY_CODE:
            yield ALONE, contact.added_at
        if contact.holder and contact.holder.agreed_at:
            yield AGREED, contact.holder.agreed_at
    elif contact.removed_why in (TAKEN_OFF, NOT_MINE, ENDED, DECLINED):
        yield REMOVED, contact.removed_at
        if contact.removed_why == NOT_MINE and contact.level not in BY_KNOWLEDGE:
            yield ALONE, contact.removed_at


def _report_facts(report: Report, settings: Settings) -> Iterator[Fact]:
    status, zone = settings.statuses.get(report.status), settings.agency.zone
    warrant = dated("warrant", report.warrant_at, report, zone)
    prosecutor = dated("prosecutor", report.prosecutor_at, report, zone)
    kinds: list[tuple[str, Kind | None, str]] = [
        ("report", Kind.FIRST_CONTACT, "reported_at"),
        ("report", Kind.REPORT_RECEIVED, "reported_at"),
        (assigned_key(report), Kind.DETECTIVE_ASSIGNED, "assigned_at"),
        (warrant, Kind.WARRANT, "warrant_at"),
        (prosecutor, Kind.SENT_TO_PROSECUTOR, "prosecutor_at"),
        (status_key(report, zone), status.tells if status else None, "status_at"),
    ]
    # A dated column and a status of the same kind are one fact, not two.
    told_by_column = {Kind.SENT_TO_PROSECUTOR} if prosecutor != "prosecutor" else set()
    told_by_column |= {Kind.WARRANT} if warrant != "warrant" else set()
    dates = fact_keys(report, zone)
    for key, kind, column in kinds:
        if kind is None or key not in dates:
            continue
        if is_status(key) and kind in told_by_column:
            continue
        yield Fact(
            key=FactKey(key),
            kind=kind,
            at=dates[key],
            first_seen=_seen(report, key),
            undated=is_undated(report, column),
        )


def _arrest_facts(arrest: Arrest) -> Iterator[Fact]:
    dates = arrest_fact_keys(arrest)
    key = arrest_key(arrest)
    if key not in dates:
        return
    seen = _seen(arrest, key)
    yield Fact(
        key=FactKey(key),
        kind=Kind.ARREST,
        at=dates[key],
        first_seen=seen,
        arrest=arrest,
        undated=is_undated(arrest, "arrested_at"),
    )
    if has_appearance(arrest):
        hearing, undated = appearance_key(arrest), arrest.appearance_at is None
        hearing_seen = _seen(arrest, hearing)
        # A hearing known together with the arrest is told in the arrest's notice.
        if hearing_seen > seen or undated:
            yield Fact(
                key=FactKey(hearing),
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
