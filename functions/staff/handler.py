"""The staff desk: one request in, one page out; and by a schedule, the morning email."""

from datetime import UTC, datetime
from typing import Any

from aviso.runtime import cold_start, logs
from aviso.web.staff import app

logger = logs.logger_for("staff")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway proxy event; never raises, since the gateway's own error is bare."""
    if "time" in event:  # a schedule's event has the time for which it was made, a request none
        return in_the_morning(datetime.fromisoformat(event["time"]))
    try:
        route, response = app.SITE.answer(event, datetime.now(UTC))
        logger.info("answered", route=route, status=response.status)
    except Exception as error:  # the last safeguard: always a page
        response = app.failed(event, error)
        logs.failed(logger, error)
    cold_start.given()
    return response.event()


def in_the_morning(now: datetime) -> dict[str, int]:
    """Send the morning email as of the schedule's own time; raises when some was not sent."""
    from aviso.web.staff import morning_email

    done = morning_email.send(now)
    logger.info("morning email", outcomes=dict(done))
    return dict(done)
