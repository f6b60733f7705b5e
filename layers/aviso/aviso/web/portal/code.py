"""Proving more than knowledge: a visitor has a code sent to a contact on file, and types it.

See docs/rules.md#14.
"""

from collections.abc import Mapping
from datetime import datetime

from aviso.runtime import environment
from aviso.victims import code_delivery, verification
from aviso.victims import visits as access
from aviso.web import constant_time
from aviso.web.portal import pages
from aviso.web.portal import visit as visits
from aviso.web.portal.cookies import Request, Response, redirect, visit_cookie
from aviso.web.portal.visit import Visit


def show(request: Request, now: datetime) -> Response:
    """Offer the contacts a code can go to, and the field to type one."""
    visit = visits.enter(request, now)
    return visit if isinstance(visit, Response) else _page(request, visit, now)


def submit(request: Request, now: datetime) -> Response:
    """Send a code, or check a typed one."""
    since = constant_time.started()
    visit = visits.enter(request, now)
    if isinstance(visit, Response):
        return visit
    if request.switching:
        return _page(request, visit, now)
    chosen, typed = request.form.get("send", ""), request.form.get("code", "")
    if chosen:
        outcome = code_delivery.send(
            visit.session,
            chosen,
            visit.case,
            visit.victim,
            visit.settings,
            now,
            environment.name("PORTAL_URL", ""),
            request.source,
        )
        constant_time.wait(since)
        return _page(request, visit, now, outcome=outcome)
    if not typed:
        return _page(request, visit, now, errors={"code": "code_missing"})
    claim = verification.Claim(
        number=visit.case.number, code=typed, source=request.source, former_token=request.token
    )
    opened = access.open_by_code(claim, visit.settings, now, during=visit.session)
    if opened is None:
        constant_time.wait(since)
        return _page(request, visit, now, errors={"code": "code_wrong"})
    return redirect("status", visit_cookie(opened[0]))


def _page(
    request: Request,
    visit: Visit,
    now: datetime,
    outcome: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    found = code_delivery.choices(visit.session, visit.case, visit.victim, visit.settings, now)
    return pages.page(
        request,
        "code",
        form="enter",
        **visit.frame,
        choices=[(c.id, c.channel.value, c.masked) for c in found],
        outcome=outcome,
        errors=errors or {},
        typed=request.form.get("code", ""),
    )
