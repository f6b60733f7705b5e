"""The latest answers to surveys of all cases, for those who may know who answered what."""

from collections.abc import Mapping
from datetime import datetime

from aviso.desk import pages, references
from aviso.desk.acting import By
from aviso.frozen import Frozen
from aviso.models import Response as Answer
from aviso.settings import Settings
from aviso.staff import Member
from aviso.store import responses
from aviso.web.request import Request
from aviso.web.response import Response

LIST = "answers"  # as its places are sealed
LINES = 25  # on one page: one query, and as many audit rows in one write


class Line(Frozen, frozen=True, kw_only=True):
    """One person's answer as the page shows it."""

    number: str
    reference: str
    at: datetime  # of the latest change
    answers: Mapping[str, str]


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return a page of answers, the latest first; each is noted as seen, with its case."""
    by = By.of(member, now)
    found, end = responses.latest(LINES, references.place(request.query.get("after", ""), LIST))
    by.note_each("answer_viewed", [(answer.case, answer.victim) for answer in found])
    return pages.page(
        request,
        member,
        "answers",
        lines=[_line(answer, request.language, by.settings) for answer in found],
        first_page="after" not in request.query,
        next_page=references.seal_place(end, LIST) if end else "",
    )


def _line(answer: Answer, language: str, settings: Settings) -> Line:
    return Line(
        number=answer.case,
        reference=references.seal(answer.case),
        at=answer.changed_at,
        answers=in_words(answer, language, settings),
    )


def in_words(answer: Answer, language: str, settings: Settings) -> dict[str, str]:
    """Return an answer to read: a question's words -> the answer's, or what somebody wrote."""
    return {
        question.text[language]: pages.words_of(question, answer.answers[question.id], language)
        for question in settings.survey.questions
        if question.id in answer.answers
    }
