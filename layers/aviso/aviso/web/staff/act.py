"""The one way of every act on a case: find what a form is about, ask, do it, lead back."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from aviso.domain.model import Case, Victim
from aviso.domain.notice import Notice
from aviso.domain.people import name_of, spoken_for
from aviso.domain.speakers import told_instead
from aviso.staff.actor import Actor
from aviso.staff.acts import WHY
from aviso.storage import notices
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages, sealed_references
from aviso.web.staff.case import case_named
from aviso.web.staff.confirmation import Confirmation, ask, carried, confirmed, why
from aviso.web.staff.selection import picked
from aviso.web.staff.task_return import back, where


def settle(
    request: Request,
    actor: Actor,
    question: Confirmation,
    do: Callable[[str, Actor], Response | None],
) -> Response:
    """Ask an act's question; once it is answered, do the act and lead back to its form.

    Args:
        do: takes the reason, empty for an act that needs none; may return another page.
    """
    said = why(request, question.speakers)
    if said if question.act.asks is WHY else confirmed(request):
        return do(said, actor) or back(request)
    return confirm(request, actor, question)


def victim_named(request: Request, actor: Actor) -> tuple[Case, Victim]:
    """Return the case and the victim that a form names.

    Raises:
        LookupError: when there is no such case or victim.
        NotTheirs: when the member may not work on the case.
    """
    case = case_named(request.form, actor)
    victim = case.victim(request.form.get("victim", ""))
    if victim is None:
        raise LookupError("no such victim")
    return case, victim


def heard_by(case: Case, victim: Victim, actor: Actor, *, ended: str = "") -> str:
    """Return who is told of a change of a victim's contact: the others, or who speaks instead.

    Args:
        ended: the contact of somebody who speaks no more after the change.
    """
    if victim in spoken_for(case, victim, actor.today):
        return "desk_heard_own"
    others = told_instead(actor.at(case), victim).keys() - {ended}
    return "desk_heard_told" if others else "desk_heard_nobody"


def confirm(request: Request, actor: Actor, question: Confirmation) -> Response:
    """Return the page that asks an act's question."""
    fields = {**carried(request.form), **question.fields}
    if not sealed_references.unseal(fields.get("c", "")):
        raise RefusedError(400)
    case = case_named(request.form, actor)
    actor.note("case_viewed", case.number)  # it names a person, and may be the only page seen
    also = [*_lines(request, case), *question.also]
    whole = replace(question, fields=fields, about=_about(request, case, actor), also=also)
    return ask(request, actor, whole, where(request.form))


def _about(request: Request, case: Case, actor: Actor) -> list[str]:
    """Return what a confirmation is about: the case, and whose contact, notice or entry."""
    words = pages.strings(request.language)
    about = [words["desk_case_number"].format(number=case.shown)]
    if victim := case.victim(request.form.get("victim", "")):
        about.append(name_of(victim))
        if line := request.form.get("line", ""):
            about.append(case_people.line_of(case, victim, line, actor).shown)
    suspects = (s for s in case.suspects if s.origin == request.form.get("suspect"))
    about += map(name_of, suspects)
    about += _told(request.form.get("notice", ""), case, words)
    return about


def _lines(request: Request, case: Case) -> list[str]:
    """Return one line for each of the selected notices."""
    words = pages.strings(request.language)
    told = (_told(id, case, words) for id in picked(request.form))
    return [": ".join(parts) for parts in told if parts]


def _told(id: str, case: Case, words: Mapping[str, str]) -> list[str]:
    """Return a notice of this case in words: its kind and its victim."""
    notice = notices.read(id) if id else None
    if notice is None or not is_of(notice, case):
        return []
    told = case.victim(notice.victim)
    name = [name_of(told)] if told else []
    return [words[f"desk_kind_{notice.kind}"], *name]


def is_of(notice: Notice, case: Case) -> bool:
    """Whether a notice is of a case, under any of its numbers."""
    return notice.case in case.numbers
