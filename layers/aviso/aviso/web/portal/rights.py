"""Rights: asking to be kept informed, or waiving it, and what each means (docs/rules.md#16)."""

from aviso.domain import duties
from aviso.domain.errors import Conflict, NotVerified, TooOften
from aviso.domain.people import name_of
from aviso.domain.requests import Rights
from aviso.victims import change_limits, self_service, visits
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.portal.visit_cookie import CodeNeeded, VisitOver
from aviso.web.request import Request
from aviso.web.response import Response, redirect

ANSWERS = {"requested": Rights.REQUESTED, "waived": Rights.WAIVED}


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return the page with both answers and the current one, if any."""
    return _page(request, enter(request, visitor))


def show_form(request: Request, visitor: PortalVisitor) -> Response:
    """Return the request for notice as a form to print and sign.

    Contacts and home are written by hand: of the contacts on file one may be somebody else's, and
    anyone who holds the phone could read the home.
    """
    visit = enter(request, visitor, code=True)
    visits.record(visit.session, "viewed", visitor.settings, visitor.now)
    return pages.page(
        request,
        "form",
        **visit.frame,
        who=name_of(visit.victim),
        number=visit.case.shown,
    )


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Store an answer; one that needs a code leads to the page for codes."""
    visit = enter(request, visitor)
    answer = ANSWERS.get(request.form.get("answer", ""))
    if request.switching or answer is None:
        return _page(request, visit, "" if request.switching else "choice_missing")
    try:
        stored = self_service.answer_rights(visit.session, answer, visitor)
    except NotVerified:
        raise CodeNeeded from None
    except TooOften as error:
        words = change_limits.words(error, visitor.now) if error.until else "choice_full"
        return _page(request, visit, words)
    except Conflict:
        return _page(request, visit, "enroll_try_again")
    if not stored:
        raise VisitOver
    return redirect("choice")


def _page(request: Request, visit: Visit, error: str = "") -> Response:
    enrollment = visit.case.enrollment_of(visit.victim.origin)
    return pages.page(
        request,
        "choice",
        form="choice",
        **visit.frame,
        given=duties.rights(visit.case, visit.victim).value,
        # It says when somebody was here: only the holder of a code sees it (docs/rules.md#14).
        given_at=enrollment.rights_at if visit.by_code else None,
        may_answer=[
            name
            for name, answer in ANSWERS.items()
            if self_service.may_answer(visit.session, visit.case, visit.victim, answer)
        ],
        chosen=request.form.get("answer", ""),
        errors={"answer": error} if error else {},
    )
