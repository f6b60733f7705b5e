"""Plan cases again, so that a change the streams missed is still planned (docs/rules.md#2).

A schedule runs this: every hour for recently changed cases, every night for all, in parts of the
table at once (the state machine Nightly). A person runs it after a settings change or to redrive a
dead letter. `plan` inserts only missing notices, so the number inserted is exactly *owed minus
ledger*.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from msgspec import convert
from msgspec.structs import asdict, replace

from aviso.compliance import retention
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.notices import monitoring, planning
from aviso.runtime.invocation import Invocation
from aviso.storage import cases, markers, name_index
from aviso.storage.operations import WHOLE, Part

TOUCHED = timedelta(hours=26)  # by the export time: a file may come a day after its export
NIGHT = 3  # hour, on the agency's clock, in which the schedule has every case planned
NIGHT_AT_LEAST = timedelta(hours=27)  # after so long without a whole night, somebody must look
TIME_TO_SPARE = 20  # seconds left at which a run stops and returns its position


class Reconciled(Frozen, frozen=True, kw_only=True):
    """What a run found: one of its calls, or all calls so far."""

    cases: int
    missing: int  # owed minus ledger, now inserted
    failed: int
    go_on_at: str = ""  # the position to continue from; empty when done

    def after(self, earlier: "Reconciled") -> "Reconciled":
        """Return the sum of this call and the run's earlier calls."""
        return replace(
            self,
            cases=earlier.cases + self.cases,
            missing=earlier.missing + self.missing,
            failed=earlier.failed + self.failed,
        )


NOTHING = Reconciled(cases=0, missing=0, failed=0)
LOST = "lost"  # where a part of a night that gave up would go on


def reconcile_all(
    invocation: Invocation, start: str = "", earlier: Reconciled = NOTHING, part: Part = WHOLE
) -> Reconciled:
    """Plan every case again from a position, and delete what is past its retention.

    At night this also tells the victims of open cases that nothing has changed, unless a feed file
    is late: then something may have changed that Aviso does not know.

    After the last case, people whom an earlier release imported can be found by name too.

    `start` is where an earlier call stopped; empty for the first. `earlier` is what the run's
    earlier calls found, so that the dashboard shows the whole night. The result is this call's
    alone. What a `part` of the table found is kept by `end_night`, with the other parts.
    """
    now = invocation.clock()
    still_open = is_night(invocation.settings, now) and not monitoring.feeds_silent_at_last_look()
    found = _go_through(cases.numbers(start, part), invocation, _forget, still_open=still_open)
    if not found.go_on_at:
        _complete_names(invocation, part)
    if part == WHOLE:
        _keep(markers.RECONCILED, found.after(earlier), now)
        if is_night(invocation.settings, now):
            _keep_night(found.after(earlier), now)
    return found


def end_night(parts: Sequence[Reconciled], of: int, now: datetime) -> Reconciled:
    """Return and store what all parts of a night found; the night ended if each of them did.

    Args:
        parts: what each part found that did not give up.
        of: how many parts there are.
        now: the time of the night.
    """
    found = NOTHING
    for part in parts:
        found = replace(part.after(found), go_on_at=part.go_on_at or found.go_on_at)
    if len(parts) < of:
        found = replace(found, go_on_at=LOST)
    _keep(markers.RECONCILED, found, now)
    _keep_night(found, now)
    return found


def is_night_late(now: datetime) -> bool:
    """Whether the last night that went through the cases is too long ago.

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
    found = _go_through(cases.touched(now - TOUCHED, start), invocation)
    _keep(markers.RECONCILED, found.after(earlier), now)
    return found


def _go_through(
    numbers: Iterable[str],
    invocation: Invocation,
    and_then: Callable[[str, Settings, datetime], None] = lambda *_: None,
    *,
    still_open: bool = False,
) -> Reconciled:
    settings, now = invocation.settings, invocation.clock()
    done = missing = failed = 0
    stopped = ""
    for number in numbers:
        inserted = _plan(number, settings, now, still_open=still_open)
        and_then(number, settings, now)
        done, missing = done + 1, missing + max(inserted, 0)
        failed += inserted < 0
        if invocation.seconds_left() < TIME_TO_SPARE:
            stopped = number
            break
    return Reconciled(cases=done, missing=missing, failed=failed, go_on_at=stopped)


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
    results = [_plan(number, settings, now) for number in dict.fromkeys(numbers)]
    return Reconciled(
        cases=len(results),
        missing=sum(r for r in results if r > 0),
        failed=sum(r < 0 for r in results),
    )


def _plan(number: str, settings: Settings, now: datetime, *, still_open: bool = False) -> int:
    """Return how many notices were missing, or -1 on an error, which must not stop other cases."""
    try:
        return planning.plan(number, settings, now, still_open=still_open)
    except Exception:
        from aviso.runtime.logs import logger

        logger.exception("reconcile_failed")
        return -1


def _forget(number: str, settings: Settings, now: datetime) -> None:
    """Delete a case that is past its retention; a failure is tried again tomorrow."""
    try:
        retention.forget(number, settings, now)
    except Exception:
        from aviso.runtime.logs import logger

        logger.exception("forget_failed")


def _complete_names(invocation: Invocation, part: Part) -> None:
    """Complete the index of names; what is left or fails is done tomorrow."""
    try:
        name_index.complete(invocation.seconds_left, TIME_TO_SPARE, part)
    except Exception:
        from aviso.runtime.logs import logger

        logger.exception("name_index_failed")
