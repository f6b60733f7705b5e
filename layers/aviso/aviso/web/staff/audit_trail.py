"""The audit trail for a supervisor: who saw or changed what, of one case or on one day.

A page reads only as many rows as it shows, however long the trail is. Viewing the trail is recorded
in it too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from msgspec.structs import replace

from aviso.domain.model import AuditEntry, Case
from aviso.domain.people import name_of
from aviso.domain.text import normal_number
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.storage import audit, cases, staff_accounts
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages, sealed_references

LINES = 50  # on one page
EARLIEST = date(2020, 1, 1)  # no row is older; the calendar's own first day has no day before
STAFF = "staff:"
CONTACT = "contact:"  # the actor who used a link in a message, or texted
REFUSED = "refused:"  # the prefix of an action, before the address that was asked for
# Actors that are not members: prefix in the trail -> a key of the desk's words.
OTHERS = {
    "operator:": "desk_trail_operator",
    "visit:": "desk_trail_visit",
    "visitor": "desk_trail_visitor",
    "nobody": "desk_trail_nobody",
    "sign_in_guard": "desk_trail_guard",
}


class Concerned(Frozen, frozen=True, kw_only=True):
    """The case and the victim of a row, and what else it is about."""

    case: str
    reference: str
    victim: str
    about: str


class TrailLine(Frozen, frozen=True, kw_only=True):
    """What somebody did in a minute, in words; a look at a list is a row for each case on it."""

    at: datetime
    who: str
    whose: str  # a member's reference in an address, for their rows alone
    did: str
    what: str  # the act's reference in an address, for its rows alone
    of: tuple[Concerned, ...]


def show(request: Request, actor: Actor) -> Response:
    """Return a page of the trail: of the case in the address (sealed), otherwise of a day."""
    if "c" not in request.query:
        return _of_day(request, actor)
    number = sealed_references.unseal(request.query["c"])
    if not number:
        raise LookupError("no such case")
    return _of_case(request, number, actor)


def submit(request: Request, actor: Actor) -> Response:
    """Go to the trail of the typed case number; rows may exist when the case is gone."""
    number = normal_number(request.form.get("number", ""))
    if not re.fullmatch(actor.settings.agency.case_number_pattern, number):
        return _of_day(request, actor, wrong=True)
    return redirect(f"trail?c={sealed_references.seal(number)}")


def _of_case(request: Request, number: str, actor: Actor) -> Response:
    actor.note("trail_viewed", number)
    after = sealed_references.place(request.query.get("after", ""), number)
    found, end = audit.page_of_case(number, LINES, after, _wanted(request))
    case = cases.read_case(number)
    others = {*case.numbers} - {number}
    return _page(
        request,
        actor,
        found,
        next_page=sealed_references.seal_place(end, number) if end else "",
        case=case,
        number=number,
        also={other: sealed_references.seal(other) for other in sorted(others)},
        here={"c": sealed_references.seal(number)},
    )


def _of_day(request: Request, actor: Actor, *, wrong: bool = False) -> Response:
    zone = actor.settings.agency.zone
    today = actor.today
    day = max(EARLIEST, min(_day(request.query.get("day", ""), today), today))
    begins, ends = (datetime.combine(day + timedelta(days=more), time(), zone) for more in (0, 1))
    actor.note("trail_viewed", "", subject=day.isoformat())
    after = sealed_references.place(request.query.get("after", ""), day.isoformat())
    found, end = audit.page_of_day(begins, ends, LINES, after, _wanted(request))
    return _page(
        request,
        actor,
        found,
        next_page=sealed_references.seal_place(end, day.isoformat()) if end else "",
        day=day,
        today=today,
        before=day - timedelta(days=1) if day > EARLIEST else None,
        next=day + timedelta(days=1) if day < today else None,
        wrong=wrong,
        here={"day": day.isoformat()},
    )


def _wanted(request: Request) -> audit.RowsWanted:
    whose = sealed_references.unseal(request.query.get("who", ""))
    action = sealed_references.unseal(request.query.get("what", ""))
    return audit.RowsWanted(actor=whose, action=action, changes="changes" in request.query)


def _day(typed: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return otherwise


def _page(
    request: Request,
    actor: Actor,
    found: Sequence[AuditEntry],
    case: Case | None = None,
    **values: Any,
) -> Response:
    ids = {entry.actor.removeprefix(STAFF) for entry in found if entry.actor.startswith(STAFF)}
    ids |= {entry.subject.partition(":")[0] for entry in found if entry.action in ABOUT_ACCOUNTS}
    names = {
        id: account.name for id, account in staff_accounts.accounts(ids).items() if account.name
    }
    words = pages.strings(request.language)
    victims = {victim.origin: name_of(victim) for victim in (case.victims if case else ())}
    return pages.page(
        request,
        actor,
        "trail",
        status=400 if values.get("wrong") else 200,
        lines=folded(line_of(entry, names, victims, words) for entry in found),
        first_page="after" not in request.query,
        changes="changes" in request.query,
        whose=request.query.get("who", ""),
        what=request.query.get("what", ""),
        **{"number": "", "also": {}, "day": None, "wrong": False, **values},
    )


# Actions whose subject begins with an account's id.
ABOUT_ACCOUNTS = frozenset(
    {
        *("account_locked", "account_released", "account_roles_changed"),
        *("account_started_again", "account_replaced", "task_assigned"),
    }
)


def line_of(
    entry: AuditEntry,
    names: Mapping[str, str],
    victims: Mapping[str, str],
    words: Mapping[str, str],
) -> TrailLine:
    """Return a row in words.

    Args:
        names: account id -> its name, when known.
        victims: origin id -> name, of the case shown.
    """
    # The hash of a contact's address says nothing to a reader.
    about = "" if entry.actor.startswith(CONTACT) else entry.subject
    if entry.action in ABOUT_ACCOUNTS:
        id, colon, rest = about.partition(":")
        about = f"{names.get(id, id)}{colon}{rest}"
    return TrailLine(
        at=entry.at,
        who=who(entry.actor, names, words),
        whose=sealed_references.seal(entry.actor) if entry.actor.startswith(STAFF) else "",
        did=did(entry.action, words),
        what=sealed_references.seal(entry.action),
        of=(
            Concerned(
                case=entry.case,
                reference=sealed_references.seal(entry.case) if entry.case else "",
                victim=victims.get(entry.victim, entry.victim),
                about=about,
            ),
        ),
    )


def folded(lines: Iterable[TrailLine]) -> list[TrailLine]:
    """Return one line for what a person did again within a minute, which reads as one time."""
    found: dict[tuple[datetime, str, str], TrailLine] = {}
    for line in lines:
        name = (line.at.replace(second=0, microsecond=0), line.who, line.did)
        first = found.get(name)
        found[name] = replace(first, of=first.of + line.of) if first else line
    return [*found.values()]


def who(actor: str, names: Mapping[str, str], words: Mapping[str, str]) -> str:
    """Return who acted, by the name that colleagues know; for a stranger, what is known."""
    if actor.startswith(STAFF):
        id = actor.removeprefix(STAFF)
        return names.get(id, id)
    for start, key in OTHERS.items():
        if actor.startswith(start):
            return words[key].format(name=actor.removeprefix(start))
    return actor


def did(action: str, words: Mapping[str, str]) -> str:
    """Return an action in words; one without words as it is, because nothing may be left out."""
    if action.startswith(REFUSED):
        return words["desk_did_refused"].format(page=action.removeprefix(REFUSED))
    return words.get(f"desk_did_{action}", action)
