"""Ending held notices: released, or told by a person, after a reason is given."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from aviso.domain.notice import State
from aviso.domain.staff import Member
from aviso.domain.value import Frozen
from aviso.staff import notice_decisions
from aviso.staff.actor import By
from aviso.storage import cases, notices
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import pages, task_filters, tasks
from aviso.web.staff.confirmation import confirmed, why
from aviso.web.staff.release_preview import Foreseen, Held, foreseen, may_go_together
from aviso.web.staff.selection import PICK, picked


class Line(Frozen, frozen=True, kw_only=True):
    """One held notice on the page that asks for the reason."""

    id: str
    number: str
    kind: str
    reason: str
    would: Foreseen


def release(request: Request, member: Member, now: datetime) -> Response:
    """Release the selected notices, after a reason is given: a message cannot be called back.

    Notices of several people are refused, unless one ordinary reason holds them all.
    """
    by = By.of(member, now)
    held = _held(picked(request.form), by)
    if not may_go_together(held, by.settings):
        return _page(request, by, "release", held, together=False)
    return _ended(request, by, "release", held, notice_decisions.release)


def telephoned(request: Request, member: Member, now: datetime) -> Response:
    """End the selected notices, after a member wrote whom they told, and how."""
    by = By.of(member, now)
    return _ended(request, by, "telephoned", _held(picked(request.form), by), notice_decisions.told)


def _ended(
    request: Request,
    by: By,
    does: str,
    held: Sequence[Held],
    act: Callable[[Mapping[str, str], str, By], Counter[str]],
) -> Response:
    ids = picked(request.form)
    if not ids:
        return tasks.back(request, {})
    if said := why(request):
        return tasks.back(request, act({id: request.form[f"{PICK}{id}"] for id in ids}, said, by))
    return _page(request, by, does, held)


def _page(
    request: Request, by: By, does: str, held: Sequence[Held], *, together: bool = True
) -> Response:
    """Return the page that asks for the reason, or says why the act is refused; it names people."""
    by.note("tasks_viewed", "")
    by.note_each("case_viewed", list(dict.fromkeys((h.case.number, h.notice.victim) for h in held)))
    return pages.page(
        request,
        by.member,
        "end_tasks",
        status=200 if together else 400,
        does=does,
        together=together,
        missing=confirmed(request),
        lines=[_line(one, by) for one in held],
        pick=PICK,
        back=task_filters.chosen(request.form) | {"c": request.form.get("c", "")},
    )


def _held(ids: Sequence[str], by: By) -> list[Held]:
    """Return those of the notices that are held and on a case that the member may see."""
    waiting = [n for n in map(notices.read, ids) if n and n.state is State.HELD]
    known = {number: cases.read_case(number) for number in {n.case for n in waiting}}
    return [Held(notice=n, case=known[n.case]) for n in waiting if by.may_see(known[n.case])]


def _line(held: Held, by: By) -> Line:
    return Line(
        id=held.notice.id,
        number=held.case.number,
        kind=held.notice.kind.value,
        reason=held.notice.reason,
        would=foreseen(held, by),
    )
