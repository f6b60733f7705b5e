"""Acts on a case from its page; an act that cannot simply be taken back asks for confirmation."""

from collections.abc import Callable, Mapping
from functools import partial

from aviso.domain import letter_address, restriction
from aviso.domain.errors import Conflict
from aviso.domain.model import Case, Victim
from aviso.domain.people import is_silenced
from aviso.domain.reasons import words_of, worst_first
from aviso.notices.receipts import TOLD_OTHERWISE
from aviso.staff import acts, case_decisions, notice_decisions
from aviso.staff.actor import Actor
from aviso.staff.acts import Act
from aviso.staff.home_letters import CaseNotice, is_guarded
from aviso.storage import cases, notices
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import case_people, pages, release_preview, task_filters
from aviso.web.staff.act import confirm, heard_by, is_of, settle, victim_named
from aviso.web.staff.case import case_named, case_page
from aviso.web.staff.confirmation import Confirmation, checked_home, confirmed
from aviso.web.staff.permissions import may
from aviso.web.staff.release_preview import Foreseen
from aviso.web.staff.selection import PICK, address, picked
from aviso.web.staff.task_return import back

OnContact = Callable[[Case, Victim, str, str, Actor], None]
# The acts on a contact of a victim, by the path of their form.
ON_CONTACT: Mapping[str, tuple[Act, OnContact]] = {
    "/unsafe": (acts.UNSAFE, case_decisions.mark_unsafe),
    "/safe": (acts.SAFE, case_decisions.mark_safe),
    "/restore": (acts.RESTORE, case_decisions.restore),
    "/resume": (acts.RESUME, case_decisions.resume),
}


def hold(request: Request, actor: Actor) -> Response:
    """Hold the selected notices."""
    return back(request, notice_decisions.hold(picked(request.form), actor))


def resend(request: Request, actor: Actor) -> Response:
    """Send the selected notices again after confirmation; a second click reports the first.

    The page says whom each would reach. If a letter may go to a home that may not be safe to write
    to, the member must say that they checked it.
    """
    shown = {id: request.form[f"{PICK}{id}"] for id in picked(request.form)}
    home = _homes(request, actor)
    checked = checked_home(request, home)
    if not shown or (confirmed(request) and (checked or not home)):
        return back(request, notice_decisions.resend(shown, actor, home_checked=checked))
    found = list(filter(None, map(notices.read, shown)))
    telling = {
        f"{PICK}{n.id}": shown[n.id] if confirmed(request) else notice_decisions.telling(n)
        for n in found
    }
    question = Confirmation(act=acts.RESEND, fields=telling, would=_resent(request, actor))
    return confirm(request, actor, question)


def _homes(request: Request, actor: Actor) -> str:
    """Return the homes to which the member must say that a letter is safe."""
    found = filter(None, map(notices.read, picked(request.form)))
    chosen = [CaseNotice(notice=n, case=cases.read_case(n.case)) for n in found]
    seen = [one for one in chosen if actor.may_see(one.case) and is_guarded(one, actor.settings)]
    return release_preview.homes(release_preview.resent(one, actor) for one in seen)


def _resent(request: Request, actor: Actor) -> list[Foreseen]:
    """Return whom each of the selected notices of this case would reach now."""
    case = case_named(request.form, actor)
    found = filter(None, map(notices.read, picked(request.form)))
    return [
        release_preview.resent(CaseNotice(notice=notice, case=case), actor)
        for notice in found
        if is_of(notice, case)
    ]


def returned(request: Request, actor: Actor) -> Response:
    """Record a returned letter after confirmation; say so when that changes nothing.

    The letter is the one that the page showed: another may have been posted since.
    """

    def do(_: str, actor: Actor) -> Response | None:
        notice, letter = request.form.get("notice", ""), request.form.get("letter", "")
        if notice_decisions.returned(notice, letter, actor) != TOLD_OTHERWISE:
            return None
        case = case_named(request.form, actor)
        return case_page(request, case, actor, wrong="desk_told_otherwise")

    return settle(request, actor, Confirmation(act=acts.RETURN), do)


