"""Started by a schedule, once a day: asks people how the agency did."""

from datetime import datetime
from typing import Any

from aviso.notices import survey_invitations
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Enter the day's surveys in the ledger, as of the schedule's own time.

    Raises:
        RuntimeError: when a case failed, so that Lambda tries again and an alarm reports it;
            everybody else was asked.
    """
    at = datetime.fromisoformat(event["time"])
    done = survey_invitations.send(Invocation.of(context, at=at))
    write = logger.warning if done["left_for_tomorrow"] else logger.info
    write("surveys", extra={"surveys": dict(done)})
    if done["failed"]:
        raise RuntimeError(f"{done['failed']} cases could not be asked about")
    return dict(done)
