"""Started by a schedule or by staff: prints the queued letters as one PDF in S3."""

from datetime import UTC, datetime
from typing import Any

from aviso.letters import print_run
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Print the queue; the event, or else the schedule's own time, names the run.

    So the same event twice is one run, and naming an old run prints that run's letters again.
    """
    at = datetime.fromisoformat(event["time"]).astimezone(UTC)
    run = event.get("run") or f"{at:%Y%m%dT%H%M%SZ}"
    outcome = print_run.print_letters(run, Invocation.of(context))
    logger.info("printed", extra={"run": outcome.run, "counts": dict(outcome.counts)})
    return {"run": outcome.run, "counts": dict(outcome.counts)}
