"""Started every minute: moves stuck, waiting, overdue and unconfirmed notices to the next step."""

from datetime import datetime
from typing import Any

from aviso.notices import agency_emails, monitoring, overdue
from aviso.runtime import metrics
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger
from aviso.victims import early_sign_up


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Process what is due as of the schedule's own time."""
    now = datetime.fromisoformat(event["time"])
    invocation = Invocation.of(context, at=now)
    steps = agency_emails.chase(invocation) + overdue.chase(invocation)
    if early_sign_up.is_time(now):
        steps += early_sign_up.tie_all(invocation.settings, now)
    logger.info("chased", extra={"steps": dict(steps)})
    gauges = monitoring.watch(invocation.settings, now) if monitoring.is_time(now) else {}
    metrics.emit({"ChaseRuns": 1} | gauges)
    return dict(steps)
