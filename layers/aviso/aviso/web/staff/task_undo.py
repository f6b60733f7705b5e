"""Taking an act on tasks back: told by mistake, assigned, unassigned; and whom it was about."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from aviso.domain.former_ids import as_now
from aviso.domain.staff import Colleague
from aviso.staff import notice_decisions, task_assignment
from aviso.staff.actor import Actor
from aviso.storage import cases, notices, tasks
from aviso.storage.inbox_entries import is_entry
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import queue_lines, sealed_references
from aviso.web.staff.selection import NONE_PICKED, came_to, picked
from aviso.web.staff.task_return import back

MOST_UNDONE = 60  # notices that one link takes back: their ids are in its address
MOST_NAMED = 10  # notices whose people the page names: each costs a read of the notice and the case
UNDO = "undo"  # the kind of sealed reference
TAKEN_BACK: Mapping[str, Callable[[Sequence[str], Actor], Counter[str]]] = {
    "told": notice_decisions.untell,
    "taken": task_assignment.give_back,
    "given_back": task_assignment.take,
}
ASSIGNED = "assigned"


def undoable(ids: Sequence[str], actor: Actor) -> dict[str, list[str]]:
    """Return which notices each act could change so that taking it back restores them.

    Call it before the act. Taking back makes a task nobody's that was taken, and the member's own
    that was given back. So it is only for tasks that were so before: not for a colleague's task
    that was taken over, and not for one that the member had already. Empty for too many notices.
    """
    if len(ids) > MOST_UNDONE or any(map(is_entry, ids)):
        return {}
    owners = {id: tasks.owner(id) for id in ids}
    return {
        "told": list(ids),
        "taken": [id for id, owner in owners.items() if not owner],
        "given_back": [id for id, owner in owners.items() if owner == actor.name],
    }


def seal(outcome: Mapping[str, int], able: Mapping[str, Sequence[str]]) -> str:
    """Return the reference by which an act can be taken back; empty when it cannot.

    Args:
        outcome: of the act.
        able: what `undoable` returned before the act.
    """
    does = next((name for name in TAKEN_BACK if outcome.get(name)), "")
    if not (ids := able.get(does)):
        return ""
    return sealed_references.seal_place({"does": does, "ids": " ".join(ids)}, UNDO)


def assign(ids: Sequence[str], colleague: Colleague, actor: Actor) -> tuple[Counter[str], str]:
    """Assign tasks to a colleague; return what came of it, and the reference to take it back.

    The reference is empty when a task was another colleague's before: it would be nobody's after.
    """
    few = len(ids) <= MOST_UNDONE and not any(map(is_entry, ids))
    owners = {id: tasks.owner(id) for id in ids} if few else {}
    outcome = task_assignment.assign(ids, colleague, actor)
    if not outcome[ASSIGNED] or not owners or not {"", actor.name}.issuperset(owners.values()):
        return outcome, ""
    was = {"does": ASSIGNED, "ids": " ".join(ids), "by": actor.name, "to": colleague.name}
    mine = " ".join(id for id, owner in owners.items() if owner == actor.name)
    return outcome, sealed_references.seal_place(was | {"mine": mine}, UNDO)


def named(query: Mapping[str, str], actor: Actor) -> dict[str, str]:
    """Return the outcome of an act that an address has, with the names of whom it was about.

    Empty for many notices, and when the act did not do the same to all of them.

    The names are read now, because no address has a name. A member is told no name of a case that
    they may not see.
    """
    was = sealed_references.place(query.get(UNDO, ""), UNDO)
    ids = was.get("ids", "").split()
    if len(ids) > MOST_NAMED or came_to(query) != {was.get("does"): len(ids)}:
        return {}
    found: dict[tuple[str, str], str] = {}
    for notice in filter(None, map(notices.read, ids)):
        case = cases.read_case(notice.case)
        (now,) = as_now(case, [notice])
        name = queue_lines.name_of(case.victim(now.victim))
        if not name or not actor.may_see(case):
            return {}  # names of some of them would say that the others were left out
        found[case.number, now.victim] = name
    if found:
        actor.note_each("tasks_viewed", list(found))
    return {was["does"]: ", ".join(found.values())} if found else {}


def undo(request: Request, actor: Actor) -> Response:
    """Take an act back; each task is checked as for any other act."""
    was = sealed_references.place(request.form.get(UNDO, ""), UNDO)
    if not was:
        raise RefusedError(400)
    if was["does"] == ASSIGNED:
        return back(request, _unassign(was, actor))
    return back(request, TAKEN_BACK[was["does"]](was["ids"].split(), actor))


def _unassign(was: Mapping[str, str], actor: Actor) -> Counter[str]:
    """Give tasks back to who had them before the member assigned them: the member, or nobody."""
    if was["by"] != actor.name:
        raise RefusedError(403)
    mine = was["mine"].split()
    others = [id for id in was["ids"].split() if id not in mine]
    return task_assignment.reassign(mine, was["to"], actor.name, actor) + task_assignment.reassign(
        others, was["to"], "", actor
    )


def untell(request: Request, actor: Actor) -> Response:
    """Take back, from a case's page, that somebody was told."""
    return back(request, notice_decisions.untell(picked(request.form), actor) or NONE_PICKED)
