"""Ending held notices: released, or told by a person, after a reason is given."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from aviso.domain.notice import State
from aviso.domain.value import Frozen
from aviso.staff import notice_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases, notices
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import pages
from aviso.web.staff.confirmation import confirmed, why
from aviso.web.staff.next_task import go_on
from aviso.web.staff.release_preview import Foreseen, Held, foreseen, may_go_together
from aviso.web.staff.selection import NONE_PICKED, PICK, picked
from aviso.web.staff.task_return import back, carried, where


class EndingLine(Frozen, frozen=True, kw_only=True):
    """One held notice on the page that asks for the reason."""

    id: str
    number: str
    kind: str
    reason: str
    would: Foreseen


def release(request: Request, actor: Actor) -> Response:
    """Release the selected notices, after a reason is given: a message cannot be called back.

    Notices of several people are refused, unless one ordinary reason holds them all.
    """
    held = _held(picked(request.form), actor)
    if not may_go_together(held, actor.settings):
        return _page(request, actor, "release", held, together=False)
    return _ended(request, actor, "release", held, notice_decisions.release)


def telephoned(request: Request, actor: Actor) -> Response:
    """End the selected notices, after a member wrote whom they told, and how."""
    told = partial(notice_decisions.told, in_person=request.form.get("how") == "person")
    return _ended(request, actor, "telephoned", _held(picked(request.form), actor), told)


def whom_told(request: Request) -> str:
    """Return whom a member told and how, as the case's page has it in fields; empty without."""
    who, how = request.form.get("who", ""), request.form.get("how", "")
    words = pages.strings(request.language)
    if not confirmed(request) or not who or f"desk_told_by_{how}" not in words:
        return why(request)
    return " ".join((words[f"desk_told_by_{how}"].format(name=who), why(request))).strip()


def _ended(
    request: Request,
    actor: Actor,
    does: str,
    held: Sequence[Held],
    act: Callable[[Mapping[str, str], str, Actor], Counter[str]],
) -> Response:
    ids = picked(request.form)
    if not ids:
        return back(request, NONE_PICKED)
    if said := whom_told(request) if does == "telephoned" else why(request):
        shown = {id: request.form.get(f"{PICK}{id}", "") for id in ids}
        return go_on(request, actor, ids, lambda: act(shown, said, actor))
    return _page(request, actor, does, held)


def _page(
    request: Request, actor: Actor, does: str, held: Sequence[Held], *, together: bool = True
) -> Response:
    """Return the page that asks for the reason, or says why the act is refused; it names people."""
    actor.note("tasks_viewed", "")
    actor.note_each(
        "case_viewed", list(dict.fromkeys((h.case.number, h.notice.victim) for h in held))
    )
    lines = [_line(one, actor) for one in held]
    return pages.page(
        request,
        actor,
        "end_tasks",
        status=200 if together else 400,
        does=does,
        together=together,
        missing=confirmed(request),
        lines=lines,
        reaching=sum(bool(line.would.rungs) for line in lines),
        pick=PICK,
        fields=carried(request.form),
        back=where(request.form),
    )


def _held(ids: Sequence[str], actor: Actor) -> list[Held]:
    """Return those of the notices that are held and on a case that the member may see."""
    waiting = [n for n in map(notices.read, ids) if n and n.state is State.HELD]
    known = {number: cases.read_case(number) for number in {n.case for n in waiting}}
    return [Held(notice=n, case=known[n.case]) for n in waiting if actor.may_see(known[n.case])]


def _line(held: Held, actor: Actor) -> EndingLine:
    return EndingLine(
        id=held.notice.id,
        number=held.case.number,
        kind=held.notice.kind.value,
        reason=held.notice.reason,
        would=foreseen(held, actor),
    )
