"""The one kind of logger: JSON lines of ids and codes, never a name, number, address or raw event.

What a line would say of threads and processes is left out, since a function has one of each
(Python's Logging HOWTO, "Optimization"), and it is written by msgspec as values are.
"""

import logging
from typing import Any

import msgspec
from aws_lambda_powertools import Logger

logging.logThreads = logging.logProcesses = False
logging.logMultiprocessing = False


def of(service: str, **options: Any) -> Logger:
    """Return the logger of a function, or of what all functions share."""
    return Logger(
        service=service,
        use_rfc3339=True,
        utc=True,
        json_serializer=_line,
        json_deserializer=str,  # a message is words of ours: each would be tried for JSON, and fail
        **options,
    )


def _line(record: Any) -> str:
    return msgspec.json.encode(record, enc_hook=str).decode()


def row_id(digest: str) -> str:
    """Return what names a feed row in the logs: enough of its digest to follow it."""
    return digest[:12]


logger = of("aviso", log_uncaught_exceptions=True)
