"""Asking to be told once the report is in the system: after a failed search, or with a card.

See docs/rules.md#15.
"""

import re
from collections.abc import Mapping
from datetime import timedelta

from aviso.domain.settings import Settings
from aviso.domain.text import normal_number
from aviso.victims import early_sign_up, rate_limits, scene_cards, sign_up_form, verification
from aviso.victims.visitor import PortalVisitor
from aviso.web import constant_time
from aviso.web.portal import pages, verify
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response

ASKED = ("number", "last_name", "birth_date")


def card(request: Request, _visitor: PortalVisitor) -> Response:
    """Show the form to who has a card from an officer: the number is written on it."""
    return _page(request, card=request.query.get("card", ""))


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Show the form, or store the request; no case is looked up in either case."""
    since = constant_time.started()
    settings = visitor.settings
    number = normal_number(request.form.get("number", ""))
    known = re.fullmatch(settings.agency.case_number_pattern, number)
    if not known and "card" not in request.form:
        raise RefusedError(400)  # none of our pages sends this
    if request.switching or "consent_asked" not in request.form:
        return _page(request)
    days, errors = verify.read_person(request, visitor)
    asked, wrong = sign_up_form.read_form(
        dict(request.form), settings.agency.languages, settings.messages.text_regions
    )
    errors |= {e.field: e.message for e in wrong}
    if not known:
        errors = {"number": "find_wrong" if number else "find_missing"} | errors
    if errors:
        return _page(request, errors)
    claim = verification.Claim(
        number=number,
        last_name=request.form["last_name"],
        birth_dates=days,
        source=request.source,
    )
    # Over a limit the answer is the same: a refusal would say that somebody else signed up.
    card = request.form.get("card", "")
    by_card = bool(card) and scene_cards.is_unused(card, visitor.now)
    keep = rate_limits.may_leave_early(number, visitor, len(days), by_card=by_card)
    early_sign_up.leave(claim, asked, visitor, keep=keep, card=card)
    constant_time.wait(since)
    until = visitor.now + timedelta(days=settings.verification.early_enrollment_days)
    return pages.page(request, "early_done", until=until)


def _page(request: Request, errors: Mapping[str, str] | None = None, **typed: str) -> Response:
    return pages.page(
        request,
        "early",
        form="early",
        errors=errors or {},
        typed=dict.fromkeys(ASKED, "") | typed | dict(request.form),
        example=Settings.current().agency.case_number_example,
    )