def contact(request: Request, actor: Actor) -> Response:
    """Judge a contact of a victim, after a reason is given.

    Only those who say that a victim cannot act decide about a contact of somebody who is told in
    the victim's place: nobody of the victim's own can contradict (docs/rules.md#23).
    """
    act, change = ON_CONTACT[request.path]
    case, victim = victim_named(request, actor)
    address = case_people.address_of(case, victim, request.form.get("line", ""), actor)
    if act is acts.RESUME and "@" not in address:  # the owner of a phone texts START
        raise LookupError("no such contact")
    instead = is_silenced(victim) and case_people.reaches_speaker(case, victim, address, actor)
    if instead and not may(actor.roles, "POST", "/capacity"):
        return case_page(request, case, actor, wrong="desk_speakers_contact_supervisor")
    question = Confirmation(
        act=act,
        words=f"{act.name}_instead" if instead else "",
        heard="" if instead or act is acts.RESUME else heard_by(case, victim, actor),
        whose=asks_whose(address) if act is acts.UNSAFE else "",
    )

    def do(said: str, actor: Actor) -> None:
        change(case, victim, address, said, actor)
        if act is acts.UNSAFE and was_never_theirs(request, address):
            case_decisions.never_theirs(case, victim, address, actor)

    return settle(request, actor, question, do)


def suspect(request: Request, actor: Actor) -> Response:
    """Say that a suspect's entry is wrong, or right after all, after a reason is given.

    The form says which of the two was confirmed, not the entry's current state: otherwise a second
    click, or a faster colleague, would make this do the opposite.
    """
    case = case_named(request.form, actor)
    entry = next((s for s in case.suspects if s.origin == request.form.get("suspect")), None)
    if entry is None:
        raise LookupError("no such suspect")
    act = acts.SUSPECT_AGAIN if entry.cleared else acts.CLEAR_SUSPECT
    wanted = request.form.get("do", "" if confirmed(request) else act.name)
    if wanted not in (acts.SUSPECT_AGAIN.name, acts.CLEAR_SUSPECT.name):
        raise RefusedError(400)
    if wanted != act.name:
        return back(request)  # it already is so
    question = Confirmation(act=act, fields={"do": act.name})
    return settle(request, actor, question, partial(case_decisions.judge_suspect, case, entry, act))


def reveal(request: Request, actor: Actor) -> Response:
    """Show a confidential home once, to a supervisor who gave a reason (docs/rules.md#24)."""
    case, victim = victim_named(request, actor)

    def do(said: str, actor: Actor) -> Response:
        case_decisions.reveal(acts.REVEAL, case, victim, said, actor)
        return case_page(request, case, actor, revealed=victim.origin)

    return settle(request, actor, Confirmation(act=acts.REVEAL), do)


def note(request: Request, actor: Actor) -> Response:
    """Keep a note on a case."""
    case = case_named(request.form, actor)
    if text := request.form.get("text", ""):
        case_decisions.remark(case, text, actor)
    return back(request)


def restrict(request: Request, actor: Actor) -> Response:
    """Restrict a case after confirmation: it ends visits and holds what is unsent."""
    case = case_named(request.form, actor)

    def do(_: str, actor: Actor) -> Response | None:
        case_decisions.restrict(case, actor)
        narrow = task_filters.narrowed(request.form)
        return None if actor.trusted else redirect(address("tasks", {}, **narrow))

    return settle(request, actor, Confirmation(act=acts.RESTRICT), do)


def lift(request: Request, actor: Actor) -> Response:
    """Lift a restriction, after a reason is given: what was held is sent.

    It applies only to the reasons that were shown when it was confirmed. When they are others by
    now, a supervisor is asked again.
    """
    case = case_named(request.form, actor)
    seen = restriction.reasons_of(case, actor.settings)
    if not seen:
        return back(request)  # a colleague was faster
    words, holds = pages.strings(request.language), worst_first(reason.hold for reason in seen)

    def do(said: str, actor: Actor) -> None:
        if request.form.get("restriction") != words_of(seen):
            raise Conflict("it is restricted for other reasons by now")
        case_decisions.lift(case, seen, said, actor)

    why_so = [words.get(f"desk_{hold}", hold) for hold in holds]
    question = Confirmation(act=acts.LIFT, fields={"restriction": words_of(seen)}, also=why_so)
    return settle(request, actor, question, do)


def asks_whose(address: str) -> str:
    """Return the phone or email for the question whether it ever was the victim's; else empty.

    A letter that went to a wrong home is told again when somebody records its return.
    """
    is_phone_or_email = address.startswith("+") or "@" in address
    return (
        case_people.shown(address)
        if is_phone_or_email and not letter_address.is_home(address)
        else ""
    )


def was_never_theirs(request: Request, address: str) -> bool:
    """Whether a member said that a phone or email never was the victim's; "not known" is no."""
    return bool(asks_whose(address)) and request.form.get("theirs") == "no"
