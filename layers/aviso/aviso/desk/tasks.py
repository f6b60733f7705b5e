"""What waits for a person: held notices, text messages nobody has read, rejected feed rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aviso import restriction
from aviso.desk import actions, pages, references
from aviso.desk.actions import MOST_TASKS, By
from aviso.models import Case
from aviso.staff import Member
from aviso.store import cases, desk
from aviso.watch import TASK_DAYS
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect

PICK = "pick-"  # the boxes to tick, each with its notice's id


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One held notice as the page shows it."""

    id: str
    number: str
    reference: str
    kind: str
    reason: str
    due: datetime
    late: bool
    owner: str
    restricted: bool


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return the page of tasks; restricted cases are counted for those who may not see them."""
    by = By.of(member, now)
    lines, hidden = _lines(by)
    unread = desk.replies(MOST_TASKS)
    if unread:
        by.note("replies_viewed", "")
    return pages.page(
        request,
        member,
        "tasks",
        lines=lines,
        hidden=hidden,
        replies=unread,
        rejected=desk.rejected(MOST_TASKS),
        done=_done(request),
        most=MOST_TASKS,
    )


def _done(request: Request) -> Mapping[str, int]:
    """Return what the last act came to, which rides in the address as bare numbers."""
    names = ("released", "held_no_more", "not_yours")
    return {n: int(request.query[n]) for n in names if request.query.get(n, "").isdecimal()}


def _lines(by: By) -> tuple[list[Line], int]:
    known: dict[str, Case] = {}
    lines: list[Line] = []
    hidden = 0
    for task in desk.tasks(MOST_TASKS):
        notice = task.notice
        case = known.get(notice.case) or cases.read_case(notice.case)
        known[notice.case] = case
        restricted = bool(restriction.restricted(case, by.settings))
        if restricted and not by.member.trusted:
            hidden += 1
            continue
        due = notice.deadline + TASK_DAYS
        lines.append(
            Line(
                id=notice.id,
                number=case.number,
                reference=references.seal(case.number),
                kind=notice.kind.value,
                reason=notice.reason,
                due=due,
                late=due < by.now,
                owner=task.owner,
                restricted=restricted,
            )
        )
    return lines, hidden


def take(request: Request, member: Member, now: datetime) -> Response:
    """Take a task on, or give it back."""
    actions.take(request.form.get("notice", ""), By.of(member, now))
    return redirect("tasks")


def release(request: Request, member: Member, now: datetime) -> Response:
    """Release the notices that were ticked, once that is confirmed: a message cannot come back."""
    ids = [name.removeprefix(PICK) for name in request.form if name.startswith(PICK)]
    by = By.of(member, now)
    if not ids:
        return redirect("tasks")
    if request.form.get("confirmed") != "yes":
        lines, _ = _lines(by)
        chosen = [line for line in lines if line.id in set(ids)]
        return pages.page(request, member, "release", lines=chosen, pick=PICK)
    counts = actions.release(ids, by)
    told = "&".join(f"{name}={count}" for name, count in sorted(counts.items()))
    return redirect(f"tasks?{told}")


def reply(request: Request, member: Member, now: datetime) -> Response:
    """Take a text message off the tasks, as read or as the wish to get no more."""
    by = By.of(member, now)
    id, does = request.form.get("reply", ""), request.form.get("do", "")
    found = next((r for r in desk.replies(MOST_TASKS) if r.id == id), None)
    if found is None:
        raise LookupError("no such reply")
    match does:
        case "read":
            desk.reply_read(id, by.record("reply_read", ""))
        case "stop":
            desk.reply_stopped(id, found.address_key, now, by.record("reply_stopped", ""))
        case _:
            raise RefusedError(400)
    return redirect("tasks")


def rejected(request: Request, member: Member, now: datetime) -> Response:
    """Take a feed file's rejected rows off the tasks, as mended."""
    by = By.of(member, now)
    desk.rejected_seen(request.form.get("file", ""), by.record("rejected_rows_seen", ""))
    return redirect("tasks")
