"""Started by the streams of counted tables, and at night to seal days and compare the trail."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)

from aviso import reporting
from aviso.compliance import audit_check
from aviso.domain.settings import Settings
from aviso.runtime import environment, metrics
from aviso.runtime.logs import logger

processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> Any:
    """Count each record of the batch once, or do the night's work as of the schedule's own time."""
    if "time" in event:
        return at_night(datetime.fromisoformat(event["time"]))

    def one(record: Any) -> None:
        done = reporting.count_record(record.raw_event, Settings.current())
        if done["late"]:
            logger.warning("late", extra={"counts": done["late"]})

    return process_partial_response(event=event, record_handler=one, processor=processor)


def at_night(now: datetime) -> dict[str, int]:
    """Seal days that are over, and compare yesterday's audit trail with its locked copy."""
    agency = Settings.current()
    sealed = reporting.seal_days(agency, agency.today(now))
    logger.info("sealed", extra={"days": sealed})
    yesterday = now.astimezone(UTC).date() - timedelta(days=1)
    found = audit_check.of_day(
        environment.name("AUDIT_BUCKET"), yesterday, agency.retention.audit, now
    )
    if found.differing:
        counts = {what: len(keys) for what, keys in found.differences.items() if keys}
        logger.error("trail differs", extra={"day": f"{yesterday}", "rows": counts})
    else:
        metrics.emit({"TrailsAgree": 1})
    return {"sealed": sealed, "differing": found.differing}
