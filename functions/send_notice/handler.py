"""Started by the Notices stream, for what became `planned`: sends one message each."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from aviso.notices import sending
from aviso.runtime import metrics
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger

processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    """Send each notice of the batch; a failed one is retried without the others."""
    invocation = Invocation.of(context)

    def one(record: Any) -> None:
        notice_id = record.dynamodb.keys["pk"]
        logger.set_correlation_id(notice_id)  # from planning to receipt, every line has it
        outcome = sending.send(notice_id, invocation)
        logger.info("dispatched", extra={"notice": notice_id, "outcome": outcome})
        metrics.emit(metrics.dispatched(outcome))

    return process_partial_response(event=event, record_handler=one, processor=processor)
