"""One case: its people and their contacts, the notices and their channels, the survey answers."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from aviso.domain import survey_rules, text
from aviso.domain.case_at import CaseAt
from aviso.domain.model import Case, Kind, Victim
from aviso.domain.notice import Notice, State
from aviso.domain.officers_word import WAYS
from aviso.domain.reasons import Restriction
from aviso.domain.staff import CallOutcome
from aviso.domain.value import Frozen
from aviso.runtime import hashing
from aviso.staff import notice_decisions
from aviso.staff.actor import Actor, open_case
from aviso.staff.notice_decisions import HOLDABLE, RESENDABLE, letter
from aviso.storage import calls, case_decisions, cases, notices, survey_responses, tasks
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import (
    case_hand_offs,
    case_homes,
    case_people,
    case_plans,
    case_timeline,
    case_todo,
    pages,
    queue_lines,
    sealed_references,
    task_filters,
    what_to_say,
    work_queue,
)
from aviso.web.staff.case_people import VictimLines
from aviso.web.staff.case_todo import ShownCase, ToDo
from aviso.web.staff.selection import PICK, address, came_to
from aviso.web.staff.survey_answers import in_words
from aviso.web.staff.work_queue import QueueRow


class Said(Frozen, frozen=True, kw_only=True):
    """One victim's answers to the survey."""

    victim: Victim | None
    at: datetime
    answers: Mapping[str, str]  # a question's text -> the answer's text, or a number of a scale


def show(request: Request, actor: Actor) -> Response:
    """Return the page of a case."""
    return case_page(request, case_named(request.query, actor), actor)


def case_named(fields: Mapping[str, str], actor: Actor) -> Case:
    """Return the case that a page's address or form names.

    Raises:
        LookupError: when there is no such case.
        NotTheirs: when the member may not work on it.
    """
    number = sealed_references.unseal(fields.get("c", ""))
    if not number:
        raise LookupError("no such case")
    return open_case(number, actor)


def case_page(
    request: Request,
    case: Case,
    actor: Actor,
    wrong: str = "",
    *,
    revealed: str = "",
    asked: tuple[str, str] = ("", ""),
) -> Response:
    """Return a case's page, with the error of a form sent from it.

    Args:
        wrong: the error, a key of the desk's words.
        revealed: the victim whose confidential home a supervisor has a reason to see.
        asked: see `ShownCase`.
    """
    actor.note("case_viewed", case.number)
    told = notices.read_notices(case)
    now = replace(case_people.guarded(case, actor), told=told)
    persons = [
        case_people.person_of(now, victim, actor, revealed=victim.origin == revealed)
        for victim in case.victims
    ]
    made = calls.list_calls(case)
    waiting = tasks.waiting()
    narrow = task_filters.narrowed(request.query or request.form)
    shown = ShownCase(at=now, made=made, language=request.language, actor=actor, asked=asked)
    cards = case_todo.cards(shown, persons)
    ask_first = _to_ask_first(persons, cards)
    at = _chosen(cards, (request.query or request.form).get("v", ""))
    at_key = at.key if at else ""
    place = work_queue.place(waiting, at_key, narrow, actor)
    reference, only_told = sealed_references.seal(case.number), "told" in request.query
    status = queue_lines.status_of(case, request.language, actor)
    remarks, words = case_decisions.remarks(case), pages.strings(request.language)
    return pages.page(
        request,
        actor,
        "case",
        status=400 if wrong else 200,
        switches=now.guards.switches,
        held=waiting,
        case=case,
        status_words=status,
        offense=queue_lines.offense_of(case, request.language, actor),
        warrant=what_to_say.warns_of_warrant(case, actor.settings),
        reference=reference,
        restricted=now.restriction,
        other=_other(now, actor),
        unsafe=case_todo.unsafe(cards, persons, request.language),
        cards=sorted(cards, key=lambda card: card != at),
        at_key=at_key,
        place=place,
        narrow=narrow,
        chosen=task_filters.chosen(narrow),
        to_next=_address(place.next, narrow),
        to_before=_address(place.before, narrow),
        to_list=address("tasks", {}, **narrow),
        outcomes=list(CallOutcome),
        ways=WAYS,
        homes=case_homes.typed(case, actor),
        no_home=case_homes.NO_HOME,
        streets=case_homes.streets(case, words["desk_home_hidden"], actor),
        shown=case_people.shown,
        tel=text.tel,
        languages=actor.settings.agency.languages,
        people=sorted(persons, key=lambda person: at is None or person.victim.origin != at.victim),
        plans=case_plans.of_case(now, actor, request.language),
        handed_on=case_hand_offs.of_case(case, actor, request.language),
        names={v.origin: queue_lines.name_of(v) for v in case.victims},
        spoken={v.origin: queue_lines.language_of(v, words, actor) for v in case.victims},
        where=_where(persons, ask_first, words["desk_phone_end"]),
        ask_first=ask_first,
        as_read=case_people.as_read,
        known=case_timeline.known(case, told, made, remarks, status),
        only_told=only_told,
        to_told=address("case", {}, c=reference, v=at_key, **narrow, told="yes"),
        to_all=address("case", {}, c=reference, v=at_key, **narrow),
        holdable=HOLDABLE,
        resendable=RESENDABLE,
        untellable=[n.id for n in told if notice_decisions.may_untell(n, actor)],
        pick=PICK,
        done=came_to(request.query),
        mailed=State.MAILED,
        letter=letter,
        said=_said(case, told, request.language, actor) if actor.trusted else (),
        wrong=wrong,
    )


