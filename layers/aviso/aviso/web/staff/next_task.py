"""After an act on a task: the next task of the same list."""

from collections import Counter
from collections.abc import Callable, Sequence

from aviso.staff.actor import Actor
from aviso.storage import cases, tasks
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import sealed_references, task_filters, work_queue
from aviso.web.staff.selection import address
from aviso.web.staff.task_return import back
from aviso.web.staff.work_queue import QueueRow

# With these a task is done for now; `noted` is a note for colleagues, who have the task.
DONE = frozenset({"told", "released", "called", "given_back", "noted"})


def go_on(request: Request, actor: Actor, act: Callable[[], Counter[str]]) -> Response:
    """Do an act and redirect to the next task of the list that the form came from.

    The list is read before the act, because its index is moments behind. After the last task comes
    the first that is left, and after all of them the list. An act that ended nothing stays on its
    page.
    """
    narrow = task_filters.narrowed(request.form)
    key = request.form.get("v", "")
    others = work_queue.others(tasks.waiting(), key, narrow, actor) if key else None
    outcome = act()
    if others is None or DONE.isdisjoint(outcome):
        return back(request, outcome)
    if row := _first_for(others, actor):
        here = {"c": sealed_references.seal(row.case), "v": row.key}
        return redirect(address("case", outcome, **here, **narrow))
    return redirect(address("tasks", outcome, **narrow))


def _first_for(rows: Sequence[QueueRow], actor: Actor) -> QueueRow | None:
    """Return the first row whose case the member may see."""
    return next((row for row in rows if actor.may_see(cases.read_case(row.case))), None)
