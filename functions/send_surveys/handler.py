"""Started by a schedule, once a day: asks people how the agency did."""

from datetime import datetime
from typing import Any

from aviso.notices import survey_invitations
from aviso.runtime import clients
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Enter the day's surveys in the ledger, as of the schedule's own time.

    A call that runs out of time starts the next one.

    Raises:
        RuntimeError: when a case failed, so that Lambda tries again and an alarm reports it;
            everybody else was asked. A run of several calls says so in the last.
    """
    at = datetime.fromisoformat(event["time"])
    earlier = event.get("failed", 0)
    done, go_on_at = survey_invitations.send(Invocation.of(context, at=at), event.get("start", ""))
    logger.info("surveys", extra={"surveys": dict(done)})
    if go_on_at:
        again = {"time": event["time"], "start": go_on_at, "failed": earlier + done["failed"]}
        clients.invoke_again(context.invoked_function_arn, again)
        return dict(done)
    if failed := earlier + done["failed"]:
        raise RuntimeError(f"{failed} cases could not be asked about")
    return dict(done)
