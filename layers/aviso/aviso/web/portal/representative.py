"""With a code: whom a victim names to speak for them, and ending it (docs/rules.md#23)."""

from collections.abc import Mapping
from datetime import datetime

from aviso.domain.errors import Conflict, EnrollmentInvalid, TooOften
from aviso.victims import change_limits, representatives
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.portal.visit_cookie import VisitOver
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect


def show(request: Request, now: datetime) -> Response:
    """Return those who speak for the victim, and the form that names another."""
    return _page(request, _enter(request, now))


def _enter(request: Request, now: datetime) -> Visit:
    """Return the open visit of a living person: for others, the desk alone names somebody.

    Raises:
        RefusedError: when the victim is dead or an organization: there is no such page, and the
            answer says whom to call.
        VisitOver, CodeNeeded: see `enter`.
    """
    visit = enter(request, now, code=True)
    if not visit.may_name:
        raise RefusedError(404)
    return visit


def submit(request: Request, now: datetime) -> Response:
    """Name a person, or end it with one."""
    visit = _enter(request, now)
    if request.switching:
        return _page(request, visit)
    settings, id = visit.settings, request.form.get("end", "")
    try:
        if id:
            done = representatives.end(visit.session, id, request.language, settings, now)
        else:
            named, errors = representatives.read_form(
                dict(request.form), settings.agency.languages, settings.messages.text_regions
            )
            if named is None:
                return _page(request, visit, errors)
            done = representatives.name(
                visit.session, named, request.language, settings, now, request.source
            )
    except EnrollmentInvalid as error:
        return _page(request, visit, {error.field: error.message})
    except TooOften as error:
        return _page(request, visit, {"last_name": change_limits.words(error, now)})
    except Conflict:
        return _page(request, visit, {"last_name": "enroll_try_again"})
    if not done:
        raise VisitOver
    return redirect("speaks")


def _page(request: Request, visit: Visit, errors: Mapping[str, str] | None = None) -> Response:
    enrollment = visit.case.enrollment_of(visit.victim.origin)
    return pages.page(
        request,
        "speaks",
        status=400 if errors else 200,
        form="name",
        **visit.frame,
        given=enrollment.representatives,
        example=visit.settings.agency.phone,  # in the sentence that asks to call
        typed=dict(request.form),
        errors=errors or {},
    )
