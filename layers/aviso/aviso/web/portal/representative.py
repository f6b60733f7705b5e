"""With a code: whom a victim names to speak for them, and ending it (docs/rules.md#23)."""

from collections.abc import Mapping

from aviso.domain.errors import Conflict, EnrollmentInvalid, TooOften
from aviso.domain.people import name_of
from aviso.victims import change_limits, representatives
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.portal.visit_cookie import VisitOver
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return those who speak for the victim, and the form that names another."""
    return _page(request, _enter(request, visitor))


def _enter(request: Request, visitor: PortalVisitor) -> Visit:
    """Return the open visit of a living person: for others, the desk alone names somebody.

    Raises:
        RefusedError: when the victim is dead or an organization: there is no such page, and the
            answer says whom to call.
        VisitOver, CodeNeeded: see `enter`.
    """
    visit = enter(request, visitor, code=True)
    if not visit.may_name:
        raise RefusedError(404)
    return visit


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Name a person, or end it with one."""
    visit = _enter(request, visitor)
    if request.switching:
        return _page(request, visit)
    settings, id = visit.settings, request.form.get("end", "")
    try:
        if id:
            done = representatives.end(visit.session, id, visitor)
        else:
            named, errors = representatives.read_form(
                dict(request.form), settings.agency.languages, settings.messages.text_regions
            )
            if named is None:
                return _page(request, visit, errors)
            done = representatives.name(visit.session, named, visitor)
    except EnrollmentInvalid as error:
        return _page(request, visit, {error.field: error.message})
    except TooOften as error:
        return _page(request, visit, {"last_name": change_limits.words(error, visitor.now)})
    except Conflict:
        return _page(request, visit, {"last_name": "enroll_try_again"})
    if not done:
        raise VisitOver
    return redirect("speaks")


def _page(request: Request, visit: Visit, errors: Mapping[str, str] | None = None) -> Response:
    case, victim = visit.case, visit.victim
    return pages.page(
        request,
        "speaks",
        status=400 if errors else 200,
        form="name",
        **visit.frame,
        given=case.enrollment_of(victim.origin).representatives,
        reported=representatives.reported(case, victim, visit.visitor),
        name_of=name_of,
        example=visit.settings.agency.phone,  # in the sentence that asks to call
        typed=dict(request.form),
        errors=errors or {},
    )
