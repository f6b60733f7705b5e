"""Taking an act on tasks back: told by mistake, assigned, unassigned."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from aviso.staff import notice_decisions, task_assignment
from aviso.staff.actor import Actor
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import sealed_references
from aviso.web.staff.selection import NONE_PICKED, picked
from aviso.web.staff.task_return import back

MOST_UNDONE = 60  # notices that one link takes back: their ids are in its address
UNDO = "undo"  # the kind of sealed reference
TAKEN_BACK: Mapping[str, Callable[[Sequence[str], Actor], Counter[str]]] = {
    "told": notice_decisions.untell,
    "taken": task_assignment.give_back,
    "given_back": task_assignment.take,
}


def seal(outcome: Mapping[str, int], ids: Sequence[str]) -> str:
    """Return the reference by which an act can be taken back; empty when it cannot."""
    does = next((name for name in TAKEN_BACK if outcome.get(name)), "")
    if not does or len(ids) > MOST_UNDONE:
        return ""
    return sealed_references.seal_place({"does": does, "ids": " ".join(ids)}, UNDO)


def undo(request: Request, actor: Actor) -> Response:
    """Take an act back; each task is checked as for any other act."""
    was = sealed_references.place(request.form.get(UNDO, ""), UNDO)
    if not was:
        raise RefusedError(400)
    return back(request, TAKEN_BACK[was["does"]](was["ids"].split(), actor))


def untell(request: Request, actor: Actor) -> Response:
    """Take back, from a case's page, that somebody was told."""
    return back(request, notice_decisions.untell(picked(request.form), actor) or NONE_PICKED)
