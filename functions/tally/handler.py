"""Started by the streams of what is counted, and once a day to seal the days that are over."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from aviso import settings, tallies
from aviso.logs import logger

processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    """Count each record of the batch once, or seal days as of the schedule's own time."""
    if "time" in event:
        zone = settings.current().agency.zone
        today = datetime.fromisoformat(event["time"]).astimezone(zone).date()
        sealed = tallies.seal_days(settings.current(), today)
        logger.info("sealed", extra={"days": sealed})
        return {"sealed": sealed}

    def one(record: Any) -> None:
        done = tallies.count_record(record.raw_event, settings.current())
        if done["late"]:
            logger.warning("late", extra={"counts": done["late"]})

    return process_partial_response(
        event=event, record_handler=one, processor=processor, context=context
    )
