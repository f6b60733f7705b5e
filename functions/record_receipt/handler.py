"""Email events, delivery logs and inbound texts: what became of messages, and who wants no more."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aviso.domain import settings
from aviso.notices import inbound
from aviso.runtime import environment, logs, metrics

logger = logs.of("record_receipt")


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Take one event; whatever is raised makes AWS deliver it again, and then keep it."""
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
