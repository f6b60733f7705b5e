"""Taking an act on tasks back: told by mistake, assigned, unassigned; and whom it was about."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from aviso.domain.former_ids import as_now
from aviso.staff import notice_decisions, task_assignment
from aviso.staff.actor import Actor, TaskOutcome
from aviso.storage import cases, notices
from aviso.storage.inbox_entries import is_entry
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import queue_lines, sealed_references
from aviso.web.staff.selection import NONE_PICKED, came_to, picked
from aviso.web.staff.task_return import back

MOST_UNDONE = 60  # notices that one link takes back: their ids are in its address
MOST_NAMED = 10  # notices whose people the page names: each costs a read of the notice and the case
UNDO = "undo"  # the kind of sealed reference
TOLD = "told"  # may be taken back for `notice_decisions.TAKE_BACK`
UNDOABLE = (TOLD, "taken", "given_back", "assigned")
REASSIGN = timedelta(hours=1)  # how long an assignment may be taken back


def seal(outcome: TaskOutcome, actor: Actor) -> str:
    """Return the reference by which an act can be taken back; empty when it cannot.

    It has who did it, when, and which tasks the act changed and can restore. A task that was told
    or assigned at another moment is not part of it. Empty for inbox entries and for many tasks.
    """
    does = next((name for name in UNDOABLE if outcome.counts.get(name)), "")
    ids = outcome.restores
    if not does or not ids or len(ids) > MOST_UNDONE or any(map(is_entry, ids)):
        return ""
    was = {
        "does": does,
        "ids": " ".join(ids),
        "mine": " ".join(id for id, owner in ids.items() if owner),
        "owner": outcome.owner,
        "by": actor.audit_name,
        "at": actor.now.isoformat(),
    }
    return sealed_references.seal_place(was, UNDO)


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
    """Take an act of the member's own back; each task is checked as for any other act."""
    was = sealed_references.place(request.form.get(UNDO, ""), UNDO)
    if "at" not in was:
        raise RefusedError(400)
    if was["by"] != actor.audit_name:
        raise RefusedError(403)
    ids, at = was["ids"].split(), datetime.fromisoformat(was["at"])
    if was["does"] == TOLD:
        return back(request, notice_decisions.untell(ids, actor, at=at))
    if actor.now - at > REASSIGN:
        return back(request, {"too_late": len(ids)})
    return back(request, _reassign(ids, was, actor))


def _reassign(ids: Sequence[str], was: Mapping[str, str], actor: Actor) -> Counter[str]:
    """Give tasks back to who had them before the act: the member, or nobody."""
    mine = was["mine"].split()
    others = [id for id in ids if id not in mine]
    return task_assignment.reassign(mine, was["owner"], actor.name, actor) + (
        task_assignment.reassign(others, was["owner"], "", actor)
    )


def untell(request: Request, actor: Actor) -> Response:
    """Take back, from a case's page, that somebody was told."""
    return back(request, notice_decisions.untell(picked(request.form), actor) or NONE_PICKED)
