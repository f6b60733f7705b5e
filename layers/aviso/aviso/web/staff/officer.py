"""The one page of an officer: their cases, what the victims were told, and "I told them"."""

from aviso.domain.model import Case, Kind
from aviso.domain.officers_word import WAYS, untold
from aviso.staff import officers_cases
from aviso.staff.actor import Actor
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import case_timeline, pages, queue_lines, sealed_references, task_endings
from aviso.web.staff.case import case_named
from aviso.web.staff.selection import PICK, address, came_to, picked


def show(request: Request, actor: Actor) -> Response:
    """Return an officer's cases, or the one that the address names."""
    if request.query.get("c"):
        return _page(request, case_named(request.query, actor), actor)
    found = [
        (
            sealed_references.seal(case.number),
            case,
            queue_lines.offense_of(case, request.language, actor),
        )
        for case in officers_cases.assigned(actor)
    ]
    return pages.page(request, actor, "officer", found=found, case=None, wrong=False)


def _page(request: Request, case: Case, actor: Actor, *, wrong: bool = False) -> Response:
    actor.note("case_viewed", case.number)
    at = officers_cases.with_notices(case, actor)
    # Not the desk's notes: they may say where a victim is. Nor what shows a sign-up or a plan.
    news = [notice for notice in at.told if notice.kind.rank or notice.corrects]
    known = case_timeline.known(case, news, (), (), "")
    now = actor.now.astimezone(actor.settings.agency.zone)
    return pages.page(
        request,
        actor,
        "officer",
        status=400 if wrong else 200,
        wrong=wrong,
        done=came_to(request.query),
        case=case,
        reference=sealed_references.seal(case.number),
        people=[
            (queue_lines.name_of(victim), one.told, untold(at, victim))
            for one in known
            if (victim := case.victim(one.victim))
        ],
        rights=Kind.FIRST_CONTACT,
        ways=WAYS,
        pick=PICK,
        today=now.date().isoformat(),
        hour=now.strftime("%H:%M"),
    )


def tell(request: Request, actor: Actor) -> Response:
    """Record what an officer told a victim, and how and when."""
    case, ids = case_named(request.form, actor), picked(request.form)
    name = case.report.assigned if case.report else ""
    word = task_endings.word_of(request.form, name or actor.name, actor)
    if word is None or not ids:
        return _page(request, case, actor, wrong=True)
    at, note = officers_cases.with_notices(case, actor), task_endings.note_of(word, request)
    done = officers_cases.tell(ids, word, note, at, actor)
    return redirect(address("officer", done, c=request.form["c"]))
