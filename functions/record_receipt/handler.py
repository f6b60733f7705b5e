"""Email events, delivery logs and inbound texts: records outcomes of messages and opt-outs."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aviso.domain import settings
from aviso.notices import inbound
from aviso.runtime import environment, logs, metrics

logger = logs.of("record_receipt")


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Process one event; after any exception AWS delivers it again, and then keeps it."""
    done = inbound.take(
        event,
        inbound.Context(
            settings=settings.current(),
            now=datetime.now(UTC),
            seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
            portal_url=environment.name("PORTAL_URL", ""),
        ),
    )
    logger.info("receipts", extra={name: count for name, count in done.items() if count})
    metrics.emit(metrics.counted(metrics.RECEIVED, done))
