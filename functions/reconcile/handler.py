"""Started by a schedule: plan again whatever the streams may have missed."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from aviso import metrics, reconcile, settings
from aviso.logs import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Reconcile the cases named in the event, or all of them from a position on."""
    now = datetime.fromisoformat(event["time"])
    if "cases" in event:
        found = reconcile.reconcile(event["cases"], settings.current(), now)
    else:
        found = reconcile.reconcile_all(
            settings.current(),
            now,
            lambda: context.get_remaining_time_in_millis() / 1000,
            event.get("start", ""),
        )
    result = asdict(found)
    logger.info("reconciled", extra={"missing": found.missing, "cases": found.cases})
    failures = {"ReconcileFailures": found.failed} if found.failed else {}
    metrics.emit({"OwedMinusLedger": found.missing, "ReconcileRuns": 1} | failures)
    return result
