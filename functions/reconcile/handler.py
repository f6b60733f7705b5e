"""Started by schedules: plans again what the streams may have missed."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import convert
from msgspec.structs import asdict

from aviso.notices import reconciliation
from aviso.notices.reconciliation import NOTHING, Reconciled
from aviso.runtime import clients, metrics
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger

RUNS = {"all": reconciliation.reconcile_all, "touched": reconciliation.reconcile_touched}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reconcile what the event names: cases, a part of a night, or else those changed lately."""
    invocation = Invocation.of(context, at=datetime.fromisoformat(event["time"]))
    for name, run in BY_NAME.items():
        if name in event:
            return run(event, invocation)
    return _run(event, invocation, context.invoked_function_arn)


def _cases(event: Mapping[str, Any], invocation: Invocation) -> dict[str, Any]:
    found = reconciliation.reconcile(event["cases"], invocation.settings, invocation.clock())
    _log_and_count(found)
    return asdict(found)


def _part(event: Mapping[str, Any], invocation: Invocation) -> dict[str, Any]:
    """Go on with a part of the night; return what all calls for this part found, for the next."""
    earlier = convert(event["found"], Reconciled)
    part = event["part"], event["of"]
    found = reconciliation.reconcile_all(invocation, earlier.go_on_at, earlier, part)
    _log_and_count(found, ended=False)
    return asdict(found.after(earlier))


def _end(event: Mapping[str, Any], invocation: Invocation) -> dict[str, Any]:
    """Sum the parts of a night up. A part that gave up counts as a failure, for the alarm."""
    parts = [convert(part, Reconciled) for part in event["parts"] if part]
    found = reconciliation.end_night(parts, event["of"], invocation.clock())
    lost = event["of"] - len(parts)
    metrics.emit({"ReconcileFailures": lost} if lost else {"ReconcileRuns": 1})
    counts = {"missing": found.missing, "cases": found.cases, "lost": lost}
    logger.info("night", extra=counts)
    return asdict(found)


BY_NAME: Mapping[str, Callable[[Mapping[str, Any], Invocation], dict[str, Any]]] = {
    "cases": _cases,
    "part": _part,
    "parts": _end,
}


def _run(event: Mapping[str, Any], invocation: Invocation, function: str) -> dict[str, Any]:
    """Go through the cases changed lately, or all from a start; a long run calls itself again."""
    earlier = convert(event.get("found", asdict(NOTHING)), Reconciled)
    which = event.get("which") or ("all" if "start" in event else "touched")
    found = RUNS[which](invocation, event.get("start", ""), earlier)
    if found.go_on_at:
        so_far = {"start": found.go_on_at, "found": asdict(found.after(earlier))}
        clients.invoke_again(function, {"time": event["time"], "which": which} | so_far)
        _log_and_count(found, ended=False)  # a run that continues may still be lost
        return asdict(found)
    late = which == "touched" and reconciliation.is_night_late(invocation.clock())
    _log_and_count(found, night_is_late=late)
    return asdict(found)


def _log_and_count(found: Reconciled, *, ended: bool = True, night_is_late: bool = False) -> None:
    """Log and count what a call found, and whether the run ended with it."""
    logger.info("reconciled", extra={"missing": found.missing, "cases": found.cases})
    counted: dict[str, float] = {"OwedMinusLedger": found.missing}
    if ended:
        counted["ReconcileRuns"] = 1
    if failed := found.failed + night_is_late:
        counted["ReconcileFailures"] = failed
    metrics.emit(counted)
