"""Signing up for alerts from the status page, and the page that confirms it."""

from datetime import datetime

from aviso.domain import settings as agency_settings
from aviso.domain.errors import Conflict, EnrollmentInvalid
from aviso.domain.model import Channel
from aviso.victims import sign_up, sign_up_form
from aviso.victims import visits as access
from aviso.web.portal import pages, status
from aviso.web.portal import visit as visits
from aviso.web.portal.cookies import Request, Response, redirect
from aviso.web.portal.visit import Visit


def back(_request: Request, _now: datetime) -> Response:
    """Redirect a visitor who opened the form's address to the page with the form."""
    return redirect("status")


def submit(request: Request, now: datetime) -> Response:
    """Store the contacts, or show the form again with its errors."""
    settings = agency_settings.current()
    session = access.resume(request.token, settings, now)
    if session is None:
        return visits.over(request)
    visits.check(session, request)
    asked, wrong = sign_up_form.read_form(
        dict(request.form), settings.agency.languages, settings.messages.text_regions
    )
    if not wrong and not request.switching:
        try:
            stored = sign_up.enroll(session, asked, request.language, settings, now, request.source)
            return redirect("done") if stored else visits.over(request)
        except EnrollmentInvalid as error:
            wrong = [error]
        except Conflict:
            wrong = [EnrollmentInvalid("phone", "enroll_try_again")]
    visited = access.visited_case(session, settings, now)
    if visited is None:
        return visits.over(request)
    case, victim = visited
    visit = Visit(session=session, case=case, victim=victim, settings=settings)
    errors = {} if request.switching else {e.field: e.message for e in wrong}
    return status.view(request, visit, now, errors=errors)


def done(request: Request, now: datetime) -> Response:
    """Confirm what this visit signed up for, without repeating an address."""
    settings = agency_settings.current()
    session = access.resume(request.token, settings, now)
    if session is None:
        return visits.over(request)
    if not session.enrolled:
        return redirect("status")
    return pages.page(
        request,
        "done",
        signed_in=True,
        csrf=session.csrf,
        channels=[c.value for c in Channel if c in session.enrolled],
        waived="waived" in session.enrolled,
    )
