"""What waits for a person: unread texts, early sign-ups, rejected rows of the feed.

Each kind is in a sparse index, so that a page costs no more on a busy day. The index also has what
was closed in the last days, which can be opened again.
"""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from aviso.storage import markers
from aviso.storage.audited_change import AuditRow, Update, change
from aviso.storage.case_decisions import CaseDecision
from aviso.storage.codec import instant
from aviso.storage.enrollments import EnrollmentChange, writes
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
from aviso.storage.inbox_tasks import as_read
from aviso.storage.suppressions import older
from aviso.storage.tables import Write, ignore_if_changed
from aviso.storage.tasks import Wanted, every, given

ALL = Wanted()
AT_ONCE = 100  # items of the index read in one call
COUNTED = {"replies": REPLY_TASK, "early": EARLY_TASK, "rejected": REJECTED_TASK}


def count(wanted: Wanted = ALL) -> dict[str, int]:
    """Return how many entries wait in the inbox, by kind of task."""
    return {
        name: GuardItem.by_task.count(task, *_conditions(wanted)) for name, task in COUNTED.items()
    }


def replies(wanted: Wanted = ALL) -> Iterator[Reply]:
    """Yield the text messages that nobody has closed yet, oldest first."""
    return (entry for entry in _waiting(REPLY_TASK, wanted) if isinstance(entry, Reply))


def early(wanted: Wanted = ALL) -> Iterator[EarlySignUp]:
    """Yield the early sign-ups that wait for a person, oldest first."""
    return (entry for entry in _waiting(EARLY_TASK, wanted) if isinstance(entry, EarlySignUp))


def rejected(wanted: Wanted = ALL) -> Iterator[RejectedRows]:
    """Yield the feed files whose rejected rows nobody has closed yet, oldest first."""
    return (entry for entry in _waiting(REJECTED_TASK, wanted) if isinstance(entry, RejectedRows))


def _waiting(task: str, wanted: Wanted) -> Iterator[Kept]:
    yield from map(entry_of, GuardItem.by_task.query(task, *_conditions(wanted), page_size=AT_ONCE))


def one(name: str) -> Kept:
    """Return an entry that waits for a person.

    Raises:
        LookupError: when there is none of this name, or somebody has closed it.
    """
    entry, task = _read(name)
    if task != entry.task:
        raise LookupError("it waits for nobody any more")
    return entry


def one_seen(name: str) -> Kept:
    """Return an entry that somebody has closed in the last days.

    Raises:
        LookupError: when there is none.
    """
    entry, task = _read(name)
    if task != SEEN_TASK:
        raise LookupError("nobody has closed it")
    return entry


def seen(now: datetime, after: dict[str, str]) -> Iterator[Kept]:
    """Yield the entries closed in the last days, latest first.

    Args:
        now: entries that have expired by now are left out.
        after: the place of the entry to begin after; empty for the beginning.
    """
    last = {name: {"S": value} for name, value in (after | {"task": SEEN_TASK}).items()}
    for item in GuardItem.by_task.query(
        SEEN_TASK,
        scan_index_forward=False,
        page_size=AT_ONCE,
        last_evaluated_key=last if after else None,
    ):
        if item.expires > now:  # DynamoDB deletes expired items late
            yield entry_of(item)


def place_of(entry: Entry) -> dict[str, str]:
    """Return an entry's place among the closed ones."""
    assert entry.seen_at is not None
    return {"pk": entry.name, "at": instant(entry.seen_at)}


def see_to(entry: Entry, who: str, now: datetime, record: AuditRow) -> None:
    """Close an entry; for some days it can be opened again.

    `who` is the member's name.

    Raises:
        Conflict: when somebody else closed it.
    """
    change(record, _seen(entry, who, now))


