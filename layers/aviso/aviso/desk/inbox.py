"""What came in and waits for a person: text messages, early sign-ups, rejected rows of the feed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from aviso import early
from aviso.access import Verified
from aviso.desk import pages, references
from aviso.desk.acting import By, open_case
from aviso.errors import EnrollmentInvalid
from aviso.models import Case, Victim
from aviso.staff import Member
from aviso.store import cases, guards, inbox
from aviso.store.inbox import EarlySignUp
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect

MOST = 50  # of each kind on the page, the oldest first
LEVEL = "desk"  # a person at the desk found out who signed up


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp:
    """One early sign-up as the page shows it."""

    id: str
    at: datetime
    reason: str
    number: str
    reference: str
    last_name: str
    birth_dates: tuple[date, ...]  # several when day and month can be read either way
    contacts: tuple[str, ...]
    victims: tuple[Victim, ...]


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return the page; sign-ups for restricted cases are counted for those who may not see them."""
    return _page(request, By.of(member, now))


def _page(request: Request, by: By, wrong: str = "") -> Response:
    sign_ups, hidden = _sign_ups(by)
    for number in sorted({sign_up.number for sign_up in sign_ups}) or [""]:
        by.note("inbox_viewed", number)  # whose names, birth dates and contacts were seen
    return pages.page(
        request,
        by.member,
        "inbox",
        status=400 if wrong else 200,
        replies=inbox.replies(MOST),
        sign_ups=sign_ups,
        hidden=hidden,
        rejected=inbox.rejected(MOST),
        counts=inbox.count(),
        most=MOST,
        wrong=wrong,
    )


def _sign_ups(by: By) -> tuple[Sequence[SignUp], int]:
    waiting = inbox.early(MOST)
    read = [(sign_up, cases.read_case(sign_up.number)) for sign_up in waiting]
    shown = [_sign_up(sign_up, case) for sign_up, case in read if by.may_see(case)]
    return shown, len(read) - len(shown)


def _sign_up(sign_up: EarlySignUp, case: Case) -> SignUp:
    data = sign_up.data
    return SignUp(
        id=sign_up.id,
        at=sign_up.at,
        reason=sign_up.reason,
        number=case.number,
        reference=references.seal(case.number),
        last_name=str(data["last_name"]),
        birth_dates=tuple(date.fromisoformat(day) for day in data["birth_dates"]),
        contacts=tuple(str(asked["address"]) for asked in data["asked"]),
        victims=case.victims,
    )


def reply(request: Request, member: Member, now: datetime) -> Response:
    """Take a text message off the inbox, as read or as the wish to get no more."""
    by = By.of(member, now)
    found = inbox.reply_one(request.form.get("reply", ""))
    match request.form.get("do", ""):
        case "read":
            inbox.reply_read(found.id, by.record("reply_read", "", subject=found.id))
        case "stop":
            if guards.started_since(found.address_key, found.at):
                return _page(request, by, "desk_reply_started")
            if request.form.get("confirmed") != "yes":
                return _confirm(request, by, "reply_stop")
            about = f"{found.id}: {found.address_key}"
            inbox.reply_stopped(found, by.record("reply_stopped", "", subject=about))
        case _:
            raise RefusedError(400)
    return redirect("inbox")


def rejected(request: Request, member: Member, now: datetime) -> Response:
    """Take a feed file's rejected rows off the inbox, as mended."""
    file = request.form.get("file", "")
    by = By.of(member, now)
    inbox.rejected_seen(file, by.record("rejected_rows_seen", "", subject=file))
    return redirect("inbox")


def sign_up(request: Request, member: Member, now: datetime) -> Response:
    """Tie an early sign-up to a victim of its case, or turn it down, once that is confirmed."""
    by = By.of(member, now)
    waiting = inbox.early_one(request.form.get("sign_up", ""))
    case = open_case(waiting.number, by)
    does = request.form.get("do", "")
    if does not in ("early_tie", "early_drop"):
        raise RefusedError(400)
    victim = case.victim(request.form.get("victim", ""))
    if does == "early_tie" and victim is None:
        return _page(request, by, "desk_early_whose")
    if request.form.get("confirmed") != "yes":
        return _confirm(request, by, does)
    if does == "early_drop" or victim is None:
        inbox.early_done(waiting.id, by.record("early_sign_up_dropped", case.number))
        return redirect("inbox")
    try:
        wanted = early.tied(case, Verified(victim, LEVEL), waiting.data, by.settings)
    except EnrollmentInvalid:
        return _page(request, by, "desk_early_too_many")
    record = by.record("early_sign_up_tied", case.number, victim.origin)
    inbox.early_tied(waiting.id, case.number, wanted, case.enrollment(victim.origin), record)
    return redirect("inbox")


def _confirm(request: Request, by: By, what: str) -> Response:
    return pages.page(request, by.member, "confirm", what=what, fields=_fields(request.form))


def _fields(form: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in form.items() if k not in ("csrf", "lang", "confirmed")}
