"""A portal visit's cookie, and what its pages raise when there is no visit to go on with."""

from aviso.web.response import ATTRIBUTES

SESSION = "__Host-visit"


class VisitOver(Exception):
    """No visit is open: none began, or it timed out or was ended."""


class CodeNeeded(Exception):
    """The page or the act is only for visits that began with a code (docs/rules.md#14)."""


def visit_cookie(token: str) -> str:
    """Return the cookie of a visit; the browser deletes it when it closes."""
    return f"{SESSION}={token}{ATTRIBUTES}"


def end_cookie() -> str:
    """Return the cookie that deletes a visit's token."""
    return f"{SESSION}={ATTRIBUTES}; Max-Age=0"
