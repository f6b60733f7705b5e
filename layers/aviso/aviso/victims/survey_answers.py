"""What people answer when they are asked how the agency did: the link, the form, the answer.

Only who is still asked, at a phone or email that is still theirs, may answer; whom to ask is for
`surveys`. An answer can be changed until the survey closes.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from msgspec.structs import replace

from aviso.content import links
from aviso.domain import people
from aviso.domain.duties import duty_id
from aviso.domain.errors import Conflict, LinkRefused
from aviso.domain.former_ids import as_now
from aviso.domain.model import (
    Case,
    Kind,
    Response,
    Victim,
)
from aviso.domain.notice import (
    Notice,
    State,
)
from aviso.domain.send_guards import Guards
from aviso.domain.settings import Settings, SurveyQuestion
from aviso.domain.survey_rules import FIRST, REMINDER, asked_on, closes_at, may_be_asked
from aviso.runtime import hashing
from aviso.storage import cases, guards, notices, survey_responses

LONGEST_TEXT = 1000


def opened(token: str, settings: Settings, now: datetime) -> Notice | None:
    """Return the survey that a link leads to, a reminder's too.

    None for a link that is wrong, a survey that is closed, a victim who would be asked no more,
    and a phone or email that is not the victim's any more: somebody else would answer for them.
    """
    try:
        id, n = links.read(links.Purpose.SURVEY, token)
    except LinkRefused:
        return None
    sent = notices.read(id)
    if sent is None or sent.kind is not Kind.SURVEY or now >= closes_at(sent.fact_at, settings):
        return None
    case = cases.read_case(sent.case)
    (sent,) = as_now(case, [sent])
    victim = case.victim(sent.victim)
    if victim is None or not may_be_asked(case, victim, settings, now):
        return None
    key = next((a.address_key for a in sent.attempts if a.n == n), "")
    if key not in _keys_of(case, victim, settings, now):
        return None
    if sent.fact == FIRST:
        return sent
    firsts = (t for t in notices.of(case) if t.fact == FIRST and t.victim == sent.victim)
    return next(firsts, None)


def _keys_of(case: Case, victim: Victim, settings: Settings, now: datetime) -> set[str]:
    """Return the keys of the addresses that are a victim's, those that want no messages too."""
    keys = {address: hashing.address_key(address) for address in people.addresses_of(case)}
    known = guards.read(case.origin, keys, case.known_as)
    theirs = asked_on(case, victim, Guards(not_me=known.not_me), settings, now)
    return {keys[address] for address in theirs}


def read_form(form: Mapping[str, str], questions: Sequence[SurveyQuestion]) -> dict[str, str]:
    """Return what was answered: question id -> value; what was left out, or made up, is not there.

    Args:
        form: fields named `q-<question id>`.
        questions: the settings'.
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


def answer(
    notice: Notice,
    answers: Mapping[str, str],
    questions: Sequence[SurveyQuestion],
    now: datetime,
    *,
    afresh: bool = False,
) -> Response | None:
    """Keep an answer; what is answered later replaces what was, and what is left out stays.

    Args:
        notice: the survey.
        answers: what was answered now, as `read_form` returns it.
        questions: the settings'.
        now: the time.
        afresh: everything answered before is taken back.

    Returns:
        What is kept now; None when nothing was answered, now or before.

    Raises:
        Conflict: when the same survey is being answered elsewhere at this moment.
    """
    before = survey_responses.read(notice.id)
    texts = frozenset(q.id for q in questions if q.type == "text" and q.id in answers)
    if before is None:
        if not answers:
            return None
        new = Response(
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
    """Ask no more: an answer proves that the survey arrived, and its reminder has no purpose."""
    told_at = notice.told_at or now
    arrived = [State.SENT, State.UNCONFIRMED]
    unsent = [State.PLANNED, State.WAITING, State.FAILED, State.UNCONFIRMED]
    with suppress(Conflict):  # it is known already, or on its way again and cannot be called back
        notices.move(
            notice, State.DELIVERED, due_at=None, only_from=arrived, told_at=told_at, reason=""
        )
    reminder = duty_id(notice.case, REMINDER, Kind.SURVEY, notice.victim)
    with suppress(Conflict):  # there is none, or it has left
        notices.move(
            replace(notice, id=reminder),
            State.SUPPRESSED,
            due_at=None,
            only_from=unsent,
            reason="answered",
        )
