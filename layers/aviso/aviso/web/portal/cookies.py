"""The cookie of a portal visit, and the request and response types that the portal's pages use.

`parse` reads an event with the portal's own cookie name. The types come from `aviso.web`.
"""

from collections.abc import Mapping
from typing import Any

from aviso.web import request
from aviso.web.request import MOST_BYTES, RefusedError, Request
from aviso.web.response import ATTRIBUTES, Response, language_cookie, redirect

__all__ = [
    "MOST_BYTES",
    "SESSION",
    "RefusedError",
    "Request",
    "Response",
    "end_cookie",
    "language_cookie",
    "parse",
    "redirect",
    "visit_cookie",
]

SESSION = "__Host-visit"


def parse(event: Mapping[str, Any], languages: tuple[str, ...]) -> Request:
    """Read an event; see `aviso.web.request.parse`."""
    return request.parse(event, languages, SESSION)


def visit_cookie(token: str) -> str:
    """Return the cookie of a visit; the browser deletes it when it closes."""
    return f"{SESSION}={token}{ATTRIBUTES}"


def end_cookie() -> str:
    """Return the cookie that deletes a visit's token."""
    return f"{SESSION}={ATTRIBUTES}; Max-Age=0"
