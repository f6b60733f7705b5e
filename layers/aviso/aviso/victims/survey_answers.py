"""A victim's answers to the survey: the link, the form, the stored answer.

Only a victim who may still be asked, on a phone or email that is still theirs, may answer;
`surveys` decides whom to ask. An answer can be changed until the survey closes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from msgspec.structs import replace

from aviso.content import links
from aviso.domain.case_at import CaseAt
from aviso.domain.duties import duty_id
from aviso.domain.errors import Conflict, LinkRefused
from aviso.domain.guards import UNREAD, Guards
from aviso.domain.model import Kind, Victim
from aviso.domain.notice import Notice, State
from aviso.domain.reasons import StopReason
from aviso.domain.settings import Settings, SurveyQuestion
from aviso.domain.survey_response import SurveyResponse
from aviso.domain.survey_rules import FIRST, REMINDER, asked_on, closes_at, may_be_asked
from aviso.storage import cases, guards, notices, survey_responses

LONGEST_TEXT = 1000


def opened(token: str, settings: Settings, now: datetime) -> Notice | None:
    """Return the survey that a link leads to; a reminder's link leads to its survey.

    None for a wrong link, a closed survey, a victim who may no longer be asked, and a phone or
    email that is no longer the victim's: somebody else would answer for them.
    """
    try:
        id, n = links.read(links.LinkPurpose.SURVEY, token)
    except LinkRefused:
        return None
    sent = notices.read(id)
    if sent is None or sent.kind is not Kind.SURVEY or now >= closes_at(sent.fact_at, settings):
        return None
    case = cases.read_case(sent.case)
    victim = case.victim(sent.victim)
    at = CaseAt(case=case, told=(), guards=UNREAD, settings=settings, now=now)
    if victim is None or not may_be_asked(at, victim):
        return None
    key = next((a.address_key for a in sent.attempts if a.n == n), "")
    if key not in _keys_of(at, victim):
        return None
    if sent.fact == FIRST:
        return sent
    firsts = (t for t in notices.list_notices(case) if t.fact == FIRST and t.victim == sent.victim)
    return next(firsts, None)


def _keys_of(at: CaseAt, victim: Victim) -> set[str]:
    """Return the keys of a victim's addresses, including those that want no messages."""
    known = guards.read_for(at.case)
    theirs = asked_on(replace(at, guards=Guards(not_me=known.not_me)), victim)
    return {known.keys[address] for address in theirs}


def read_form(form: Mapping[str, str], questions: Sequence[SurveyQuestion]) -> dict[str, str]:
    """Return the answers: question id -> value; blank and invalid ones are left out.

    Args:
        form: fields named `q-<question id>`.
    """
    given = {q.id: form.get(f"q-{q.id}", "").strip() for q in questions}
    allowed = {
        q.id: {str(n) for n in (range(1, 6) if q.type == "scale" else range(len(q.choices)))}
        for q in questions
        if q.type != "text"
    }
    return {
        question: value[:LONGEST_TEXT]
        for question, value in given.items()
        if value and value in allowed.get(question, {value})
    }


def store_answers(
    notice: Notice,
    answers: Mapping[str, str],
    questions: Sequence[SurveyQuestion],
    now: datetime,
    *,
    afresh: bool = False,
) -> SurveyResponse | None:
    """Store an answer; a later answer replaces an earlier one, and a blank one keeps it.

    Args:
        answers: what was answered now, as `read_form` returns it.
        afresh: all earlier answers are taken back.

    Returns:
        What is stored now; None when nothing was answered, now or before.

    Raises:
        Conflict: when the same survey is being answered elsewhere at the same time.
    """
    before = survey_responses.read(notice.id)
    texts = frozenset(q.id for q in questions if q.type == "text" and q.id in answers)
    if before is None:
        if not answers:
            return None
        new = SurveyResponse(
            survey=notice.id,
            case=notice.case,
            victim=notice.victim,
            answers=dict(answers),
            asked_at=notice.created_at,
            answered_at=now,
            changed_at=now,
            texts=texts,
            stamp=notice.stamp,
        )
        stored = survey_responses.write(new, None)
        _settle(notice, now)
        return stored
    kept = {} if afresh else before.answers
    merged = {**kept, **answers}
    if merged == dict(before.answers):
        return before
    texts |= before.texts & set(kept)
    changed = replace(before, answers=merged, texts=texts, changed_at=now)
    return survey_responses.write(changed, before)


def _settle(notice: Notice, now: datetime) -> None:
    """Stop asking: an answer proves that the survey arrived, so no reminder is needed."""
    told_at = notice.told_at or now
    arrived = [State.SENT, State.UNCONFIRMED]
    unsent = [State.PLANNED, State.WAITING, State.FAILED, State.UNCONFIRMED]
    with suppress(Conflict):  # it is marked already, or being sent again and cannot be called back
        notices.move(
            notice, State.DELIVERED, due_at=None, only_from=arrived, told_at=told_at, reason=""
        )
    reminder = duty_id(notice.case, REMINDER, Kind.SURVEY, notice.victim)
    with suppress(Conflict):  # there is none, or it has been sent
        notices.move(
            replace(notice, id=reminder),
            State.SUPPRESSED,
            due_at=None,
            only_from=unsent,
            reason=StopReason.ANSWERED,
        )
