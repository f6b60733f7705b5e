"""The only logger: JSON lines of ids and codes, never a name, number, address or raw event.

A line leaves out threads and processes, since a function has one of each (Python's Logging HOWTO,
"Optimization"). msgspec writes it, as it writes values.
"""

import logging
import traceback
from typing import Any

import msgspec
from aws_lambda_powertools import Logger

logging.logThreads = logging.logProcesses = False
logging.logMultiprocessing = False


def logger_for(service: str, **options: Any) -> Logger:
    """Return the logger of a function, or of what all functions share."""
    return Logger(
        service=service,
        use_rfc3339=True,
        utc=True,
        json_serializer=_line,
        json_deserializer=str,  # a message is our own words: parsing each as JSON would fail
        **options,
    )


def _line(record: Any) -> str:
    return msgspec.json.encode(record, enc_hook=str).decode()


def row_id(digest: str) -> str:
    """Return a feed row's id in the logs: enough of its digest to trace it."""
    return digest[:12]


def failed(logger: Logger, error: Exception) -> None:
    """Log an error's type and place, never its text: that may contain what somebody typed."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{f.filename.rpartition('/')[2]}:{f.lineno} {f.name}" for f in frames]
    logger.error("failed", error=type(error).__name__, at=places)


logger = logger_for("aviso", log_uncaught_exceptions=True)
