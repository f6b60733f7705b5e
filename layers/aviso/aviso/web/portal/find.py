"""Step 1: the report number. It makes no AWS call, so the first page always works."""

import re

from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.request import Request
from aviso.web.response import Response, redirect


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return the first page."""
    return _page(request, visitor)


def restart(_request: Request, _visitor: PortalVisitor) -> Response:
    """Redirect a visitor who opened a later step's address to the first."""
    return redirect("./")


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Go to the next step when the number has the right form; nothing is looked up yet."""
    from aviso.domain.text import normal_number

    if request.switching:
        return _page(request, visitor)
    pattern = visitor.settings.agency.case_number_pattern
    if not re.fullmatch(pattern, normal_number(request.form.get("number", ""))):
        typed = request.form.get("number", "")
        return _page(request, visitor, error="find_wrong" if typed else "find_missing")
    from aviso.web.portal import verify

    return verify.show(request)


def _page(request: Request, visitor: PortalVisitor, error: str = "") -> Response:
    errors = {"number": error} if error else {}
    return pages.page(
        request,
        "find",
        form="step",
        typed=request.form,
        errors=errors,
        example=visitor.settings.agency.case_number_example,
    )
