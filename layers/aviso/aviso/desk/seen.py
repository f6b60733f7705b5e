"""What members of the desk have seen to in the inbox: one or many at once, and opened again."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime

from aviso.desk import concerns, pages, tasks
from aviso.desk.acting import By
from aviso.desk.inbox import MOST, line, note_seen, visible
from aviso.desk.picks import PICK, picked
from aviso.errors import Conflict, NotTheirs
from aviso.staff import Member
from aviso.store import inbox
from aviso.store.entries import Entry, Kept, RejectedRows, Reply
from aviso.store.guards import KEEP_SEEN
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect

# What a row of the audit trail calls it. An early sign-up is tied or turned down instead.
SEEN: dict[type[Entry], str] = {Reply: "reply_read", RejectedRows: "rejected_rows_seen"}


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return what was seen to in the last days, the latest first."""
    by = By.of(member, now)
    found, hidden = visible(inbox.seen(now), by)
    note_seen("inbox_seen_viewed", (case for _, its_cases in found for case in its_cases), by)
    return pages.page(
        request,
        member,
        "seen",
        lines=[(line(entry, its_cases, by), entry.seen_at) for entry, its_cases in found],
        hidden=hidden,
        most=MOST,
        days=KEEP_SEEN.days,
        all_picked="all" in request.query,
        done=tasks.came_to(request.query),
        pick=PICK,
    )


def mark(request: Request, member: Member, now: datetime) -> Response:
    """Take the picked texts and files off the inbox, as seen to."""
    by = By.of(member, now)

    def act(entry: Kept) -> str:
        if type(entry) not in SEEN:
            raise RefusedError(400)
        concerns.theirs(entry, by)
        record = by.record(SEEN[type(entry)], "", subject=entry.id)
        inbox.see_to(entry, member.name, now, record)
        return "seen"

    return tasks.back(request, _each(request, inbox.one, act, by))


def open_again(request: Request, member: Member, now: datetime) -> Response:
    """Put what was picked back into the inbox, due when it was."""
    by = By.of(member, now)

    def act(entry: Kept) -> str:
        concerns.theirs(entry, by)
        inbox.open_again(entry, by.record("inbox_opened_again", "", subject=entry.name))
        return "opened_again"

    outcome = _each(request, inbox.one_seen, act, by)
    query = "&".join(f"{name}={count}" for name, count in sorted(outcome.items()))
    return redirect(f"seen?{query}" if query else "seen")


def _each(
    request: Request, find: Callable[[str], Kept], act: Callable[[Kept], str], by: By
) -> Counter[str]:
    """Do the same to each picked entry; return how many came to what."""

    def one(name: str) -> str:
        try:
            entry = find(name)
        except LookupError:
            return "held_no_more"
        try:
            return act(entry)
        except NotTheirs as error:
            return by.refused(error)
        except Conflict:
            return "held_no_more"

    return Counter(map(one, picked(request.form)))
