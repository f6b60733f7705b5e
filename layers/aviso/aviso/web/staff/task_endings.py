"""Ending held notices: released, or told by a person, after a reason is given."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from aviso.domain.notice import OfficersWord, State
from aviso.domain.officers_word import WAYS
from aviso.domain.value import Frozen
from aviso.staff import notice_decisions
from aviso.staff.actor import Actor
from aviso.staff.home_letters import CaseNotice, is_guarded
from aviso.storage import cases, notices
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import pages
from aviso.web.staff.confirmation import checked_home, confirmed, why
from aviso.web.staff.next_task import go_on
from aviso.web.staff.release_preview import (
    Foreseen,
    count_people,
    homes,
    may_be_told_together,
    may_go_together,
    released,
)
from aviso.web.staff.sealed_references import seal
from aviso.web.staff.selection import NONE_PICKED, PICK, address, picked
from aviso.web.staff.task_return import back, carried, where
from aviso.web.staff.work_queue import key_of

OFFICER = "officer"  # who told, and not the member
OF_WORD = ("officer", "way", "date", "time")
HOW = ("phone", "person")  # how a member told somebody: only the first is a call
LONGEST_NAME = 100


class EndingLine(Frozen, frozen=True, kw_only=True):
    """One held notice on the page that asks for the reason."""

    id: str
    number: str
    to: str  # the address of its case
    kind: str
    reason: str
    would: Foreseen


def release(request: Request, actor: Actor) -> Response:
    """Release the selected notices, after a reason is given: a message cannot be called back.

    Notices of several people are refused, unless one ordinary reason holds them all. If a letter
    may go to a home that may not be safe to write to, the member must say that they checked it.
    """
    held = _held(picked(request.form), actor)
    if not may_go_together(held, actor.settings):
        return _page(request, actor, "release", held, together=False)
    guarded = [one for one in held if is_guarded(one, actor.settings)]  # the others need no look
    home = homes(released(one, actor) for one in guarded)
    checked = checked_home(request, home)
    if why(request) and home and not checked:
        return _page(request, actor, "release", held)

    def act(shown: Mapping[str, str], said: str, actor: Actor) -> Counter[str]:
        return notice_decisions.release(shown, said, actor, home_checked=checked)

    return _ended(request, actor, "release", held, act)


def telephoned(request: Request, actor: Actor) -> Response:
    """End the selected notices, after a member said whom they told, and chose how.

    Somebody on a restricted case, or whom it is not safe to contact, is told alone.
    """
    held = _held(picked(request.form), actor)
    if not may_be_told_together(held, actor.settings):
        return _page(request, actor, "telephoned", held, together=False)
    in_person, word = request.form.get("how") == "person", officers_word(request, actor)
    told = partial(notice_decisions.told, in_person=in_person, word=word)
    return _ended(request, actor, "telephoned", held, told)


def officers_word(request: Request, actor: Actor) -> OfficersWord | None:
    """Return what a form says of an officer who told somebody; None where a part is missing."""
    said = request.form.get("how") == OFFICER
    return word_of(request.form, request.form.get(OFFICER, ""), actor) if said else None


def word_of(form: Mapping[str, str], officer: str, actor: Actor) -> OfficersWord | None:
    """Return what a form says of how and when this officer told; None where a part is missing."""
    way, day, hour = (form.get(name, "").strip() for name in OF_WORD[1:])
    officer = officer.strip()
    try:
        at = datetime.fromisoformat(f"{day}T{hour}").replace(tzinfo=actor.settings.agency.zone)
    except ValueError:
        return None
    return OfficersWord(officer[:LONGEST_NAME], way, at) if officer and way in WAYS else None


def whom_told(request: Request, actor: Actor) -> str:
    """Return the note of how a member told somebody; empty when how, or whom, is not said.

    The case's page names whom in a field. The page for several people has it in the text.
    """
    who, how, text = request.form.get("who", ""), request.form.get("how", ""), why(request)
    words = pages.strings(request.language)
    if how == OFFICER:
        word = officers_word(request, actor)
        return f"{note_of(word, request)} {text}" if word else ""
    if not confirmed(request) or how not in HOW or not (who or text):
        return ""
    said = words[f"desk_told_by_{how}"].format(name=who) if who else f"{words[f'desk_how_{how}']}:"
    return f"{said} {text}".strip()


def note_of(word: OfficersWord, request: Request) -> str:
    """Return an officer's word as a note on the case."""
    words = pages.strings(request.language)
    return f"{words['desk_told_by_officer']}: {word.officer}, {words[f'desk_way_{word.how}']}."


def _ended(
    request: Request,
    actor: Actor,
    does: str,
    held: Sequence[CaseNotice],
    act: Callable[[Mapping[str, str], str, Actor], Counter[str]],
) -> Response:
    ids = picked(request.form)
    if not ids:
        return back(request, NONE_PICKED)
    if said := whom_told(request, actor) if does == "telephoned" else why(request):
        shown = {id: request.form.get(f"{PICK}{id}", "") for id in ids}
        return go_on(request, actor, lambda: act(shown, said, actor))
    return _page(request, actor, does, held)


def _page(
    request: Request, actor: Actor, does: str, held: Sequence[CaseNotice], *, together: bool = True
) -> Response:
    """Return the page that asks for the reason, or says why the act is refused; it names people."""
    actor.note("tasks_viewed", "")
    actor.note_each(
        "case_viewed", list(dict.fromkeys((h.case.number, h.notice.victim) for h in held))
    )
    lines = [_line(one, actor) for one in held]
    home = homes(line.would for line in lines) if does == "release" else ""
    return pages.page(
        request,
        actor,
        "end_tasks",
        status=200 if together else 400,
        does=does,
        together=together,
        missing=confirmed(request) and not (does == "release" and why(request)),
        home=home,
        home_checked=checked_home(request, home),
        home_missing=confirmed(request) and not checked_home(request, home),
        lines=lines,
        several=count_people(held) > 1,
        how=HOW,
        how_said=request.form.get("how", ""),
        ways=WAYS,
        officer={name: request.form.get(name, "") for name in OF_WORD},
        why_said=request.form.get("why", ""),
        reaching=sum(bool(line.would.rungs) for line in lines),
        pick=PICK,
        fields=carried(request.form),
        back=where(request.form),
    )


def _held(ids: Sequence[str], actor: Actor) -> list[CaseNotice]:
    """Return those of the notices that are held and on a case that the member may see."""
    waiting = [n for n in map(notices.read, ids) if n and n.state is State.HELD]
    known = {number: cases.read_case(number) for number in {n.case for n in waiting}}
    return [
        CaseNotice(notice=n, case=known[n.case]) for n in waiting if actor.may_see(known[n.case])
    ]


def _line(held: CaseNotice, actor: Actor) -> EndingLine:
    return EndingLine(
        id=held.notice.id,
        number=held.case.shown,
        to=address(
            "case", {}, c=seal(held.case.number), v=key_of(held.notice.case, held.notice.victim)
        ),
        kind=held.notice.kind.value,
        reason=held.notice.reason,
        would=released(held, actor),
    )


def untell(request: Request, actor: Actor) -> Response:
    """Take back, from a case's page, that somebody was told."""
    return back(request, notice_decisions.untell(picked(request.form), actor) or NONE_PICKED)
