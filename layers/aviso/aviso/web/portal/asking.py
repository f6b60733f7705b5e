"""With a code: asking the police for property, a copy of the report, or safe messages."""

from aviso.domain.restriction import restriction_of
from aviso.victims import asking
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.request import Request
from aviso.web.response import Response, redirect


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return the page that says how to ask, or that we have the request."""
    return _page(request, enter(request, visitor, code=True), request.query.get("sent") == "yes")


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Store what is asked for, as a task for a person."""
    visit = enter(request, visitor, code=True)
    what = request.form.get("what", "")
    if request.switching or what not in asking.WHAT:
        return _page(request, visit, False)
    asking.ask(visit.session, what, visitor)
    return redirect("ask?sent=yes")


def _page(request: Request, visit: Visit, sent: bool) -> Response:
    restricted = restriction_of(visit.case, visit.settings) is not None
    return pages.page(request, "ask", **visit.frame, sent=sent, restricted=restricted)
