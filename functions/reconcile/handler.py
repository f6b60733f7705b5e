"""Started by a schedule: plan again whatever the streams may have missed."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from aviso import clients, metrics, reconcile, settings
from aviso.logs import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reconcile the cases named in the event, those touched of late, or at night all of them."""
    now, agency = datetime.fromisoformat(event["time"]), settings.current()
    earlier = reconcile.Reconciled(**event["found"]) if "found" in event else reconcile.NOTHING
    if "cases" in event:
        found = reconcile.reconcile(event["cases"], agency, now)
    elif "start" in event or now.astimezone(agency.agency.zone).hour == reconcile.NIGHT:
        found = reconcile.reconcile_all(
            agency,
            now,
            lambda: context.get_remaining_time_in_millis() / 1000,
            event.get("start", ""),
            earlier,
        )
    else:
        found = reconcile.reconcile_touched(agency, now)
    if found.go_on_at:
        so_far = {"start": found.go_on_at, "found": asdict(found.after(earlier))}
        clients.invoke_again(context.function_name, {"time": event["time"]} | so_far)
    result = asdict(found)
    logger.info("reconciled", extra={"missing": found.missing, "cases": found.cases})
    failures = {"ReconcileFailures": found.failed} if found.failed else {}
    metrics.emit({"OwedMinusLedger": found.missing, "ReconcileRuns": 1} | failures)
    return result