def accept(file: RejectedRows, who: str, record: AuditRow) -> None:
    """Record on a file's task that a member accepted the file.

    Raises:
        Conflict: when somebody closed the task, or it is about another file now.
    """
    item, known = GuardItem(file.name), dict(file.data)
    still = (GuardItem.task == file.task) & (GuardItem.data == known)
    change(record, (item, [GuardItem.data.set({**known, "accepted_by": who})], still))


def open_again(entry: Entry, record: AuditRow) -> None:
    """Put an entry back among the tasks, with its first due time.

    Raises:
        Conflict: when somebody else opened it again.
    """
    # A text keeps its first expiry, so that no text read late undoes a START.
    is_text = isinstance(entry, Reply) and not entry.asks_for
    keeps = GuardItem.expires.set(entry.since + KEEP_UNREAD)
    actions: list[Action] = [
        GuardItem.task.set(entry.task),
        GuardItem.at.set(entry.since),
        GuardItem.since.remove(),
        GuardItem.owner.remove(),
        keeps if is_text else GuardItem.expires.remove(),
    ]
    change(record, (GuardItem(entry.name), actions, GuardItem.task == SEEN_TASK))


def assign(entry: Entry, owner: str, record: AuditRow) -> None:
    """Assign an entry to a member, or to nobody when the name is empty.

    Raises:
        Conflict: when somebody closed it, or somebody else took it since it was read.
    """
    still = GuardItem.task == entry.task
    change(record, given(GuardItem(entry.name), owner, entry.owner, still))


def reply_stopped(reply: Reply, who: str, now: datetime, record: AuditRow) -> None:
    """Treat a text message as an opt-out as of when it came, and close it.

    `who` is the member's name.

    Raises:
        Conflict: when somebody else closed it, or its sender texted START since.
    """
    pk = f"OPTOUT#{reply.address_key}"
    not_started = (GuardItem, f"OPTIN#{reply.address_key}", older(reply.at))
    there = markers.marker(pk)
    newer = there is not None and there[0] >= reply.at
    opt_out = (GuardItem(pk, at=reply.at, source="desk"), older(reply.at))
    change(
        record,
        _seen(reply, who, now),
        saves=[] if newer else [opt_out],
        checks=[not_started],
    )


def texts() -> Iterator[Reply]:
    """Yield every stored text of the last months, closed or not, oldest first."""
    yield from replies()
    for item in GuardItem.by_task.query(SEEN_TASK):
        if isinstance(entry := entry_of(item), Reply):
            yield entry


def forget(id: str) -> bool:
    """Delete a text for good; return whether it was there."""
    with ignore_if_changed():
        GuardItem(f"{REPLY_TASK}#{id}").delete(GuardItem.pk.exists())
        return True
    return False


def early_done(sign_up: EarlySignUp, record: AuditRow) -> None:
    """Delete an early sign-up that a person turned down. The next one of its case comes up.

    Raises:
        Conflict: when somebody else closed it.
    """
    updates, deletes = _next_of(sign_up)
    change(record, *updates, deletes=deletes)


def early_tied(sign_up: EarlySignUp, enrolled: EnrollmentChange, decision: CaseDecision) -> None:
    """Tie an early sign-up to its case, close its task, and keep the reason as a note on the case.

    Raises:
        Conflict: when somebody else closed it, or the enrollment changed since it was read.
    """
    saves, deletes = writes(enrolled)
    updates, gone = _next_of(sign_up)
    saves = [*saves, *decision.rows]
    change(decision.record, *updates, saves=saves, deletes=[*gone, *deletes])


def _next_of(sign_up: EarlySignUp) -> tuple[list[Update], list[Write]]:
    """Return the writes that bring up a case's next sign-up in place of one, or end the task."""
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
    """Return the update that closes an entry, if it is still open."""
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
    """Return an entry and its current task.

    Raises:
        LookupError: when there is none of this name.
    """
    try:
        item = GuardItem.get(name if is_entry(name) else "none", consistent_read=True)
    except GuardItem.DoesNotExist:
        raise LookupError("no such task") from None
    return entry_of(item), item.task or ""
