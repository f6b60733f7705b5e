"""The only logger: JSON lines of ids and codes, never a name, number, address or raw event.

A line leaves out threads and processes, since a function has one of each (Python's Logging HOWTO,
"Optimization"). msgspec writes it, as it writes values.
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
        json_deserializer=str,  # a message is our own words: parsing each as JSON would fail
        **options,
    )


def _line(record: Any) -> str:
    return msgspec.json.encode(record, enc_hook=str).decode()


def row_id(digest: str) -> str:
    """Return a feed row's id in the logs: enough of its digest to trace it."""
    return digest[:12]


logger = of("aviso", log_uncaught_exceptions=True)
