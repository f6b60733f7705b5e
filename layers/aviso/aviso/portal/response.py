"""An answer as the portal's pages give it: shared headers, and the cookie of a visit."""

from aviso.portal.request import SESSION
from aviso.web.response import ATTRIBUTES, Response, language_cookie, redirect

__all__ = ["Response", "end_cookie", "language_cookie", "redirect", "visit_cookie"]


def visit_cookie(token: str) -> str:
    """Return the cookie that holds a visit; it goes when the browser closes."""
    return f"{SESSION}={token}{ATTRIBUTES}"


def end_cookie() -> str:
    """Return the cookie that takes a visit's token away."""
    return f"{SESSION}={ATTRIBUTES}; Max-Age=0"
