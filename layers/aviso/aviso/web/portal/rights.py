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
from aviso.web.response import Response, pdf_file, redirect

TYPED = ("telephone", "email", "address")  # on the form to print
LONGEST = 120  # characters of a line; the form is one page
ANSWERS = {"requested": Rights.REQUESTED, "waived": Rights.WAIVED}


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return the page with both answers and the current one, if any."""
    return _page(request, enter(request, visitor))


def show_form(request: Request, visitor: PortalVisitor) -> Response:
    """Return the page on which the request for notice is filled in, to print and sign.

    Contacts and home are typed: of the contacts on file one may be somebody else's, and anyone who
    holds the phone could read the home.
    """
    return _form_page(request, enter(request, visitor, code=True))


def save_form(request: Request, visitor: PortalVisitor) -> Response:
    """Return the request for notice as a PDF. What was typed is stored nowhere."""
    visit = enter(request, visitor, code=True)
    if request.switching:
        return _form_page(request, visit)
    from aviso.letters import request_form  # the drawing library is loaded for nothing else

    visits.record(visit.session, "viewed", visitor.settings, visitor.now)
    known = {"number": visit.case.shown, "name": name_of(visit.victim)}
    typed = {name: request.form.get(name, "") for name in TYPED}
    filled = {name: text[:LONGEST] for name, text in (known | typed).items()}
    return pdf_file(request_form.drawn(filled, visitor.settings, request.language), "form.pdf")


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


def _form_page(request: Request, visit: Visit) -> Response:
    return pages.page(request, "form", form="form", **visit.frame, typed=request.form)


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
