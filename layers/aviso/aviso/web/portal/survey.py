"""A survey behind its signed link: it shows nothing of the case, nor of what was answered before.

Whoever holds the phone may open the link, so the page is the same for everyone, and answers only
go in: a question left blank keeps what was answered to it earlier, unless all of that is taken
back.
"""

from datetime import datetime

from aviso.domain import settings as agency_settings
from aviso.domain import survey_rules
from aviso.domain.errors import Conflict
from aviso.domain.notice import (
    Notice,
)
from aviso.victims import survey_answers
from aviso.web.portal import pages
from aviso.web.portal.cookies import Request, Response, redirect

THANKS = "thanks"


def show(request: Request, now: datetime) -> Response:
    """Return the questions, or the thanks after answering them."""
    if THANKS in request.query:
        return _thanks(request)
    notice = survey_answers.opened(_token(request), agency_settings.current(), now)
    return _closed(request) if notice is None else _page(request, notice)


def submit(request: Request, now: datetime) -> Response:
    """Keep what was answered, however much of it."""
    settings = agency_settings.current()
    notice = survey_answers.opened(_token(request), settings, now)
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
        survey_answers.answer(notice, answers, questions, now, afresh=afresh)
    except Conflict:  # sent twice at once: the same answers, or a moment to try again
        return _page(request, notice, "survey_try_again")
    return redirect(f"survey?{THANKS}=yes")


def _token(request: Request) -> str:
    return request.form.get("t", "") or request.query.get("t", "")


def _page(request: Request, notice: Notice, wrong: str = "") -> Response:
    settings = agency_settings.current()
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
    resources = agency_settings.current().resources
    return pages.page(request, "survey_thanks", resources=resources)


def _closed(request: Request) -> Response:
    """Say that there is nothing to answer: a wrong link and a closed survey look the same."""
    resources = agency_settings.current().resources
    return pages.page(request, "survey_closed", resources=resources)
