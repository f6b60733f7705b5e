"""The held notices, which wait for a person: a page of them, and acts on many at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aviso.domain import restriction
from aviso.domain.model import Case
from aviso.domain.value import Frozen
from aviso.providers import cognito_users
from aviso.staff import task_assignment
from aviso.staff.actor import Actor
from aviso.storage import cases, inbox, tasks
from aviso.storage.tasks import Wanted
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages, sealed_references, task_filters
from aviso.web.staff.selection import NONE_PICKED, PICK, address, came_to, picked

LINES = 50  # on one page
LIST = "tasks"  # the list's name when its places are sealed


class TaskLine(Frozen, frozen=True, kw_only=True):
    """One held notice as the page shows it."""

    id: str
    number: str
    reference: str
    kind: str
    reason: str
    due: datetime  # the notice's own deadline, set by law or by the agency
    late: bool
    owner: str
    restricted: bool


def show(request: Request, actor: Actor) -> Response:
    """Return a page of held notices, most urgent first; restricted cases only if the member may."""
    chosen = task_filters.chosen(request.query)
    wanted = task_filters.wanted(chosen, actor)
    after = sealed_references.place(request.query.get("after", ""), LIST)
    lines, hidden, end = _lines(wanted, after, actor)
    actor.note("tasks_viewed", "")
    return pages.page(
        request,
        actor,
        "tasks",
        lines=lines,
        hidden=hidden if actor.trusted else tasks.count_held(Wanted(restricted=True)) + hidden,
        count=tasks.count_held(wanted),
        inbox=inbox.count(),
        in_my_inbox=sum(inbox.count(Wanted(owner=actor.name)).values()),
        choices=_choices(actor),
        chosen=chosen,
        first_page="after" not in request.query,
        next_page=sealed_references.seal_place(end, LIST) if end else "",
        all_picked="all" in request.query,
        done=came_to(request.query),
        pick=PICK,
    )


def _choices(actor: Actor) -> dict[str, tuple[str, ...]]:
    """Return the page's filters: only some members see restricted cases."""
    return {
        name: of for name, of in task_filters.CHOICES.items() if name != "cases" or actor.trusted
    }


def _lines(
    wanted: Wanted, after: Mapping[str, str], actor: Actor
) -> tuple[list[TaskLine], int, Any]:
    """Return a page's lines, how many others are not for this member, and where the page ends."""
    known: dict[str, Case] = {}
    lines: list[TaskLine] = []
    found, end = tasks.held(wanted, LINES, after)
    for task in found:
        notice = task.notice
        case = known.get(notice.case) or cases.read_case(notice.case)
        known[notice.case] = case
        if actor.may_see(case):
            lines.append(_line(task, case, actor))
    return lines, len(found) - len(lines), end


def _line(task: tasks.HeldNotice, case: Case, actor: Actor) -> TaskLine:
    due = task.notice.deadline
    return TaskLine(
        id=task.notice.id,
        number=case.number,
        reference=sealed_references.seal(case.number),
        kind=task.notice.kind.value,
        reason=task.notice.reason,
        due=due,
        late=due < actor.now,
        owner=task.owner,
        restricted=bool(restriction.restriction_of(case, actor.settings)),
    )


def take(request: Request, actor: Actor) -> Response:
    """Take the selected tasks, take them over from a colleague, or give them back.

    They are held notices or inbox entries; a form of the inbox says that it leads back there.
    """
    ids = picked(request.form)
    match request.form.get("do", ""):
        case "take" | "take_over" as does:
            outcome = task_assignment.take(ids, actor, over=does == "take_over")
        case "give_back":
            outcome = task_assignment.give_back(ids, actor)
        case _:
            raise RefusedError(400)
    return back(request, outcome or NONE_PICKED)


def assign(request: Request, actor: Actor) -> Response:
    """Assign the selected tasks to a colleague; a page asks for the colleague first."""
    ids = picked(request.form)
    if not ids:
        return back(request, NONE_PICKED)
    if not (name := request.form.get("to", "")):
        people = [c for c in cognito_users.everyone() if c.enabled and c.does_cases]
        return pages.page(
            request,
            actor,
            "assign",
            people=people,
            fields=_where(request.form) | {f"{PICK}{id}": "yes" for id in ids},
        )
    colleague = cognito_users.find(name)
    if not (colleague.enabled and colleague.does_cases):
        raise RefusedError(400)  # the page's list does not offer them
    return back(request, task_assignment.assign(ids, colleague, actor))


def _where(form: Mapping[str, str]) -> dict[str, str]:
    """Return the list that a form was sent from, and its filters."""
    return task_filters.chosen(form) | {"list": "inbox" if form.get("list") == "inbox" else "tasks"}


def back(request: Request, outcome: Mapping[str, int]) -> Response:
    """Redirect to the case, or to the list with its filters, with the count of each outcome."""
    if (case := request.form.get("c", "")) and sealed_references.unseal(case):
        return redirect(address("case", outcome, c=case))
    where = _where(request.form)
    page = where.pop("list")
    return redirect(address(page, outcome, **{k: v for k, v in where.items() if v != "all"}))
