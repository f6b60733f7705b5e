"""Plan cases again, so that a change the streams missed is still planned (docs/rules.md#2).

A schedule runs this: every hour for recently changed cases, every night for all, in parts of the
table at once (the state machine Nightly). A person runs it after a settings change or to redrive a
dead letter. `plan` inserts only missing notices, so the number inserted is exactly *owed minus
ledger*.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import convert
from msgspec.structs import asdict, replace

from aviso.compliance import retention
from aviso.domain.case_at import CaseAt
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.notices import (
    held,
    missing_people,
    monitoring,
    planning,
    resting_plans,
    survey_invitations,
)
from aviso.notices.case_reads import unguarded
from aviso.runtime.invocation import Invocation
from aviso.storage import cases, markers
from aviso.storage.model_calls import WHOLE, Part

Step = Callable[[CaseAt], int | None]  # returns how many notices were missing, if any
TOUCHED = timedelta(hours=26)  # so many hours find what the streams missed
NIGHT = 3  # hour, on the agency's clock, in which the schedule has every case planned
NIGHT_AT_LEAST = timedelta(hours=27)  # after so long without a whole night, somebody must look
TIME_TO_SPARE = 20  # seconds left at which a run stops and returns its position


class Reconciled(Frozen, frozen=True, kw_only=True):
    """What a run found: one of its calls, or all calls so far."""

    cases: int
    missing: int  # owed minus ledger, now inserted
    failed: int
    go_on_at: str = ""  # the position to continue from; empty when done
    new: int = 0  # cases of the last day
    without_people: int = 0  # of these; see `missing_people`

    def after(self, earlier: "Reconciled") -> "Reconciled":
        """Return the sum of this call and the run's earlier calls."""
        return replace(
            self,
            cases=earlier.cases + self.cases,
            missing=earlier.missing + self.missing,
            failed=earlier.failed + self.failed,
            new=earlier.new + self.new,
            without_people=earlier.without_people + self.without_people,
        )


NOTHING = Reconciled(cases=0, missing=0, failed=0)
LOST = "lost"  # where a part of a night that gave up would go on


def reconcile_all(
    invocation: Invocation, start: str = "", earlier: Reconciled = NOTHING, part: Part = WHOLE
) -> Reconciled:
    """Plan every case again from a position, and delete what is past its retention.

    At night this also enters the day's surveys, and tells the victims of open cases that nothing
    has changed, unless a feed file is late: then something may have changed that Aviso does not
    know.

    `start` is where an earlier call stopped; empty for the first. `earlier` is what the run's
    earlier calls found, so that the dashboard shows the whole night. The result is this call's
    alone. What a `part` of the table found is kept by `end_night`, with the other parts.
    """
    now = invocation.clock()
    night = is_night(invocation.settings, now)
    still_open = night and not monitoring.feeds_silent_at_last_look()
    steps = _steps(forgets=True, night=night, still_open=still_open)
    found = _go_through(cases.numbers(start, part), invocation, steps)
    if part == WHOLE:
        _keep(markers.RECONCILED, found.after(earlier), now)
        if night:
            _end(found.after(earlier), now)
    return found


def end_night(parts: Sequence[Reconciled], of: int, now: datetime) -> Reconciled:
    """Return and store what all parts of a night found; the night ended if each of them did.

    Args:
        parts: what each part found that did not give up.
        of: how many parts there are.
    """
    found = NOTHING
    for part in parts:
        found = replace(part.after(found), go_on_at=part.go_on_at or found.go_on_at)
    if len(parts) < of:
        found = replace(found, go_on_at=LOST)
    _keep(markers.RECONCILED, found, now)
    _end(found, now)
    return found


def _end(found: Reconciled, now: datetime) -> None:
    _keep_night(found, now)
    if found.go_on_at in ("", LOST):
        missing_people.judge(found.new, found.without_people, now)


