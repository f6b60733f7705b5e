"""The work queue's page, and acts on many of its tasks at once."""

from collections.abc import Mapping, Sequence

from aviso.domain.reasons import TOGETHER
from aviso.domain.value import Frozen
from aviso.providers import cognito_users
from aviso.staff import task_assignment
from aviso.staff.actor import Actor
from aviso.storage import inbox, saved_views, tasks
from aviso.storage.tasks import Wanted
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import pages, queue_lines, task_filters, work_queue
from aviso.web.staff.selection import NONE_PICKED, PICK, ROW, came_to, picked
from aviso.web.staff.task_return import back, carried, where
from aviso.web.staff.work_queue import QueueRow

LINES = 50  # people on one page


class QueuePage(Frozen, frozen=True, kw_only=True):
    """One page of a list: which rows of how many."""

    rows: Sequence[QueueRow]
    number: int  # from 1
    first: int  # the first row's place in the list, from 1; 0 in an empty list
    last: int
    of: int

    @property
    def more(self) -> bool:
        """Whether there is a next page."""
        return self.last < self.of


def page_of(rows: Sequence[QueueRow], asked: str) -> QueuePage:
    """Return the page of a list that an address asks for; the nearest when there is none."""
    pages_in_all = max(1, -(-len(rows) // LINES))
    number = min(max(int(asked), 1), pages_in_all) if asked.isdecimal() else 1
    begin = (number - 1) * LINES
    shown = rows[begin : begin + LINES]
    first = begin + 1 if shown else 0
    return QueuePage(rows=shown, number=number, first=first, last=begin + len(shown), of=len(rows))


def show(request: Request, actor: Actor) -> Response:
    """Return a page of people to be told, most urgent first."""
    waiting = tasks.waiting()
    narrow = task_filters.narrowed(request.query)
    found = page_of(work_queue.rows(waiting, narrow, actor), request.query.get("page", ""))
    lines = queue_lines.lines(found.rows, narrow, request.language, actor)
    actor.note_each("tasks_viewed", [(line.number, line.victim) for line in lines] or [("", "")])
    seen = work_queue.seen_by(waiting, actor)
    restricted = work_queue.people(waiting) - work_queue.people(seen)
    return pages.page(
        request,
        actor,
        "tasks",
        held=waiting,
        lines=lines,
        found=found,
        hidden=len(found.rows) - len(lines) + restricted,
        many=len(waiting) >= tasks.MOST_WAITING,
        tabs=work_queue.tabs(waiting, narrow, actor),
        tab=task_filters.tab_of(narrow),
        narrow=narrow,
        chosen=task_filters.chosen(request.query),
        choices=_choices(actor),
        views=saved_views.list_views(actor.id),
        together=narrow.get("held_for") in TOGETHER,
        all_picked="all" in request.query,
        done=came_to(request.query),
        in_my_inbox=_in_my_inbox(narrow, actor),
        row=ROW,
    )


def _in_my_inbox(narrow: Mapping[str, str], actor: Actor) -> int:
    """Return how many inbox entries are the member's, for the page of the member's own tasks."""
    if narrow.get("whose") != "mine":
        return 0
    return sum(inbox.count(Wanted(owner=actor.name)).values())


def _choices(actor: Actor) -> dict[str, tuple[str, ...]]:
    """Return the page's filters: only some members see restricted cases."""
    return {
        name: of for name, of in task_filters.CHOICES.items() if name != "cases" or actor.trusted
    }


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
            back=where(request.form),
            fields=carried(request.form) | {f"{PICK}{id}": "yes" for id in ids},
        )
    colleague = cognito_users.find(name)
    if not (colleague.enabled and colleague.does_cases):
        raise RefusedError(400)  # the page's list does not offer them
    return back(request, task_assignment.assign(ids, colleague, actor))
