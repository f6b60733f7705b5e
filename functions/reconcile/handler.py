"""Started by a schedule: plans again what the streams may have missed."""

from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from aviso.domain.settings import Settings
from aviso.notices import reconciliation
from aviso.runtime import clients, metrics
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger

RUNS = {"all": reconciliation.reconcile_all, "touched": reconciliation.reconcile_touched}


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reconcile the cases named in the event, those changed lately, or at night all of them."""
    now = datetime.fromisoformat(event["time"])
    invocation = Invocation.of(context, at=now)
    agency = invocation.settings
    earlier = (
        reconciliation.Reconciled(**event["found"]) if "found" in event else reconciliation.NOTHING
    )
    if "cases" in event:
        found = reconciliation.reconcile(event["cases"], agency, now)
    else:
        which = event.get("which") or ("all" if _is_for_all(event, now, agency) else "touched")
        found = RUNS[which](invocation, event.get("start", ""), earlier)
        if found.go_on_at:
            so_far = {"start": found.go_on_at, "found": asdict(found.after(earlier))}
            again = {"time": event["time"], "which": which} | so_far
            clients.invoke_again(context.invoked_function_arn, again)
    result = asdict(found)
    logger.info("reconciled", extra={"missing": found.missing, "cases": found.cases})
    failures = {"ReconcileFailures": found.failed} if found.failed else {}
    ended = {} if found.go_on_at else {"ReconcileRuns": 1}  # a run that continues may still be lost
    metrics.emit({"OwedMinusLedger": found.missing} | ended | failures)
    return result


def _is_for_all(event: dict[str, Any], now: datetime, agency: Settings) -> bool:
    """Whether to reconcile all cases: at night, or when the event (a backfill's) has a start."""
    return "start" in event or reconciliation.is_night(agency, now)
