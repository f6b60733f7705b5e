"""The floor with packages that Aviso is built on loaded beside it, used by nothing."""

import floor
import jinja2  # noqa: F401
import pynamodb.models  # noqa: F401
import pynamodb.transactions  # noqa: F401
from aws_lambda_powertools import Logger

logger = Logger(service="floor")


def handler(event, context):
    """Make the calls."""
    floor.handler(event, context)
