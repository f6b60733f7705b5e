"""The one logger: JSON lines with ids and codes, never a name, number, address or raw event."""

from aws_lambda_powertools import Logger

logger = Logger(service="aviso", log_uncaught_exceptions=True)


def row_id(digest: str) -> str:
    """Return what names a feed row in the logs: enough of its digest to follow it."""
    return digest[:12]
