"""The latest survey answers of all cases, for members who may know who answered what."""

from collections.abc import Mapping
from datetime import datetime

from aviso.domain.settings import Settings
from aviso.domain.survey_response import SurveyResponse
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.storage import survey_responses
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import pages, sealed_references

LIST = "answers"  # the list's name when its places are sealed
LINES = 25  # on one page: one query, and one write of as many audit rows


class AnswerLine(Frozen, frozen=True, kw_only=True):
    """One person's answer as the page shows it."""

    number: str
    reference: str
    at: datetime  # of the latest change
    answers: Mapping[str, str]


def show(request: Request, actor: Actor) -> Response:
    """Return a page of answers, the latest first; each gets an audit row, with its case."""
    found, end = survey_responses.latest(
        LINES, sealed_references.place(request.query.get("after", ""), LIST)
    )
    actor.note_each("answer_viewed", [(answer.case, answer.victim) for answer in found])
    return pages.page(
        request,
        actor,
        "answers",
        lines=[_line(answer, request.language, actor.settings) for answer in found],
        first_page="after" not in request.query,
        next_page=sealed_references.seal_place(end, LIST) if end else "",
    )


def _line(answer: SurveyResponse, language: str, settings: Settings) -> AnswerLine:
    return AnswerLine(
        number=answer.case,
        reference=sealed_references.seal(answer.case),
        at=answer.changed_at,
        answers=in_words(answer, language, settings),
    )


def in_words(answer: SurveyResponse, language: str, settings: Settings) -> dict[str, str]:
    """Return an answer in words: a question's text -> the answer's text, or what somebody wrote."""
    return {
        question.text[language]: pages.words_of(question, answer.answers[question.id], language)
        for question in settings.survey.questions
        if question.id in answer.answers
    }
