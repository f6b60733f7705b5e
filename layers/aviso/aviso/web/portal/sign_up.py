"""Signing up for alerts: the page with the form, and the page that confirms it."""

from collections.abc import Mapping

from aviso.domain.contacts import BY_KNOWLEDGE
from aviso.domain.errors import Conflict, EnrollmentInvalid
from aviso.domain.model import Channel
from aviso.victims import sign_up, sign_up_form
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter, open_session, visit_of
from aviso.web.portal.visit_cookie import VisitOver
from aviso.web.request import Request
from aviso.web.response import Response, redirect


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return the page with the form."""
    return _page(request, enter(request, visitor), {})


def back(_request: Request, _visitor: PortalVisitor) -> Response:
    """Redirect a visitor who opened the form's address to the page with the form."""
    return redirect("alerts")


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Store the contacts, or show the form again with its errors."""
    settings = visitor.settings
    session = open_session(request, visitor)
    asked, wrong = sign_up_form.read_form(
        dict(request.form), settings.agency.languages, settings.messages.text_regions
    )
    if not wrong and not request.switching:
        try:
            if sign_up.enroll(session, asked, visitor):
                return redirect("done")
            raise VisitOver
        except EnrollmentInvalid as error:
            wrong = [error]
        except Conflict:
            wrong = [EnrollmentInvalid("phone", "enroll_try_again")]
    errors = {} if request.switching else {e.field: e.message for e in wrong}
    return _page(request, visit_of(session, visitor), errors)


def done(request: Request, visitor: PortalVisitor) -> Response:
    """Confirm what this visit signed up for, without repeating an address."""
    session = open_session(request, visitor)
    if not session.enrolled:
        return redirect("status")
    return pages.page(
        request,
        "done",
        signed_in=True,
        csrf=session.csrf,
        channels=[c.value for c in Channel if c in session.enrolled],
        waived="waived" in session.enrolled,
        proven=session.level not in BY_KNOWLEDGE,
    )


def _page(request: Request, visit: Visit, errors: Mapping[str, str]) -> Response:
    return pages.page(
        request,
        "alerts",
        **visit.frame,
        form="enroll",
        shares=bool(visit.settings.receivers),
        typed=dict(request.form),
        errors=errors,
    )
