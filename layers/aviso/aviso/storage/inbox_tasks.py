"""Creates the tasks of the desk's inbox: replies, early sign-ups, rejected rows and files."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from aviso.domain.errors import Conflict
from aviso.storage.audited_change import AuditRow, change
from aviso.storage.guard_items import (
    ASKED,
    EARLY_TASK,
    INBOX_TASKS,
    KEEP_UNREAD,
    REJECTED_TASK,
    REPLY_TASK,
    SEEN_TASK,
    GuardItem,
    get,
    save_new,
)
from aviso.storage.markers import drop_marker, marker, put_marker
from aviso.storage.tables import conflict_if_changed, ignore_if_changed

MOST_BEHIND = 9  # sign-ups for one case behind the one that is shown


def put_reply(id: str, data: Mapping[str, object], now: datetime, reason: str = "") -> None:
    """Give a text from somebody to the desk; repeating it changes nothing.

    Args:
        reason: empty for a text; `UNPROVED_LINK` for a wish to stop that is none.
    """
    pk, expires, why = f"{REPLY_TASK}#{id}", now + KEEP_UNREAD, reason or None
    save_new(GuardItem(pk, at=now, data=dict(data), expires=expires, task=REPLY_TASK, reason=why))


def put_asked(id: str, data: Mapping[str, object], record: AuditRow, now: datetime) -> None:
    """Give the desk what a victim asks for on the portal; an id that waits is left as it is.

    The law owes an answer, so it waits until somebody gives one.
    """
    pk = f"{REPLY_TASK}#{id}"
    item = GuardItem(pk, at=now, data=dict(data), task=REPLY_TASK, reason=ASKED)
    new = GuardItem.pk.does_not_exist() | (GuardItem.task == SEEN_TASK)
    with suppress(Conflict):
        change(record, saves=[(item, new)])


def rejected_name(name: str) -> str:
    """Return the name of the task for a file's rejected rows."""
    return f"REJECTED#{name}"


def refused_name(name: str) -> str:
    """Return the name of the task for a file that was refused as a whole."""
    return f"REFUSED#{name}"


def put_refused(
    name: str, file: str, reason: str, about: Mapping[str, object], now: datetime
) -> None:
    """Give a refused file to the desk, as `put_rejected` does.

    Args:
        file: the file's key in the feed bucket.
        reason: a `FileRefused`'s code, for which the desk has words.
        about: what else the desk shows, see `inbox_entries.RejectedRows`.
    """
    _put_file(refused_name(name), {"file": file, "refused": reason, **about}, now)


def put_rejected(
    name: str,
    file: str,
    rows: int,
    now: datetime,
    about: Mapping[str, object] | None = None,
) -> None:
    """Give a file's rejected rows to the desk; the task stays until somebody closes it.

    Args:
        name: the task's name. Repeating a name gives the same task, with its due time and owner.
        file: the file's key in the feed bucket.
        rows: how many were rejected.
        about: `doubtful`, how many rows were imported and still need a person; `first`, the line,
            column and code of the first rejected rows.
    """
    _put_file(rejected_name(name), {"file": file, "rows": rows, **(about or {})}, now)


def _put_file(pk: str, data: Mapping[str, object], now: datetime) -> None:
    with ignore_if_changed():
        actions: list[Action] = [GuardItem.data.set(dict(data))]
        GuardItem(pk).update(actions, condition=GuardItem.task == REJECTED_TASK)
        return
    GuardItem(pk, at=now, data=dict(data), task=REJECTED_TASK).save()


def waiting(
    task: str, limit: int | None = None, since: datetime | None = None
) -> Iterator[tuple[str, datetime, Mapping[str, Any]]]:
    """Yield the markers of one kind of task, oldest first: name, when it was put, record.

    Markers put before `since` are skipped.
    """
    later = GuardItem.at >= since if since else None
    for item in GuardItem.by_task.query(task, later, limit=limit):
        yield item.pk, item.at, item.data or {}


def count_late(before: datetime) -> int:
    """Return how many tasks of the desk's inbox began to wait before a time."""
    earlier = GuardItem.at < before
    return sum(GuardItem.by_task.count(task, earlier) for task in INBOX_TASKS)


def make_task(pk: str, task: str, reason: str, now: datetime, keep: timedelta) -> None:
    """Give a marker to the desk; it waits from now, for at most `keep`."""
    GuardItem(pk).update(
        [
            GuardItem.task.set(task),
            GuardItem.at.set(now),
            GuardItem.reason.set(reason),
            GuardItem.expires.set(now + keep),
        ],
        condition=GuardItem.pk.exists(),
    )


def put_early_task(name: str, data: Mapping[str, object], reason: str, now: datetime) -> None:
    """Give the desk a sign-up that no program may take; repeating the name changes nothing."""
    save_new(GuardItem(f"EARLY#{name}", at=now, data=dict(data), task=EARLY_TASK, reason=reason))


def make_early_task(
    pk: str, data: Mapping[str, Any], reason: str, now: datetime, keep: timedelta
) -> None:
    """Give a sign-up to the desk: a task of its own, or behind the case's existing one.

    When too many wait behind that one, this becomes the case's next task.

    Raises:
        Conflict: when somebody is closing that one at this moment.
    """
    index = f"EARLY#CASE#{data['number']}"
    known = marker(index)
    first = get(str(known[1]["task"])) if known else None
    behind = list(first.data.get("more", ())) if first else []
    if first is None or first.task != EARLY_TASK or len(behind) >= MOST_BEHIND:
        put_marker(index, {"task": pk}, now, keep)
        make_task(pk, EARLY_TASK, reason, now, keep)
        return
    more = [*behind, {**data, "reason": reason}]
    actions: list[Action] = [GuardItem.data.set({**first.data, "more": more})]
    with conflict_if_changed("somebody changed the task of the same case"):
        GuardItem(first.pk).update(actions, condition=as_read(first.data))
    drop_marker(pk)


def as_read(data: Mapping[str, Any]) -> Condition:
    """Return the condition that a sign-up still waits for a person, unchanged since the read."""
    condition: Condition = (GuardItem.task == EARLY_TASK) & (GuardItem.data == dict(data))
    return condition
