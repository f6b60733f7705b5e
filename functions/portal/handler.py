"""Victim pages: one request in, one page out."""

from datetime import UTC, datetime
from typing import Any

from aviso.runtime import cold_start, logs
from aviso.web.portal import app

logger = logs.logger_for("portal")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway proxy event; never raises, since the gateway's own error is bare."""
    try:
        route, response = app.answer(event, datetime.now(UTC))
        logger.info("answered", route=route, status=response.status)
    except Exception as error:  # the last safeguard: always a page
        response = app.SITE.failed(event, error)
        logs.failed(logger, error)
    cold_start.given()
    return response.event()
