"""A request as the portal's pages see it: shared reading, and the cookie of a visit."""

from collections.abc import Mapping
from typing import Any

from aviso.web import request
from aviso.web.request import MOST_BYTES, RefusedError, Request

__all__ = ["MOST_BYTES", "SESSION", "RefusedError", "Request", "parse"]

SESSION = "__Host-visit"


def parse(event: Mapping[str, Any], languages: tuple[str, ...]) -> Request:
    """Read an event; see `aviso.web.request.parse`."""
    return request.parse(event, languages, SESSION)
