"""A survey behind its signed link: it shows nothing of the case or of earlier answers.

Anybody with the phone may open the link, so the page is the same for everyone and shows no answers.
A blank question keeps its earlier answer, unless all earlier answers are taken back.
"""

from aviso.domain import survey_rules
from aviso.domain.errors import Conflict
from aviso.domain.notice import Notice
from aviso.domain.settings import Settings
from aviso.victims import survey_answers
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.request import Request
from aviso.web.response import Response, redirect

THANKS = "thanks"


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return the questions, or the page of thanks after answering them."""
    if THANKS in request.query:
        return _thanks(request)
    notice = survey_answers.opened(_token(request), visitor.settings, visitor.now)
    return _closed(request) if notice is None else _page(request, notice)


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Store the answers, even when some are blank."""
    settings = visitor.settings
    notice = survey_answers.opened(_token(request), settings, visitor.now)
    if notice is None:
        return _closed(request)
    if request.switching:
        return _page(request, notice)
    questions = settings.survey.questions
    answers = survey_answers.read_form(request.form, questions)
    afresh = request.form.get("afresh") == "yes"
    if not answers and not afresh:
        return _page(request, notice, "survey_nothing")
    try:
        survey_answers.store_answers(notice, answers, questions, visitor.now, afresh=afresh)
    except Conflict:  # sent twice at once: the same answers, or the visitor tries again in a moment
        return _page(request, notice, "survey_try_again")
    return redirect(f"survey?{THANKS}=yes")


def _token(request: Request) -> str:
    return request.form.get("t", "") or request.query.get("t", "")


def _page(request: Request, notice: Notice, wrong: str = "") -> Response:
    settings = Settings.current()
    first = settings.survey.questions[0].id
    return pages.page(
        request,
        "survey",
        form="survey",
        token=_token(request),
        questions=settings.survey.questions,
        until=survey_rules.last_day(notice.fact_at, settings),
        typed=dict(request.form),
        longest=survey_answers.LONGEST_TEXT,
        errors={f"q-{first}": wrong} if wrong else {},
    )


def _thanks(request: Request) -> Response:
    return pages.page(request, "survey_thanks")


def _closed(request: Request) -> Response:
    """Return the page for a closed survey; a wrong link shows the same page."""
    return pages.page(request, "survey_closed")
