"""Email events, delivery logs and inbound texts: records outcomes of messages and opt-outs."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aviso.notices import inbound
from aviso.runtime import logs, metrics
from aviso.runtime.invocation import Invocation

logger = logs.logger_for("record_receipt")


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Process one event; after any exception AWS delivers it again, and then keeps it."""
    done = inbound.take(event, Invocation.of(context))
    logger.info("receipts", extra={name: count for name, count in done.items() if count})
    metrics.emit(metrics.counted(metrics.RECEIVED, done))
