"""Nothing owed stays unplanned: plan again whatever the streams may have missed (rule 2).

Run by a schedule: every hour for the cases touched of late, every night for all of them, and by
hand after a settings change or as the redrive of a dead letter. `plan` inserts only what is
missing, so what it inserts here is exactly *owed minus ledger*.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from aviso import planning, retention
from aviso.settings import Settings
from aviso.store import cases, guards

TOUCHED = timedelta(hours=26)  # by the export's own time: a file may lie a day before it comes
NIGHT = 3  # the hour of the agency's clock in which every case is planned anew
TIME_TO_SPARE = 20  # seconds left at which a run stops and says where to go on


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a run found."""

    cases: int
    missing: int  # owed minus ledger, now inserted
    failed: int
    go_on_at: str = ""  # the position to continue from; empty when done


def reconcile_all(
    settings: Settings, now: datetime, seconds_left: Callable[[], float], start: str = ""
) -> Reconciled:
    """Plan every case anew, from a position on, and let go what was kept for long enough."""
    done = missing = failed = 0
    for number in cases.numbers(start):
        inserted = _plan(number, settings, now)
        _forget(number, settings, now)
        done, missing = done + 1, missing + max(inserted, 0)
        failed += inserted < 0
        if seconds_left() < TIME_TO_SPARE:
            found = Reconciled(cases=done, missing=missing, failed=failed, go_on_at=number)
            return _kept(found, now)
    return _kept(Reconciled(cases=done, missing=missing, failed=failed), now)


def reconcile_touched(settings: Settings, now: datetime) -> Reconciled:
    """Plan anew the cases that changed in the last hours."""
    return _kept(reconcile(cases.touched(now - TOUCHED), settings, now), now)


def _kept(found: Reconciled, now: datetime) -> Reconciled:
    """Keep what a run found for the dashboard."""
    guards.put_marker(guards.RECONCILED, asdict(found), now, guards.LOOKS_KEPT)
    return found


def reconcile(numbers: Iterable[str], settings: Settings, now: datetime) -> Reconciled:
    """Plan these cases anew."""
    results = [_plan(number, settings, now) for number in dict.fromkeys(numbers)]
    return Reconciled(
        cases=len(results),
        missing=sum(r for r in results if r > 0),
        failed=sum(r < 0 for r in results),
    )


def _plan(number: str, settings: Settings, now: datetime) -> int:
    """Return how many notices were missing, or -1: one broken case must not stop the others."""
    try:
        return planning.plan(number, settings, now)
    except Exception:
        from aviso.logs import logger

        logger.exception("reconcile_failed")
        return -1


def _forget(number: str, settings: Settings, now: datetime) -> None:
    """Let a case go whose time has come; what fails tonight is tried again tomorrow."""
    try:
        retention.forget(number, settings, now)
    except Exception:
        from aviso.logs import logger

        logger.exception("forget_failed")
