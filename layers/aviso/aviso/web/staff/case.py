"""One case: its people and their contacts, the notices and their channels, the survey answers."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from aviso.domain import restriction, survey_rules
from aviso.domain.model import Case, Kind, Victim
from aviso.domain.notice import Notice, State
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor, open_case
from aviso.staff.notice_decisions import HOLDABLE, RESENDABLE, letter
from aviso.storage import case_decisions, guards, notices, survey_responses, tasks
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages, sealed_references
from aviso.web.staff.selection import PICK, came_to
from aviso.web.staff.survey_answers import in_words

PARTS = ("street", "city", "region", "postal_code")  # of a postal address


class Said(Frozen, frozen=True, kw_only=True):
    """One victim's answers to the survey."""

    victim: Victim | None
    at: datetime
    answers: Mapping[str, str]  # a question's text -> the answer's text, or a number of a scale


class HeldTask(Frozen, frozen=True, kw_only=True):
    """A held notice as a task: its deadline and its owner."""

    due: datetime  # the notice's own deadline
    late: bool
    owner: str


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


def case_page(request: Request, case: Case, actor: Actor, wrong: str = "") -> Response:
    """Return a case's page, with the error of a form sent from it."""
    actor.note("case_viewed", case.number)
    known = guards.read_for(case)
    told = [notices.read(n.id) or n for n in notices.of(case)]
    persons = [case_people.person_of(case, victim, known, actor) for victim in case.victims]
    return pages.page(
        request,
        actor,
        "case",
        status=400 if wrong else 200,
        switches=known.switches,
        case=case,
        status_words=_status(case, request.language, actor),
        group=_group(case, actor),
        reference=sealed_references.seal(case.number),
        restricted=restriction.restriction_of(case, actor.settings),
        homes={
            (source, at.origin): {part: getattr(at, part) for part in PARTS}
            for victim in case.victims
            for source, at in (("report", victim), ("desk", victim.corrected))
        },
        shown=case_people.shown,
        no_home=dict.fromkeys(PARTS, ""),
        people=persons,
        names={v.origin: f"{v.first_name} {v.last_name}" for v in case.victims},
        where={line.key: line.shown for person in persons for line in person.lines},
        told=sorted(told, key=_newest),
        several=sum(n.state in (*HOLDABLE, *RESENDABLE) for n in told) > 1,
        holdable=HOLDABLE,
        resendable=RESENDABLE,
        tasks={n.id: _task(n, actor) for n in told if n.state is State.HELD},
        pick=PICK,
        done=came_to(request.query),
        mailed=State.MAILED,
        letter=letter,
        said=_said(case, told, request.language, actor) if actor.trusted else (),
        remarks=case_decisions.remarks(case),
        wrong=wrong,
    )


def _status(case: Case, language: str, actor: Actor) -> str:
    """Return the label of a case's status, the same that victims read."""
    known = actor.settings.statuses.get(case.report.status) if case.report else None
    return known.label[language] if known else ""


def _group(case: Case, actor: Actor) -> str:
    """Return the group of a case's offense, as the settings file names it."""
    group = actor.settings.offense_group(case.report.offense) if case.report else None
    return group.name.replace("_", " ") if group else ""


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


def _task(notice: Notice, actor: Actor) -> HeldTask:
    due = notice.deadline
    return HeldTask(due=due, late=due < actor.now, owner=tasks.owner(notice.id))


def _newest(notice: Notice) -> float:
    return -notice.created_at.timestamp()
