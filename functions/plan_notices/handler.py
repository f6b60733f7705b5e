"""Started by the Cases stream: writes what the changed cases now owe to Notices."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import (
    DynamoDBRecordEventName,
)

from aviso.domain.settings import Settings
from aviso.notices import planning
from aviso.runtime.logs import logger, row_id

processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


def is_history(record: Any) -> bool:
    """Whether a row came from a backfill: millions of them must not delay news."""
    image = record.dynamodb.new_image or {}
    return bool(record.event_name == DynamoDBRecordEventName.INSERT and image.get("history"))


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    """Plan each changed case once, even if the batch has several of its rows."""
    now = datetime.now(UTC)

    @cache
    def plan(number: str) -> None:
        missing = planning.plan(number, Settings.current(), now)
        logger.info("planned", extra={"new_notices": missing})

    def one(record: Any) -> None:
        if is_history(record):
            return
        logger.append_keys(row=row_id(str((record.dynamodb.new_image or {}).get("digest", ""))))
        plan(record.dynamodb.keys["pk"].removeprefix("CASE#"))

    return process_partial_response(event=event, record_handler=one, processor=processor)
