"""Maintenance mode: one page for every address but those that end a visit, in every language.

The switch is a variable of the gateway's stage (`aviso maintenance`), which comes with each
request. So it acts at once, costs the other pages no call, and works while the tables are being
worked on. Nothing is read or written meanwhile: visits, contacts and duties stay as they are.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from aviso.web.portal import pages
from aviso.web.portal.visit_cookie import end_cookie
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.site import Site

RETRY_AFTER_MAINTENANCE = "600"  # seconds
LEAVE = "/leave"


def on(event: Mapping[str, Any]) -> bool:
    """Whether the portal is closed for maintenance, according to an API Gateway event."""
    return (event.get("stageVariables") or {}).get("maintenance") == "on"


def page(site: Site, request: Request) -> Response:
    """Return the maintenance page, the visitor's language first; a form can be sent again.

    "Leave now" leaves and "Sign out" signs out, without the cookie: the visit then times out.
    """
    if request.path == LEAVE and request.method == "GET":
        return redirect(pages.NEUTRAL, end_cookie())
    if request.path == LEAVE:
        return pages.page(request, "left", cookies=(end_cookie(),))
    unsent = pages.with_unsent_form(site.unsent_form(request, 503))
    shown = pages.page(request, "maintenance", status=503, **unsent)
    return replace(shown, headers={**shown.headers, "Retry-After": RETRY_AFTER_MAINTENANCE})
