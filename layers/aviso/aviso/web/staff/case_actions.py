"""Acts on a case from its page; an act that cannot simply be taken back asks for confirmation."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from aviso.domain import letter_address, restriction
from aviso.domain.errors import Conflict
from aviso.domain.model import Case, Suspect, Victim
from aviso.domain.notice import Notice
from aviso.domain.people import is_silenced, name_of, spoken_for
from aviso.domain.speakers import told_instead
from aviso.notices.receipts import TOLD_OTHERWISE
from aviso.staff import case_decisions, notice_decisions, suspect_decisions
from aviso.staff.actor import Actor
from aviso.staff.home_letters import CaseNotice, is_guarded
from aviso.storage import cases, notices
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import case_people, pages, release_preview, sealed_references, task_filters
from aviso.web.staff.case import case_named, case_page
from aviso.web.staff.confirmation import ask, carried, checked_home, confirmed, why
from aviso.web.staff.permissions import may
from aviso.web.staff.release_preview import Foreseen
from aviso.web.staff.selection import PICK, address, picked
from aviso.web.staff.task_return import back, where

# What a supervisor decides about a suspect's entry, as the confirmation names it.
JUDGES: Mapping[str, Callable[[Case, Suspect, str, Actor], None]] = {
    "suspect_cleared": suspect_decisions.clear_suspect,
    "suspect_again": suspect_decisions.suspect_again,
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
    return confirm(request, actor, "resend", telling, would=_resent(request, actor))


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
        if _is_of(notice, case)
    ]


def returned(request: Request, actor: Actor) -> Response:
    """Record a returned letter after confirmation; say so when that changes nothing.

    The letter is the one that the page showed: another may have been posted since.
    """
    if not confirmed(request):
        return confirm(request, actor, "returned")
    letter = request.form.get("letter", "")
    if notice_decisions.returned(request.form.get("notice", ""), letter, actor) == TOLD_OTHERWISE:
        case = case_named(request.form, actor)
        return case_page(request, case, actor, wrong="desk_told_otherwise")
    return back(request)


def unsafe(request: Request, actor: Actor) -> Response:
    """Mark a contact unsafe, after a reason is given."""
    case, victim = victim_named(request, actor)
    address = case_people.address_of(case, victim, request.form.get("line", ""), actor)
    instead = _speaks_instead(case, victim, address, actor)
    if instead and not may(actor.roles, "POST", "/capacity"):
        return case_page(request, case, actor, wrong="desk_speakers_contact_supervisor")
    if not (said := why(request)):
        what = "unsafe_instead" if instead else "unsafe"
        heard = "" if instead else heard_by(case, victim, actor)
        return confirm(request, actor, what, whose=asks_whose(address), heard=heard)
    case_decisions.mark_unsafe(case, victim, address, said, actor)
    if was_never_theirs(request, address):
        case_decisions.never_theirs(case, victim, address, actor)
    return back(request)


def safe(request: Request, actor: Actor) -> Response:
    """Take back that a contact is unsafe, after a reason is given."""
    return _judge(request, actor, "safe", case_decisions.mark_safe)


def restore(request: Request, actor: Actor) -> Response:
    """Take back a "this is not me" about a contact, after a reason is given."""
    return _judge(request, actor, "restore", case_decisions.restore)


def resume(request: Request, actor: Actor) -> Response:
    """Allow messages to an email again whose owner ended them and wants them back."""
    return _judge(request, actor, "resume", case_decisions.resume, only="@")


def _judge(
    request: Request,
    actor: Actor,
    name: str,
    act: Callable[[Case, Victim, str, str, Actor], None],
    only: str = "",
) -> Response:
    """Apply an act to a contact, after a reason is given; its address must contain `only`."""
    case, victim = victim_named(request, actor)
    address = case_people.address_of(case, victim, request.form.get("line", ""), actor)
    if only not in address:
        raise LookupError("no such contact")
    instead = _speaks_instead(case, victim, address, actor)
    if instead and not may(actor.roles, "POST", "/capacity"):
        return case_page(request, case, actor, wrong="desk_speakers_contact_supervisor")
    if not (said := why(request)):
        heard = "" if instead or name == "resume" else heard_by(case, victim, actor)
        return confirm(request, actor, f"{name}_instead" if instead else name, heard=heard)
    act(case, victim, address, said, actor)
    return back(request)


def _speaks_instead(case: Case, victim: Victim, address: str, actor: Actor) -> bool:
    """Whether an address is of somebody who is told in the place of a victim who cannot act.

    Only those who say that a victim cannot act decide about it: nobody of the victim's own can
    contradict (docs/rules.md#23).
    """
    silenced = is_silenced(victim)
    return silenced and case_people.reaches_speaker(case, victim, address, actor)


def heard_by(case: Case, victim: Victim, actor: Actor, *, ended: str = "") -> str:
    """Return who is told of a change of a victim's contact: the others, or who speaks instead.

    Args:
        ended: the contact of somebody who speaks no more after the change.
    """
    if victim in spoken_for(case, victim, actor.today):
        return "desk_heard_own"
    others = told_instead(actor.at(case), victim).keys() - {ended}
    return "desk_heard_told" if others else "desk_heard_nobody"


def suspect(request: Request, actor: Actor) -> Response:
    """Say that a suspect's entry is wrong, or right after all, after a reason is given.

    The form says which of the two was confirmed, not the entry's current state: otherwise a second
    click, or a faster colleague, would make this do the opposite.
    """
    case = case_named(request.form, actor)
    entry = next((s for s in case.suspects if s.origin == request.form.get("suspect")), None)
    if entry is None:
        raise LookupError("no such suspect")
    does = "suspect_again" if entry.cleared else "suspect_cleared"
    wanted = request.form.get("do", "" if confirmed(request) else does)
    if wanted not in JUDGES:
        raise RefusedError(400)
    if wanted != does:
        return back(request)  # it already is so
    if not (said := why(request)):
        return confirm(request, actor, does, {"do": does})
    JUDGES[does](case, entry, said, actor)
    return back(request)


def reveal(request: Request, actor: Actor) -> Response:
    """Show a confidential home once, to a supervisor who gave a reason (docs/rules.md#24)."""
    case, victim = victim_named(request, actor)
    if not (said := why(request)):
        return confirm(request, actor, "reveal")
    case_decisions.reveal_home(case, victim, said, actor)
    return case_page(request, case, actor, revealed=victim.origin)


def note(request: Request, actor: Actor) -> Response:
    """Keep a note on a case."""
    case = case_named(request.form, actor)
    if text := request.form.get("text", ""):
        case_decisions.remark(case, text, actor)
    return back(request)


def restrict(request: Request, actor: Actor) -> Response:
    """Restrict a case after confirmation: it ends visits and holds what is unsent."""
    case = case_named(request.form, actor)
    if not confirmed(request):
        return confirm(request, actor, "restrict")
    case_decisions.restrict(case, actor)
    if actor.trusted:
        return back(request)
    return redirect(address("tasks", {}, **task_filters.narrowed(request.form)))


def lift(request: Request, actor: Actor) -> Response:
    """Lift a restriction, after a reason is given: what was held is sent.

    A lift is permanent, so it applies only to the reason of the restriction that was shown when it
    was confirmed; when another reason came up since, a supervisor is asked again.
    """
    case = case_named(request.form, actor)
    reason = restriction.restriction_of(case, actor.settings)
    if not reason:
        return back(request)  # a colleague was faster
    if not (said := why(request)):
        words = pages.strings(request.language)
        why_so = words.get(f"desk_restricted_{reason}", reason)
        return confirm(request, actor, "lift", {"restriction": reason}, also=[why_so])
    if request.form.get("restriction") != reason:
        raise Conflict("it is restricted for another reason by now")
    case_decisions.lift(case, said, actor)
    return back(request)


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


def confirm(
    request: Request,
    actor: Actor,
    what: str,
    shown: Mapping[str, str] = MappingProxyType({}),
    *,
    whose: str = "",
    also: Sequence[str] = (),
    would: Sequence[Foreseen] = (),
    speakers: Mapping[str, str] = MappingProxyType({}),
    heard: str = "",
) -> Response:
    """Ask for confirmation; the answer brings back the fields of `shown`.

    Args:
        what: the act, as the desk's words name it.
        whose: a contact, for the question whether it ever was the victim's.
        also: more lines that say what the act is about.
        would: whom each of the selected notices would reach.
        speakers: who may answer for a victim who cannot, by id; see `answering`.
        heard: who is told of the act, a key of the desk's words; empty: the page's text says it.
    """
    fields = {**carried(request.form), **shown}
    if not sealed_references.unseal(fields.get("c", "")):
        raise RefusedError(400)
    case = case_named(request.form, actor)
    actor.note("case_viewed", case.number)  # it names a person, and may be the only page seen
    return ask(
        request,
        actor,
        what,
        fields,
        about=_about(request, case, actor),
        lines=[*_lines(request, case), *also],
        would=would,
        home=release_preview.homes(would),
        speakers=speakers,
        heard=heard,
        whose=whose,
        theirs=request.form.get("theirs", ""),
        back=where(request.form),
    )


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
    if notice is None or not _is_of(notice, case):
        return []
    told = case.victim(notice.victim)
    name = [name_of(told)] if told else []
    return [words[f"desk_kind_{notice.kind}"], *name]


def _is_of(notice: Notice, case: Case) -> bool:
    return notice.case in case.numbers
