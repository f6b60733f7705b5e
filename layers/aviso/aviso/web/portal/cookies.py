"""A request as the portal's pages see it: shared reading, and the cookie of a visit."""

from collections.abc import Mapping
from typing import Any

from aviso.web import request
from aviso.web.request import MOST_BYTES, RefusedError, Request
from aviso.web.response import ATTRIBUTES, Response, language_cookie, redirect

__all__ = ["MOST_BYTES", "SESSION", "RefusedError", "Request", "parse"]

SESSION = "__Host-visit"


def parse(event: Mapping[str, Any], languages: tuple[str, ...]) -> Request:
    """Read an event; see `aviso.web.request.parse`."""
    return request.parse(event, languages, SESSION)


__all__ = ["Response", "end_cookie", "language_cookie", "redirect", "visit_cookie"]


def visit_cookie(token: str) -> str:
    """Return the cookie that holds a visit; it goes when the browser closes."""
    return f"{SESSION}={token}{ATTRIBUTES}"


def end_cookie() -> str:
    """Return the cookie that takes a visit's token away."""
    return f"{SESSION}={ATTRIBUTES}; Max-Age=0"
