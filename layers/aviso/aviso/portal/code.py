"""Proving more than knowledge: have a code sent to a contact on file, and type it (rule 14)."""

from collections.abc import Mapping
from datetime import datetime

from aviso import access, code_sending, environment
from aviso.portal import pages, visits
from aviso.portal.request import Request
from aviso.portal.response import Response, redirect, visit_cookie
from aviso.portal.visits import Visit
from aviso.web import evenly


def show(request: Request, now: datetime) -> Response:
    """Offer the contacts a code can go to, and the field to type one."""
    visit = visits.enter(request, now)
    return visit if isinstance(visit, Response) else _page(request, visit, now)


def submit(request: Request, now: datetime) -> Response:
    """Send a code, or take one."""
    since = evenly.started()
    visit = visits.enter(request, now)
    if isinstance(visit, Response):
        return visit
    if request.switching:
        return _page(request, visit, now)
    chosen, typed = request.form.get("send", ""), request.form.get("code", "")
    if chosen:
        outcome = code_sending.send(
            visit.session,
            chosen,
            visit.case,
            visit.victim,
            visit.settings,
            now,
            environment.name("PORTAL_URL", ""),
            request.source,
        )
        evenly.wait(since)
        return _page(request, visit, now, outcome=outcome)
    if not typed:
        return _page(request, visit, now, errors={"code": "code_missing"})
    claim = access.Claim(
        number=visit.case.number, code=typed, source=request.source, former_token=request.token
    )
    opened = access.open_by_code(claim, visit.settings, now, during=visit.session)
    if opened is None:
        evenly.wait(since)
        return _page(request, visit, now, errors={"code": "code_wrong"})
    return redirect("status", visit_cookie(opened[0]))


def _page(
    request: Request,
    visit: Visit,
    now: datetime,
    outcome: str = "",
    errors: Mapping[str, str] | None = None,
) -> Response:
    found = code_sending.choices(visit.session, visit.case, visit.victim, visit.settings, now)
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