def is_night_late(now: datetime) -> bool:
    """Whether the last nightly pass is overdue.

    A new stack had none yet, which is not late. Two days later nobody knows when the last one was.
    """
    night = markers.marker(markers.RECONCILED_NIGHT)
    return night is not None and now - night[0] > NIGHT_AT_LEAST


def is_night(settings: Settings, now: datetime) -> bool:
    """Whether this is the hour in which every case is planned again."""
    return now.astimezone(settings.agency.zone).hour == NIGHT


def reconcile_touched(
    invocation: Invocation, start: str = "", earlier: Reconciled = NOTHING
) -> Reconciled:
    """Plan the cases that changed in the last hours; the arguments are those of `reconcile_all`."""
    now = invocation.clock()
    steps = _steps()
    found = _go_through(cases.touched(now - TOUCHED, start), invocation, steps)
    _keep(markers.RECONCILED, found.after(earlier), now)
    return found


def _go_through(
    numbers: Iterable[str], invocation: Invocation, steps: Mapping[str, Step]
) -> Reconciled:
    found, stopped, now = NOTHING, "", invocation.clock()
    for number in numbers:
        found = _plan(number, steps, invocation.settings, now).after(found)
        if invocation.seconds_left() < TIME_TO_SPARE:
            stopped = number
            break
    return replace(found, go_on_at=stopped)


def _keep(name: str, found: Reconciled, now: datetime) -> None:
    """Store what a run found for the dashboard."""
    markers.put_marker(name, asdict(found), now, markers.LOOKS_KEPT)


def _keep_night(found: Reconciled, now: datetime) -> None:
    """Store what a night found until the next night; a second start must not lower the numbers."""
    before = markers.marker(markers.RECONCILED_NIGHT)
    if before and before[0] == now:
        first = convert(before[1], Reconciled)
        ended = not (found.go_on_at and first.go_on_at)
        found = replace(
            found,
            missing=max(first.missing, found.missing),
            go_on_at="" if ended else found.go_on_at,
        )
    _keep(markers.RECONCILED_NIGHT, found, now)


def reconcile(numbers: Iterable[str], settings: Settings, now: datetime) -> Reconciled:
    """Plan these cases again."""
    steps, found = _steps(), NOTHING
    for number in dict.fromkeys(numbers):
        found = _plan(number, steps, settings, now).after(found)
    return found


def _steps(
    *, forgets: bool = False, night: bool = False, still_open: bool = False
) -> Mapping[str, Step]:
    """Return what is done with a case, each step by the name of its failure in the log."""

    def plan(at: CaseAt) -> int:
        resting_plans.after_a_stop(at)
        return planning.plan_case(at, still_open=still_open, stays=held.stays_held)

    def ask(at: CaseAt) -> None:
        survey_invitations.ask(at)

    def forget(at: CaseAt) -> None:
        retention.forget(at.case, at.settings, at.now)

    steps: dict[str, Step] = {"reconcile_failed": plan}
    if night:
        steps["survey_failed"] = ask
    if forgets:
        steps["forget_failed"] = forget
    return steps


def _plan(number: str, steps: Mapping[str, Step], settings: Settings, now: datetime) -> Reconciled:
    """Read a case once and take each step; an error must not stop other steps or cases."""
    missing, failed = 0, False
    try:
        at = unguarded(cases.read_case(number), settings, now)
    except Exception:
        _log("reconcile_failed")
        return Reconciled(cases=1, missing=0, failed=1)
    for failure, step in steps.items():
        try:
            missing += step(at) or 0
        except Exception:
            _log(failure)
            failed = True
    new = missing_people.is_new(at.case, settings, now)
    none = new and missing_people.has_none(at.case)
    return Reconciled(
        cases=1, missing=missing, failed=int(failed), new=int(new), without_people=int(none)
    )


def _log(failure: str) -> None:
    """Log the present exception under a name."""
    from aviso.runtime.logs import logger

    logger.exception(failure)
