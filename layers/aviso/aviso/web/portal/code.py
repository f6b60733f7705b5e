"""Proving more than knowledge: a visitor has a code sent to a contact on file, and types it.

See docs/rules.md#14.
"""

from collections.abc import Mapping

from aviso.victims import code_delivery, verification, visits
from aviso.victims.visitor import PortalVisitor
from aviso.web import constant_time
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.portal.visit_cookie import visit_cookie
from aviso.web.request import Request
from aviso.web.response import Response, redirect


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Offer the contacts a code can go to, and the field to type one."""
    return _page(request, enter(request, visitor))


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Send a code, or check a typed one."""
    since = constant_time.started()
    visit = enter(request, visitor)
    if request.switching:
        return _page(request, visit)
    chosen, typed = request.form.get("send", ""), request.form.get("code", "")
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
    return redirect("status", visit_cookie(opened[0]))


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
        **visit.frame,
        choices=[(c.id, c.channel.value, c.masked) for c in found],
        outcome=outcome,
        errors=errors or {},
        typed=request.form,
    )
