"""Ways to leave: sign out, or leave quickly for a page that looks harmless.

If the table does not answer, the browser still leaves, without its cookie. Nobody can go on with
the visit in that browser. On the server it then times out by itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from aviso.runtime import logs
from aviso.victims import visits
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages, visit
from aviso.web.portal.visit_cookie import end_cookie
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect


def quickly(request: Request, _visitor: PortalVisitor) -> Response:
    """End the visit and go to the weather.

    A link, not a form: it must work at one touch, and under the content security policy a form may
    not lead to another site. This GET only ends a visit, and another site cannot cause it: the
    cookie is SameSite=Strict.
    """
    with _whatever_fails():
        visits.leave(request.token)
    return redirect(pages.NEUTRAL, end_cookie())


def sign_out(request: Request, visitor: PortalVisitor) -> Response:
    """End the visit and confirm it."""
    with _whatever_fails():
        session = visits.resume(request.token, visitor.settings, visitor.now)
        if session is not None:
            visit.check(session, request)
            visits.leave(request.token)
    return pages.page(request, "left", cookies=(end_cookie(),))


@contextmanager
def _whatever_fails() -> Iterator[None]:
    """Log an error and go on, since who leaves may be in danger; a false form is still refused."""
    try:
        yield
    except RefusedError:
        raise
    except Exception as error:
        logs.failed(logs.logger, error)
