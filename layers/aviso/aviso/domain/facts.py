"""The facts of a case that somebody may have to be told, each under a stable key.

Keys are made of the ids under which a thing was first seen, so a new id makes no new facts. The
feed writes `first_seen` under these keys, once (docs/rules.md#9).
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

from aviso.domain.fact_keys import (
    ADDED,
    DATED,
    DOUBT,
    INCAPACITATED,
    PLAN,
    WAIVED,
    FactKey,
    appearance_key,
    arrest_fact_keys,
    arrest_key,
    assigned_key,
    dated_key,
    fact_keys,
    has_appearance,
    is_status,
    is_undated,
    next_key,
    status_key,
)
from aviso.domain.model import Arrest, Case, Enrollment, Kind, Report
from aviso.domain.people import is_minor, is_silenced
from aviso.domain.requests import Rights
from aviso.domain.row_size import within_room
from aviso.domain.settings import Settings
from aviso.domain.standing import asks
from aviso.domain.value import Frozen


class Fact(Frozen, frozen=True, kw_only=True):
    """Something that happened on a case, and the kind of notice owed for it."""

    key: FactKey
    kind: Kind
    at: datetime
    first_seen: datetime
    arrest: Arrest | None = None
    victim: str = ""  # the only victim concerned (origin id); empty: every victim
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

    The facts stated now stay, and so does the first fact, which says when the row came. The
    oldest others are dropped: they were told or are too old, and are not news if they return.
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
    for enrollment in case.enrollments:
        yield from _enrollment_facts(case, enrollment)


def _enrollment_facts(case: Case, enrollment: Enrollment) -> Iterator[Fact]:
    for change in enrollment.changes:
        if (change.asks or change.hears) and _stands(case, enrollment, FactKey(change.key)):
            yield _change(FactKey(change.key), Kind.CONTACT_CHANGED, change.at, enrollment)
    # A contact left before the report came gets no confirmation: that would tell somebody who
    # guessed a birth date that the guess was right.
    for contact in enrollment.active_contacts:
        if contact.safe and not contact.tied_at:
            key = FactKey(f"{ADDED}:{contact.id}")
            yield _change(key, Kind.ENROLLMENT_CONFIRMED, contact.added_at, enrollment)
    plan = enrollment.plan
    if plan and plan.seen_at and not (plan.confirmed_at or plan.ended_at):
        key = FactKey(f"{PLAN}:{plan.id}")
        yield _change(key, Kind.ENROLLMENT_CONFIRMED, plan.seen_at, enrollment)


def _change(key: FactKey, kind: Kind, at: datetime, enrollment: Enrollment) -> Fact:
    return Fact(key=key, kind=kind, at=at, first_seen=at, victim=enrollment.victim)


def _stands(case: Case, enrollment: Enrollment, key: FactKey) -> bool:
    """Whether what a change says is still so: nobody hears of a waiver or a mark taken back."""
    victim = case.victim(enrollment.victim)
    if victim is None:
        return False
    if key.kind == WAIVED:
        return enrollment.rights is Rights.WAIVED
    if key.kind == DOUBT:
        return key.value == asks(victim, enrollment)
    # As of the day of the decision: that a minor has grown up since is not looked at.
    decided = victim.judged_at
    others = victim.victim_type or is_silenced(victim)
    marked = decided and (others or is_minor(victim, decided.date()))
    return key.kind != INCAPACITATED or bool(marked)


def _report_facts(report: Report, settings: Settings) -> Iterator[Fact]:
    status, zone = settings.statuses.get(report.status), settings.agency.zone
    dated = [(dated_key(kind, report, zone), kind, kind.column) for kind in DATED]
    kinds: list[tuple[str, Kind | None, str]] = [
        ("report", Kind.FIRST_CONTACT, "reported_at"),
        ("report", Kind.REPORT_RECEIVED, "reported_at"),
        (assigned_key(report), Kind.DETECTIVE_ASSIGNED, "assigned_at"),
        *dated,
        (status_key(report, zone), status.tells if status else None, "status_at"),
    ]
    # A dated column and a status of the same kind are one fact, not two.
    told_by_column = {kind for key, kind, _ in dated if key != kind.fact}
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
