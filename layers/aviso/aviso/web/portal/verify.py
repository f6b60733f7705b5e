"""Step 2: who is asking. Every refusal is the same page (docs/rules.md#15)."""

import re
from datetime import date
from typing import Any

from aviso.domain.session import Session
from aviso.domain.text import normal_number, plain_name
from aviso.victims import verification, visits
from aviso.victims.visitor import PortalVisitor
from aviso.web import birth_dates, constant_time
from aviso.web.portal import pages
from aviso.web.portal.visit_cookie import visit_cookie
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect

LONGEST = 80


def show(request: Request) -> Response:
    """Return the page that asks for name and birth date; a hidden field carries the number."""
    return _page(request, {})


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Open the case for a visitor who proves to be its victim."""
    since = constant_time.started()
    if request.switching:
        refused = request.form.get("refused") == "yes"
        return _page(request, {}, refused=refused)
    settings = visitor.settings
    number = normal_number(request.form.get("number", ""))
    if not re.fullmatch(settings.agency.case_number_pattern, number):
        raise RefusedError(400)  # none of our pages sends this
    if code := request.form.get("code", ""):
        by_code = _claim(request, number, code=code)
        return _opened(request, visits.open_by_code(by_code, settings, visitor.now), since)
    days, errors = read_person(request, visitor)
    if errors:
        return _page(request, errors)
    claim = _claim(request, number, last_name=request.form["last_name"], birth_dates=days)
    return _opened(request, visits.open_case(claim, settings, visitor.now), since)


def read_person(
    request: Request, visitor: PortalVisitor
) -> tuple[tuple[date, ...], dict[str, str]]:
    """Return the days a typed birth date may mean, and the errors of date and name."""
    last_name = request.form.get("last_name", "")
    typed_day = request.form.get("birth_date", "")
    days = birth_dates.parse(typed_day, visitor.now.date())
    errors = {}
    if not plain_name(last_name) or len(last_name) > LONGEST:
        errors["last_name"] = "verify_last_name_missing"
    if not days:
        errors["birth_date"] = (
            "verify_birth_date_wrong" if typed_day else "verify_birth_date_missing"
        )
    return days, errors


def _claim(request: Request, number: str, **proof: Any) -> verification.Claim:
    return verification.Claim(
        number=number, source=request.source, former_token=request.token, **proof
    )


def _opened(request: Request, opened: tuple[str, Session] | None, since: float) -> Response:
    """Go to the case, or give the one answer for every refusal."""
    if opened is None:
        constant_time.wait(since)
        return _page(request, {}, refused=True)
    token, _ = opened
    return redirect("status", visit_cookie(token))


def _page(request: Request, errors: dict[str, str], refused: bool = False) -> Response:
    typed = {k: request.form.get(k, "") for k in ("number", "last_name", "birth_date", "code")}
    return pages.page(request, "verify", form="step", errors=errors, refused=refused, typed=typed)
