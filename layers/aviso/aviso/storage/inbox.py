"""What came in and waits for a person: unread texts, early sign-ups, rejected rows of the feed.

Each kind lies in a sparse index, so that a page of them costs no more on a busy day. So does what
was seen to in the last days, which can be opened again.
"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from aviso.domain.model import Enrollment
from aviso.domain.staff import Remark
from aviso.storage import markers
from aviso.storage.audited_change import Record, Update, change
from aviso.storage.case_decisions import remark_item
from aviso.storage.enrollments import writes
from aviso.storage.guard_items import (
    EARLY_TASK,
    KEEP_SEEN,
    KEEP_UNREAD,
    REJECTED_TASK,
    REPLY_TASK,
    SEEN_TASK,
    GuardItem,
)
from aviso.storage.inbox_entries import (
    EarlySignUp,
    Entry,
    Kept,
    RejectedRows,
    Reply,
    entry_of,
    is_entry,
)
from aviso.storage.inbox_tasks import (
    as_read,
)
from aviso.storage.suppressions import (
    older,
)
from aviso.storage.tables import Write, instant
from aviso.storage.tasks import Wanted, every, given

ALL = Wanted()
AT_ONCE = 100  # items of the index read in one call
COUNTED = {"replies": REPLY_TASK, "early": EARLY_TASK, "rejected": REJECTED_TASK}


def count(wanted: Wanted = ALL) -> dict[str, int]:
    """Return how much waits in the inbox: kind of task -> how many."""
    return {
        name: GuardItem.by_task.count(task, *_conditions(wanted)) for name, task in COUNTED.items()
    }


def replies(wanted: Wanted = ALL) -> Iterator[Reply]:
    """Yield the text messages nobody has seen to yet, the oldest first."""
    return (entry for entry in _waiting(REPLY_TASK, wanted) if isinstance(entry, Reply))


def early(wanted: Wanted = ALL) -> Iterator[EarlySignUp]:
    """Yield the early sign-ups that wait for a person, the oldest first."""
    return (entry for entry in _waiting(EARLY_TASK, wanted) if isinstance(entry, EarlySignUp))


def rejected(wanted: Wanted = ALL) -> Iterator[RejectedRows]:
    """Yield the feed files whose rejected rows nobody has seen to yet, the oldest first."""
    return (entry for entry in _waiting(REJECTED_TASK, wanted) if isinstance(entry, RejectedRows))


def _waiting(task: str, wanted: Wanted) -> Iterator[Kept]:
    yield from map(entry_of, GuardItem.by_task.query(task, *_conditions(wanted), page_size=AT_ONCE))


def one(name: str) -> Kept:
    """Return an entry that waits for a person.

    Raises:
        LookupError: when there is none of this name, or somebody has seen to it.
    """
    entry, task = _read(name)
    if task != entry.task:
        raise LookupError("it waits for nobody any more")
    return entry


def one_seen(name: str) -> Kept:
    """Return an entry that somebody has seen to in the last days.

    Raises:
        LookupError: when there is none.
    """
    entry, task = _read(name)
    if task != SEEN_TASK:
        raise LookupError("nobody has seen to it")
    return entry


def seen(now: datetime, after: dict[str, str]) -> Iterator[Kept]:
    """Yield what was seen to in the last days, the latest first.

    Args:
        now: what has expired by then is left out.
        after: the place of the entry to begin after; empty for the beginning.
    """
    last = {name: {"S": value} for name, value in (after | {"task": SEEN_TASK}).items()}
    for item in GuardItem.by_task.query(
        SEEN_TASK,
        scan_index_forward=False,
        page_size=AT_ONCE,
        last_evaluated_key=last if after else None,
    ):
        if item.expires > now:  # DynamoDB takes its time
            yield entry_of(item)


def place_of(entry: Entry) -> dict[str, str]:
    """Return the place of an entry among those that were seen to."""
    assert entry.seen_at is not None
    return {"pk": entry.name, "at": instant(entry.seen_at)}


def see_to(entry: Entry, who: str, now: datetime, record: Record) -> None:
    """Take an entry off the tasks; for some days it can be opened again.

    Args:
        entry: the entry.
        who: the member's name.
        now: when.
        record: the audit row.

    Raises:
        Conflict: when somebody else did.
    """
    change(record, _seen(entry, who, now))


def open_again(entry: Entry, record: Record) -> None:
    """Put an entry back among the tasks, due when it was.

    Raises:
        Conflict: when somebody else did.
    """
    # A text is gone at the time it had all along, so that none read late undoes a START.
    keeps = GuardItem.expires.set(entry.since + KEEP_UNREAD)
    actions: list[Action] = [
        GuardItem.task.set(entry.task),
        GuardItem.at.set(entry.since),
        GuardItem.since.remove(),
        GuardItem.owner.remove(),
        keeps if entry.task == REPLY_TASK else GuardItem.expires.remove(),
    ]
    change(record, (GuardItem(entry.name), actions, GuardItem.task == SEEN_TASK))


def assign(entry: Entry, owner: str, record: Record) -> None:
    """Name who sees to an entry; nobody when the name is empty.

    Raises:
        Conflict: when somebody has seen to it, or somebody else took it since it was read.
    """
    still = GuardItem.task == entry.task
    change(record, given(GuardItem(entry.name), owner, entry.owner, still))


def reply_stopped(reply: Reply, who: str, now: datetime, record: Record) -> None:
    """Take a text message as the wish to get no more, as of when it came, and off the tasks.

    Args:
        reply: the text.
        who: the member's name.
        now: when the member says so.
        record: the audit row.

    Raises:
        Conflict: when somebody else saw to it, or its sender texted START since.
    """
    pk = f"OPTOUT#{reply.address_key}"
    not_started = (GuardItem, f"OPTIN#{reply.address_key}", older(reply.at))
    stands = markers.marker(pk)
    newer = stands is not None and stands[0] >= reply.at
    opt_out = (GuardItem(pk, at=reply.at, source="desk"), older(reply.at))
    change(
        record,
        _seen(reply, who, now),
        saves=[] if newer else [opt_out],
        checks=[not_started],
    )


def texts() -> Iterator[Reply]:
    """Yield every text of the last months that is kept, seen to or not, the oldest first."""
    yield from replies()
    for item in GuardItem.by_task.query(SEEN_TASK):
        if isinstance(entry := entry_of(item), Reply):
            yield entry


def forget(reply: Reply) -> None:
    """Delete a text for good."""
    GuardItem(reply.name).delete()


def early_done(sign_up: EarlySignUp, record: Record) -> None:
    """Forget an early sign-up: a person turned it down. The next one of its case comes up.

    Raises:
        Conflict: when somebody else saw to it.
    """
    updates, deletes = _next_of(sign_up)
    change(record, *updates, deletes=deletes)


def early_tied(
    sign_up: EarlySignUp,
    number: str,
    enrollment: Enrollment,
    replaces: Enrollment | None,
    why: Remark,
    record: Record,
) -> None:
    """Tie an early sign-up to its case, forget it as a task, and keep why as a note on the case.

    Raises:
        Conflict: when somebody else saw to it, or the enrollment changed since it was read.
    """
    saves, deletes = writes(number, enrollment, replaces)
    updates, gone = _next_of(sign_up)
    note = (remark_item(number, why), None)
    change(record, *updates, saves=[*saves, note], deletes=[*gone, *deletes])


def _next_of(sign_up: EarlySignUp) -> tuple[list[Update], list[Write]]:
    """Return what lets the next sign-up of a case take the place of one, or ends the task."""
    item, unchanged = GuardItem(sign_up.name), as_read(sign_up.data)
    if not sign_up.behind:
        return [], [(item, unchanged)]
    following, *more = sign_up.data["more"]
    shown = {**following, "more": more}
    actions: list[Action] = [
        GuardItem.data.set(shown),
        GuardItem.reason.set(str(following["reason"])),
    ]
    return [(item, actions, unchanged)], []


def _seen(entry: Entry, who: str, now: datetime) -> Update:
    """Return the update that takes an entry off the tasks, if it still is one."""
    until = now + KEEP_SEEN
    actions: list[Action] = [
        GuardItem.task.set(SEEN_TASK),
        GuardItem.since.set(entry.since),
        GuardItem.at.set(now),
        GuardItem.owner.set(who),
        GuardItem.expires.set(min(until, entry.expires or until)),
    ]
    return GuardItem(entry.name), actions, GuardItem.task == entry.task


def _conditions(wanted: Wanted) -> tuple[Condition | None, Condition | None]:
    return wanted.range(GuardItem.at), every(wanted.owned(GuardItem.owner))


def _read(name: str) -> tuple[Kept, str]:
    """Return an entry and the task that it is now.

    Raises:
        LookupError: when there is none of this name.
    """
    try:
        item = GuardItem.get(name if is_entry(name) else "none", consistent_read=True)
    except GuardItem.DoesNotExist:
        raise LookupError("no such task") from None
    return entry_of(item), item.task or ""
