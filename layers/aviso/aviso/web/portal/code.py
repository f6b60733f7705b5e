"""Proving more than knowledge: a visitor has a code sent to a contact on file, and types it.

See docs/rules.md#14.
"""

from collections.abc import Mapping

from aviso.domain import addresses
from aviso.victims import code_delivery, verification, visits
from aviso.victims.visitor import PortalVisitor
from aviso.web import constant_time
from aviso.web.portal import pages
from aviso.web.portal.app import ROUTES
from aviso.web.portal.visit import Visit, enter
from aviso.web.portal.visit_cookie import visit_cookie
from aviso.web.request import Request
from aviso.web.response import Response, redirect

TO_HAND_OVER = 4  # steps of the answer to a typed contact: a provider takes under a second


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Offer the contacts a code can go to, and the field to type a code.

    A visitor by knowledge sees the report's contacts alone, and types any other: an ex-partner must
    not see that she has a new phone or email.
    """
    return _page(request, enter(request, visitor))


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Send a code, or check a typed one."""
    since = constant_time.started()
    visit = enter(request, visitor)
    if request.switching:
        return _page(request, visit)
    chosen, typed = request.form.get("send", ""), request.form.get("code", "")
    to = request.form.get("to")
    if to is not None:
        address = addresses.email(to) if "@" in to else addresses.phone(to)
        if not address:
            return _page(request, visit, errors={"to": "code_to_missing"})
        case, victim = visit.case, visit.victim
        outcome = code_delivery.send_to_typed(visit.session, address, case, victim, visitor)
        constant_time.wait(since, TO_HAND_OVER)
        return _page(request, visit, outcome=outcome)
    if chosen:
        outcome = code_delivery.send(visit.session, chosen, visit.case, visit.victim, visitor)
        constant_time.wait(since)
        return _page(request, visit, outcome=outcome)
    if not typed:
        return _page(request, visit, errors={"code": "code_missing"})
    claim = verification.Claim(
        number=visit.case.number, code=typed, source=request.source, former_token=request.token
    )
    opened = visits.open_by_code(claim, visitor.settings, visitor.now, during=visit.session)
    if opened is None:
        constant_time.wait(since)
        return _page(request, visit, errors={"code": "code_wrong"})
    return redirect(_next(request), visit_cookie(opened[0]))


def _next(request: Request) -> str:
    """Return the page that was asked for, if it is one of the portal's, else the status page."""
    name = request.query.get("next", "")
    return name if name and "GET" in ROUTES.get(f"/{name}", ()) else "status"


def _page(
    request: Request,
    visit: Visit,
    outcome: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    settings, now = visit.settings, visit.visitor.now
    found = code_delivery.choices(visit.session, visit.case, visit.victim, settings, now)
    return pages.page(
        request,
        "code",
        form="enter",
        next=_next(request),
        **visit.frame,
        choices=[(c.id, c.channel.value, c.masked) for c in found if visit.by_code or c.reported],
        outcome=outcome,
        errors=errors or {},
        typed=request.form,
    )
