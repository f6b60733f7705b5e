"""The staff desk: one request in, one page out."""

import traceback
from datetime import UTC, datetime
from typing import Any

from aviso.runtime import cold_start, logs
from aviso.web.staff import app

logger = logs.of("staff")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer an API Gateway proxy event; never raises, since the gateway's own error is bare."""
    try:
        route, response = app.answer(event, datetime.now(UTC))
        logger.info("answered", route=route, status=response.status)
    except Exception as error:  # the last safeguard: always a page
        response = app.failed(event)
        # The place of the error, never its text: that may contain what somebody typed.
        frames = traceback.extract_tb(error.__traceback__)
        places = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames]
        logger.error("failed", error=type(error).__name__, at=places)
    cold_start.given()
    return response.event()
