"""What came in and waits for a person: unread texts, early sign-ups, rejected rows of the feed.

Each kind lies in a sparse index, so that a page of them costs no more on a busy day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from aviso.models import Enrollment
from aviso.staff import UnreadReply
from aviso.store import guards
from aviso.store.case_items import EnrollmentItem
from aviso.store.enrollments import added, contact_item, enrollment_item, taken_off
from aviso.store.guards import (
    EARLY_TASK,
    REJECTED_TASK,
    REPLY_TASK,
    GuardItem,
    older,
    rejected_name,
)
from aviso.store.recorded import Record, Update, change


def count() -> dict[str, int]:
    """Return how much waits in the inbox: kind of task -> how many."""
    kinds = {"replies": REPLY_TASK, "early": EARLY_TASK, "rejected": REJECTED_TASK}
    return {name: GuardItem.by_task.count(task) for name, task in kinds.items()}


def replies(limit: int) -> list[UnreadReply]:
    """Return the text messages nobody has read yet, the oldest first."""
    return [_reply(item) for item in GuardItem.by_task.query(REPLY_TASK, limit=limit)]


def reply_one(id: str) -> UnreadReply:
    """Return one unread text message.

    Raises:
        LookupError: when somebody has read it.
    """
    return _reply(_task(f"REPLY#{id}", REPLY_TASK))


def _reply(item: GuardItem) -> UnreadReply:
    return UnreadReply(
        id=item.pk.removeprefix("REPLY#"),
        at=datetime.fromisoformat(item.data["at"]),
        text=str(item.data.get("text", "")),
        address_key=str(item.data.get("address_key", "")),
        maybe_stop=bool(item.data.get("maybe_stop")),
    )


def reply_read(id: str, record: Record) -> None:
    """Take a text message off the tasks; its row stays until it expires.

    Raises:
        Conflict: when somebody else did.
    """
    change(record, _done(f"REPLY#{id}", REPLY_TASK))


def reply_stopped(reply: UnreadReply, record: Record) -> None:
    """Take a text message as the wish to get no more, as of when it came, and off the tasks.

    Raises:
        Conflict: when somebody else saw to it, or its sender texted START since.
    """
    pk = f"OPTOUT#{reply.address_key}"
    not_started = (GuardItem, f"OPTIN#{reply.address_key}", older(reply.at))
    stands = guards.marker(pk)
    newer = stands is not None and stands[0] >= reply.at
    opt_out = (GuardItem(pk, at=reply.at, source="desk"), older(reply.at))
    change(
        record,
        _done(f"REPLY#{reply.id}", REPLY_TASK),
        saves=[] if newer else [opt_out],
        checks=[not_started],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedRows:
    """A feed file of which rows could not be imported."""

    id: str
    at: datetime
    file: str
    rows: int


def rejected(limit: int) -> list[RejectedRows]:
    """Return the feed files whose rejected rows nobody has seen to yet, the oldest first."""
    return [
        RejectedRows(
            id=item.pk.removeprefix(rejected_name("")),
            at=item.at,
            file=item.data["file"],
            rows=item.data["rows"],
        )
        for item in GuardItem.by_task.query(REJECTED_TASK, limit=limit)
    ]


def rejected_seen(id: str, record: Record) -> None:
    """Take a file's rejected rows off the tasks.

    Raises:
        Conflict: when somebody else did.
    """
    change(record, _done(rejected_name(id), REJECTED_TASK))


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlySignUp:
    """Somebody who signed up before the report was in the system, and whom no program may tie."""

    id: str
    at: datetime
    reason: str  # restricted, no_match, needs_code or too_many
    data: Mapping[str, Any] = field(default_factory=dict)  # as `early.leave` kept it

    @property
    def number(self) -> str:
        """The case number as it was typed."""
        return str(self.data["number"])


def early(limit: int) -> list[EarlySignUp]:
    """Return the early sign-ups that wait for a person, the oldest first."""
    return [_early(item) for item in GuardItem.by_task.query(EARLY_TASK, limit=limit)]


def early_one(id: str) -> EarlySignUp:
    """Return one early sign-up that waits for a person.

    Raises:
        LookupError: when somebody has seen to it.
    """
    return _early(_task(f"EARLY#{id}", EARLY_TASK))


def _early(item: GuardItem) -> EarlySignUp:
    return EarlySignUp(
        id=item.pk.removeprefix("EARLY#"), at=item.at, reason=item.reason or "", data=item.data
    )


def early_done(id: str, record: Record) -> None:
    """Forget an early sign-up: it was tied to its case, or a person turned it down.

    Raises:
        Conflict: when somebody else saw to it.
    """
    gone = (GuardItem(f"EARLY#{id}"), GuardItem.task == EARLY_TASK)
    change(record, deletes=[gone])


def early_tied(
    id: str, number: str, enrollment: Enrollment, replaces: Enrollment | None, record: Record
) -> None:
    """Tie an early sign-up to its case, and forget it as a task.

    Raises:
        Conflict: when somebody else saw to it, or the enrollment changed since it was read.
    """
    version = 0 if replaces is None else replaces.version
    item = enrollment_item(number, replace(enrollment, version=version + 1))
    unchanged = (
        EnrollmentItem.pk.does_not_exist()
        if replaces is None
        else EnrollmentItem.version == replaces.version
    )
    new = [contact_item(number, enrollment.victim, c) for c in added(enrollment, replaces)]
    gone = (GuardItem(f"EARLY#{id}"), GuardItem.task == EARLY_TASK)
    saves = [(item, unchanged), *((contact, None) for contact in new)]
    old = [contact_item(number, enrollment.victim, c) for c in taken_off(enrollment, replaces)]
    change(record, saves=saves, deletes=[gone, *((contact, None) for contact in old)])


def _done(pk: str, task: str) -> Update:
    """Return the update that takes a marker off the tasks, if it still is one."""
    return GuardItem(pk), [GuardItem.task.remove()], GuardItem.task == task


def _task(pk: str, task: str) -> GuardItem:
    try:
        item = GuardItem.get(pk, consistent_read=True)
    except GuardItem.DoesNotExist:
        raise LookupError("no such task") from None
    if item.task != task:
        raise LookupError("it waits for nobody any more")
    return item
