"""Ways to leave: sign out, or leave quickly for a page that looks harmless."""

from aviso.runtime import logs
from aviso.victims import visits
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages, visit
from aviso.web.portal.visit_cookie import end_cookie
from aviso.web.request import Request
from aviso.web.response import Response, redirect


def quickly(request: Request, _visitor: PortalVisitor) -> Response:
    """End the visit and go to the weather.

    A link, not a form: it must work at one touch, and under the content security policy a form may
    not lead to another site. This GET only ends a visit, and another site cannot cause it: the
    cookie is SameSite=Strict. If the table does not answer, the browser still leaves, without its
    cookie: the visit then times out by itself.
    """
    try:
        visits.leave(request.token)
    except Exception as error:  # who leaves quickly may be in danger
        logs.failed(logs.logger, error)
    return redirect(pages.NEUTRAL, end_cookie())


def sign_out(request: Request, visitor: PortalVisitor) -> Response:
    """End the visit and confirm it."""
    session = visits.resume(request.token, visitor.settings, visitor.now)
    if session is not None:
        visit.check(session, request)
        visits.leave(request.token)
    return pages.page(request, "left", cookies=(end_cookie(),))
