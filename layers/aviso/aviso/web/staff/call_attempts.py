"""Calls from the case's page: a number to call, nobody reached, or the task handed over."""

from collections import Counter

from aviso.domain.staff import CallOutcome
from aviso.staff import acts, calls, case_decisions, task_assignment
from aviso.staff.actor import Actor
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages
from aviso.web.staff.act import victim_named
from aviso.web.staff.case import case_page
from aviso.web.staff.next_task import go_on
from aviso.web.staff.selection import picked


def not_reached(request: Request, actor: Actor) -> Response:
    """Log a call that told nobody, and go on to the next task; the task stays where it is."""
    case, victim = victim_named(request, actor)
    outcome = request.form.get("outcome", "")
    if outcome not in list(CallOutcome):
        raise RefusedError(400)

    def act() -> Counter[str]:
        text = request.form.get("text", "").strip()
        calls.not_reached(case, victim, CallOutcome(outcome), text, actor)
        return Counter(called=1)

    return go_on(request, actor, act)


def hand_over(request: Request, actor: Actor) -> Response:
    """Leave a task to colleagues, with a note of what they must know, and go on to the next.

    Only a task of the member's own is given back. One that nobody has is with colleagues already:
    the note is all that it needs. For a colleague's, the next page says that it was not changed.
    """
    case, _ = victim_named(request, actor)
    ids = picked(request.form)

    def act() -> Counter[str]:
        noted: Counter[str] = Counter()
        if text := request.form.get("text", "").strip():
            case_decisions.remark(case, text, actor)
            noted["noted"] = 1
        outcome = task_assignment.give_back(ids, actor)
        if noted:
            del outcome["nobodys"]
        return noted + outcome

    return go_on(request, actor, act)


def show_phone(request: Request, actor: Actor) -> Response:
    """Show a phone once to a member who names who said that it is safe to call."""
    case, victim = victim_named(request, actor)
    line = case_people.line_of(case, victim, request.form.get("line", ""), actor)
    if not (said := request.form.get("why", "").strip()):
        return case_page(request, case, actor, wrong="desk_asked_missing")
    words = pages.strings(request.language)["desk_asked_note"]
    note = words.format(name=said, end=line.shown[-2:])
    case_decisions.reveal(acts.SHOW_PHONE, case, victim, note, actor)
    return case_page(request, case, actor, asked=(victim.origin, line.key))
