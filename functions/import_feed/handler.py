"""Started by an export file in S3, or by the backfill's state machine: imports it."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from aviso.domain.settings import Settings
from aviso.feed import backfill, vendor_email
from aviso.feed.importer import import_object
from aviso.feed.upload_events import upload_of
from aviso.runtime import clients, environment, logs, metrics

logger = logs.logger_for("import_feed")
NAMES_A_FILE = ("file", "mistakes")  # a name is the vendor's text, and may name a person


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any] | None:
    """Import every file of the event; a file too long for one call continues in the next."""
    if "backfill" in event:
        return _backfill(event["backfill"])
    for record in event.get("Records", ()):
        one = {"Records": [record]}
        summary = import_object(
            upload_of(record),
            Settings.current(),
            datetime.now(UTC),
            context.get_remaining_time_in_millis,
            lambda one=one: clients.invoke_again(context.invoked_function_arn, one),  # type: ignore[misc]
        )
        logger.info("feed file", **{k: v for k, v in summary.items() if k not in NAMES_A_FILE})
        vendor_email.tell(summary, Settings.current(), datetime.now(UTC))
        metrics.emit(metrics.imported(summary))
    return None


def _backfill(asked: dict[str, Any]) -> dict[str, Any]:
    """Answer the state machine: one piece was read, or which piece is next."""
    bucket, agency, now = environment.name("FEED_BUCKET"), Settings.current(), datetime.now(UTC)
    if "piece" in asked:
        counts = backfill.load(bucket, asked["run"], asked["piece"], agency, now)
        logger.info("backfill piece", extra={"rows": counts})
        return {}  # a million answers would exceed Step Functions' limit
    step = backfill.next_step(bucket, asked["run"], asked.get("at", {}), agency, now)
    logger.info("backfill", step=step["next"])
    return step
