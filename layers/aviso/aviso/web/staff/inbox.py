"""What came in and waits for a person: text messages, early sign-ups, rejected rows of the feed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

from aviso.content import dates
from aviso.domain import restriction, text
from aviso.domain.errors import Conflict, EnrollmentInvalid
from aviso.domain.model import Case
from aviso.domain.people import name_of
from aviso.domain.value import Frozen
from aviso.notices.monitoring import TASK_DAYS
from aviso.staff import acts, case_decisions, inbox_cases, sign_up_candidates
from aviso.staff.actor import Actor, open_case
from aviso.staff.acts import Act
from aviso.staff.inbox_cases import Known
from aviso.staff.sign_up_candidates import Asker
from aviso.storage import inbox, suppressions
from aviso.storage.case_decisions import CaseDecision
from aviso.storage.inbox_entries import EarlySignUp, Kept, RejectedRows, Reply
from aviso.victims import early_sign_up
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages, sealed_references, task_filters
from aviso.web.staff.confirmation import Confirmation, ask, carried, confirmed, why
from aviso.web.staff.selection import PICK, came_to
from aviso.web.staff.task_return import back

MOST = 50  # of each kind on the page, the oldest first
AT_ONCE = 100  # rows of the audit trail written in one call


class Left(Frozen, frozen=True, kw_only=True):
    """A contact that somebody left before the report, and whether it is safe."""

    address: str
    safe: bool


class InboxLine(Frozen, frozen=True, kw_only=True):
    """One entry as the page shows it, with its due time and its owner."""

    name: str
    at: datetime
    due: datetime
    late: bool
    owner: str
    phone: str = ""  # or an email, as people write it
    text: str = ""
    maybe_stop: bool = False
    asks_for: str = ""  # by the portal, instead of a text
    unproved: bool = False  # a wish to stop by a link that proves nothing, instead of a text
    cases: tuple[Known, ...] = ()
    reason: str = ""
    last_name: str = ""
    birth_dates: tuple[date, ...] = ()  # several when day and month can be swapped
    contacts: tuple[Left, ...] = ()
    askers: tuple[Asker, ...] = ()
    behind: int = 0  # how many more signed up for the same case
    restricted: bool = False  # as its case is now, not as it was when this became a task
    file: str = ""
    rows: int = 0
    doubtful: int = 0
    first: tuple[Mapping[str, Any], ...] = ()  # line, column and code of rejected rows
    refused: str = ""
    about: str = ""
    waits: bool = False  # a supervisor may accept the file as it is
    accepted_by: str = ""


def show(request: Request, actor: Actor) -> Response:
    """Return the page; entries a member may not see (restricted cases) are only counted."""
    return _page(request, actor)


def _page(request: Request, actor: Actor, wrong: str = "") -> Response:
    choice = task_filters.chosen(request.query or request.form)
    wanted = task_filters.wanted(choice, actor, TASK_DAYS)
    texts, no_texts, _ = visible(inbox.replies(wanted), actor)
    early_ones, no_early, _ = visible(inbox.early(wanted), actor)
    lines = {
        "replies": [line(entry, found, actor) for entry, found in texts],
        "early": [line(entry, found, actor) for entry, found in early_ones],
        "rejected": [line(entry, (), actor) for entry in islice(inbox.rejected(wanted), MOST)],
    }
    note_seen("inbox_viewed", (case for _, found in (*texts, *early_ones) for case in found), actor)
    return pages.page(
        request,
        actor,
        "inbox",
        status=400 if wrong else 200,
        lines=lines,
        hidden={"replies": no_texts, "early": no_early, "rejected": 0},
        counts=inbox.count(wanted),
        most=MOST,
        wrong=wrong,
        chosen=choice,
        choices={name: task_filters.CHOICES[name] for name in ("whose", "due")},
        all_picked=request.query.get("all", ""),
        done=came_to(request.query),
        pick=PICK,
    )


def visible(
    found: Iterable[Kept], actor: Actor
) -> tuple[list[tuple[Kept, Sequence[Case]]], int, bool]:
    """Return the first entries that a member may see, each with its cases.

    Also return how many others were skipped on the way, and whether there are more to see. Skipped
    entries do not count against the page's limit.

    Args:
        found: the entries, in the order in which they are shown.
    """
    shown: list[tuple[Kept, Sequence[Case]]] = []
    hidden, cases_of = 0, inbox_cases.reader()
    for entry in found:
        its_cases = cases_of(entry)
        if not inbox_cases.may_see(its_cases, actor):
            hidden += 1
        elif len(shown) == MOST:
            return shown, hidden, True
        else:
            shown.append((entry, its_cases))
    return shown, hidden, False


def note_seen(action: str, found: Iterable[Case], actor: Actor) -> None:
    """Record in the audit trail the cases whose names and contacts were seen."""
    numbers = sorted({case.number for case in found}) or [""]
    for first in range(0, len(numbers), AT_ONCE):
        actor.note_each(action, [(number, "") for number in numbers[first : first + AT_ONCE]])


def line(entry: Kept, found: Sequence[Case], actor: Actor) -> InboxLine:
    """Return an entry as a page shows it, with its cases."""
    due = entry.since + TASK_DAYS
    waits: dict[str, Any] = {
        "name": entry.name,
        "due": due,
        "late": due < actor.now,
        "owner": entry.owner,
    }
    match entry:
        case Reply():
            address = inbox_cases.address_of(entry, found)
            return InboxLine(
                **waits,
                at=entry.at,
                phone=text.shown(address),
                text=entry.text,
                maybe_stop=entry.maybe_stop,
                unproved=entry.unproved,
                asks_for=entry.asks_for,
                cases=tuple(_known(case, address, entry.victim) for case in found),
            )
        case EarlySignUp():
            return InboxLine(
                **waits,
                at=entry.at,
                reason=entry.reason,
                cases=tuple(_known(case, "") for case in found),
                last_name=entry.last_name,
                behind=entry.behind,
                birth_dates=tuple(date.fromisoformat(day) for day in entry.data["birth_dates"]),
                contacts=tuple(
                    Left(address=str(asked["address"]), safe=bool(asked["safe"]))
                    for asked in entry.data["asked"]
                ),
                askers=tuple(
                    asker
                    for case in found
                    for asker in sign_up_candidates.list_candidates(case, actor)
                ),
                restricted=any(restriction.restriction_of(case, actor.settings) for case in found),
            )
        case RejectedRows():
            return InboxLine(
                **waits,
                at=entry.at,
                file=entry.file,
                rows=entry.rows,
                doubtful=entry.doubtful,
                first=entry.first,
                refused=entry.refused,
                about=entry.about,
                waits=entry.waits,
                accepted_by=entry.accepted_by,
            )


def stop(request: Request, actor: Actor) -> Response:
    """Treat a text, or a link that proves nothing, as a wish to get no more; it is confirmed."""
    found = inbox.one(request.form.get("reply", ""))
    if not isinstance(found, Reply) or found.asks_for:
        raise RefusedError(400)
    its_cases = inbox_cases.theirs(found, actor)
    if suppressions.started_since(found.address_key, found.at):
        return _page(request, actor, "desk_reply_started")
    if not confirmed(request):
        words = pages.strings(request.language)
        said = words["desk_link_stop_said"] if found.unproved else found.text
        about = [text.shown(inbox_cases.address_of(found, its_cases)), said]
        about += [words["desk_case_number"].format(number=case.shown) for case in its_cases]
        act = acts.STOP_BY_LINK if found.unproved else acts.STOP_TEXTS
        return _confirm(request, actor, act, list(filter(None, about)), its_cases)
    whose = f"{found.id}: {found.address_key}"
    record = actor.record(acts.STOP_TEXTS.audit, inbox_cases.numbers_of(its_cases), subject=whose)
    inbox.reply_stopped(found, actor.name, actor.now, record)
    return back(request, {"seen": 1})


def sign_up(request: Request, actor: Actor) -> Response:
    """Tie an early sign-up to a victim of its case, or reject it, after confirmation.

    Tying needs a reason. A tied sign-up adds only what a visitor by knowledge could add: it
    replaces no contact, and undoes neither a lock nor a waiver.
    """
    waiting = inbox.one(request.form.get("sign_up", ""))
    does = request.form.get("do", "")
    if does not in ("early_tie", "early_drop") or not isinstance(waiting, EarlySignUp):
        raise RefusedError(400)
    if request.form.get("which", waiting.at.isoformat()) != waiting.at.isoformat():
        raise Conflict("another sign-up of the same case is shown there now")
    case = open_case(waiting.number, actor)
    candidates = sign_up_candidates.list_candidates(case, actor)
    asker = sign_up_candidates.find(candidates, request.form.get("victim", ""))
    about = _about(line(waiting, [case], actor), asker, request.language)
    if does == "early_drop":
        if not confirmed(request):
            return _confirm(request, actor, acts.ACTS[does], about, [case])
        inbox.early_done(waiting, actor.record(acts.DROP_SIGN_UP.audit, case.number))
        return back(request, {})
    if (wrong := sign_up_candidates.barred(case, asker, actor)) or asker is None:
        return _page(request, actor, wrong)
    if not (said := why(request)):
        return _confirm(request, actor, acts.ACTS[does], about, [case])
    victim = asker.victim.origin
    try:
        enrolled = early_sign_up.tied(case, asker.proof, waiting.data, actor.settings, actor.now)
    except EnrollmentInvalid:
        return _page(request, actor, "desk_early_too_many")
    record = actor.record(acts.TIE_SIGN_UP.audit, case.number, victim)
    inbox.early_tied(waiting, enrolled, CaseDecision(record, case_decisions.noted(said, actor)))
    return back(request, {})


def _known(case: Case, address: str, victim: str = "") -> Known:
    return inbox_cases.known(case, address, sealed_references.seal(case.number), victim)


def _about(entry: InboxLine, asker: Asker | None, language: str) -> list[str]:
    """Return what a confirmation of a sign-up shows: the case, what was typed, whose it is."""
    words = pages.strings(language)
    days = (dates.written(day, "date", language) for day in entry.birth_dates)
    about = [
        *(words["desk_case_number"].format(number=case.number) for case in entry.cases),
        f"{words['desk_early_typed']}: {', '.join((entry.last_name, *days))}",
        *(f"{words['desk_contact']}: {_left(contact, words)}" for contact in entry.contacts),
    ]
    if asker:
        about.append(f"{words['desk_early_whose_label']}: {_name(asker, words)}")
        about += [words["desk_early_has_waived"]] if asker.waived else []
    return about


def _left(contact: Left, words: Mapping[str, str]) -> str:
    shown = case_people.shown(contact.address)
    return shown if contact.safe else f"{shown} ({words['desk_early_not_safe']})"


def _name(asker: Asker, words: Mapping[str, str]) -> str:
    victim, person = map(name_of, (asker.victim, asker.person))
    return words["desk_early_for"].format(name=person, victim=victim) if asker.speaks else victim


def _confirm(
    request: Request, actor: Actor, act: Act, about: Sequence[str], found: Sequence[Case]
) -> Response:
    note_seen("inbox_viewed", found, actor)
    fields = carried(request.form)
    return ask(request, actor, Confirmation(act=act, fields=fields, also=about))
