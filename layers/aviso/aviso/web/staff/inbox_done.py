"""What members have done in the inbox: mark one or many entries as done, and open them again."""

from aviso.staff import inbox_cases
from aviso.staff.actor import Actor, each
from aviso.storage import inbox
from aviso.storage.guard_items import ANSWERS, KEEP_SEEN
from aviso.storage.inbox_entries import Entry, RejectedRows, Reply
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages, sealed_references
from aviso.web.staff.inbox import line, note_seen, visible
from aviso.web.staff.selection import NONE_PICKED, PICK, address, came_to, picked
from aviso.web.staff.task_return import back

LIST = "seen"  # the list's name when its places are sealed
# The action in the audit trail. An early sign-up is tied or rejected instead.
SEEN: dict[type[Entry], str] = {Reply: "reply_read", RejectedRows: "rejected_rows_seen"}


def show(request: Request, actor: Actor) -> Response:
    """Return the entries done in the last days, the latest first."""
    after = sealed_references.place(request.query.get("after", ""), LIST)
    found, hidden, more = visible(inbox.seen(actor.now, after), actor)
    end = inbox.place_of(found[-1][0]) if more else {}
    note_seen("inbox_seen_viewed", (case for _, its_cases in found for case in its_cases), actor)
    return pages.page(
        request,
        actor,
        "seen",
        lines=[(line(entry, its_cases, actor), entry.seen_at) for entry, its_cases in found],
        hidden=hidden,
        first_page="after" not in request.query,
        next_page=sealed_references.seal_place(end, LIST) if end else "",
        days=KEEP_SEEN.days,
        all_picked="all" in request.query,
        done=came_to(request.query),
        pick=PICK,
    )


def mark(request: Request, actor: Actor) -> Response:
    """Take the selected texts and files off the inbox, as done."""

    def act(name: str) -> str:
        entry = inbox.one(name)
        if type(entry) not in SEEN or (isinstance(entry, Reply) and entry.asks_for):
            raise RefusedError(400)
        numbers = inbox_cases.numbers_of(inbox_cases.theirs(entry, actor))
        record = actor.record(SEEN[type(entry)], numbers, subject=entry.id)
        inbox.see_to(entry, actor.name, actor.now, record)
        return "seen"

    return back(request, each(picked(request.form), actor, act) or NONE_PICKED)


def answer(request: Request, actor: Actor) -> Response:
    """End what a victim asked for with its answer, which the victim then sees on the portal."""
    entry, said = inbox.one(request.form.get("reply", "")), request.form.get("said", "")
    if not isinstance(entry, Reply) or not entry.asks_for or said not in ANSWERS:
        raise RefusedError(400)
    numbers = inbox_cases.numbers_of(inbox_cases.theirs(entry, actor))
    inbox.see_to(entry, actor.name, actor.now, actor.record(said, numbers, entry.victim))
    return back(request, {"seen": 1})


def open_again(request: Request, actor: Actor) -> Response:
    """Put the selected entries back into the inbox, with their former due time."""

    def act(name: str) -> str:
        entry = inbox.one_seen(name)
        numbers = inbox_cases.numbers_of(inbox_cases.theirs(entry, actor))
        inbox.open_again(entry, actor.record("inbox_opened_again", numbers, subject=entry.name))
        return "opened_again"

    return redirect(address("seen", each(picked(request.form), actor, act) or NONE_PICKED))