def _to_ask_first(persons: Sequence[VictimLines], cards: Sequence[ToDo]) -> set[str]:
    """Return the keys of the phones that nobody calls before somebody said that it is safe."""
    asks = {line.key for person in persons for line in person.lines if person.asks_first(line)}
    return asks | {line.key for card in cards for line in card.phones if line.ask}


def _where(
    persons: Sequence[VictimLines], ask_first: Collection[str], end_only: str
) -> dict[str, str]:
    """Return how the timeline names each address; of a phone to ask about first, its end alone."""
    return {
        hashing.address_key(line.address): end_only.format(end=line.shown[-2:])
        if line.key in ask_first
        else line.shown
        for person in persons
        for line in person.lines
    }


def _other(at: CaseAt, actor: Actor) -> dict[str, Any] | None:
    """Return the case that this one may be under a new number, with what its victims were told."""
    report = at.case.report
    if not (report and report.former_number and at.restriction is Restriction.NEW_NUMBER):
        return None  # perhaps one that this member must not see
    other = cases.read_case(report.former_number)
    actor.note("case_viewed", other.number)
    names = {v.origin: queue_lines.name_of(v) for v in other.victims}
    told = sorted((n for n in notices.list_notices(other) if n.told_at), key=_told_at)
    return {
        "number": other.shown,
        "reference": sealed_references.seal(other.number),
        "told": [(n.kind, names.get(n.victim, ""), n.told_at) for n in told],
    }


def _told_at(notice: Notice) -> datetime:
    return notice.told_at or notice.created_at


def _chosen(cards: Sequence[ToDo], key: str) -> ToDo | None:
    """Return the card that the address names; the most urgent one when it names none."""
    return next((card for card in cards if key in card.keys), cards[0] if cards else None)


def _address(row: QueueRow | None, narrow: Mapping[str, str]) -> str:
    """Return the address of a row's case, with the list's filters; empty without a row."""
    if row is None:
        return ""
    return address("case", {}, c=sealed_references.seal(row.case), v=row.key, **narrow)


def _said(case: Case, told: Sequence[Notice], language: str, actor: Actor) -> list[Said]:
    """Return the answers to this case's surveys, for members who may connect them to a case."""
    asked = [n for n in told if n.kind is Kind.SURVEY and n.fact == survey_rules.FIRST]
    given = [found for n in asked if (found := survey_responses.read(n.id))]
    return [
        Said(
            victim=case.victim(response.victim),
            at=response.changed_at,
            answers=in_words(response, language, actor.settings),
        )
        for response in given
    ]
