"""An export of the records system arrived in S3: import it."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from aviso import clients, metrics, settings
from aviso.feed.importing import import_object

logger = Logger(service="import_feed")


def handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Import every file the event names; a file too long for one call goes on in the next."""
    for record in event.get("Records", ()):
        one = {"Records": [record]}
        summary = import_object(
            record["s3"]["bucket"]["name"],
            unquote_plus(record["s3"]["object"]["key"]),
            settings.current(),
            datetime.now(UTC),
            context.get_remaining_time_in_millis,
            lambda one=one: clients.invoke_again(context.function_name, one),  # type: ignore[misc]
        )
        logger.info("feed file", **{k: v for k, v in summary.items() if k != "file"})
        metrics.emit(metrics.imported(summary))
