"""Pages of information: help, rights, privacy, terms. They need no visit."""

from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.request import Request
from aviso.web.response import Response


def show(request: Request, _visitor: PortalVisitor) -> Response:
    """Return the text named by the path."""
    return pages.page(request, request.path.strip("/"), signed_in=bool(request.token))
