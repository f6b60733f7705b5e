"""What the staff desk changes and looks up: each change one transaction with its audit row."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from aviso.errors import Conflict
from aviso.models import AuditEntry, EnrolledContact, Enrollment, Notice, State, Victim
from aviso.staff import Remark, UnreadReply
from aviso.store import audit
from aviso.store.cases import (
    CaseItem,
    ContactItem,
    EnrollmentItem,
    ReportItem,
    VictimItem,
    contact_item,
    enrollment_item,
    partition,
    sort_key,
)
from aviso.store.guards import (
    REJECTED_TASK,
    REPLY_TASK,
    SWITCHES,
    GuardItem,
    rejected_name,
    waiting,
)
from aviso.store.notices import HELD_TASK, NoticeItem, notice_of, transition
from aviso.store.tables import InstantAttribute, condition_failed, connection, instant

MOST_CASES = 50  # that one phone or email may lead to


class RemarkItem(CaseItem, discriminator="remark"):
    """What a member wrote on a case."""

    at = InstantAttribute(null=True)
    by = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The audit row that goes with a change."""

    entry: AuditEntry
    keep_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A held notice, and who took it on."""

    notice: Notice
    owner: str


def tasks(limit: int) -> list[Task]:
    """Return held notices, the most urgent first."""
    found = NoticeItem.by_task.query(HELD_TASK, limit=limit)
    return [Task(notice=notice_of(item), owner=item.owner or "") for item in found]


def owner(notice_id: str) -> str:
    """Return who took a notice's task on, if anybody."""
    found = NoticeItem.get(notice_id, "NOTICE", consistent_read=True).owner
    return str(found or "")


def take_task(notice: Notice, owner: str, record: Record) -> None:
    """Name who sees to a held notice.

    Raises:
        Conflict: when it is held no more.
    """
    action = NoticeItem.owner.set(owner) if owner else NoticeItem.owner.remove()
    still = NoticeItem.state == State.HELD.value
    _change(record, (NoticeItem(notice.id, "NOTICE"), [action], still))


def move(
    notice: Notice,
    to: State,
    *,
    due_at: datetime | None,
    only_from: Iterable[State],
    record: Record,
    **changes: Any,
) -> None:
    """Move a notice in a member's name; see `store.notices.move`.

    Raises:
        Conflict: when it stands elsewhere by now.
    """
    values = {"owner": "", **changes}
    actions, condition = transition(notice.id, to, due_at, only_from, None, values)
    _change(record, (NoticeItem(notice.id, "NOTICE"), actions, condition))


def restrict(number: str, word: str, record: Record) -> None:
    """Record a person's word on a case: "restricted", "lifted", or "" to follow the rules again.

    Raises:
        Conflict: when the case has no report yet.
    """
    item = ReportItem(partition(number), "CASE")
    _change(record, (item, [ReportItem.desk_restriction.set(word)], ReportItem.pk.exists()))


def mark_unsafe(number: str, victim: Victim, unsafe: Sequence[str], record: Record) -> None:
    """Record which of a victim's contacts are unsafe.

    Raises:
        Conflict: when somebody else marked one meanwhile.
    """
    _change(record, _unsafe(number, victim, unsafe))


def correct(
    number: str,
    victim: Victim,
    unsafe: Sequence[str],
    enrollment: Enrollment,
    replaces: Enrollment | None,
    contact: EnrolledContact,
    record: Record,
) -> None:
    """Put a contact in place of one that is marked unsafe, in one transaction.

    Raises:
        Conflict: when the enrollment or the marks changed since they were read.
    """
    version = 0 if replaces is None else replaces.version
    item = enrollment_item(number, replace(enrollment, version=version + 1))
    unchanged = (
        EnrollmentItem.pk.does_not_exist()
        if replaces is None
        else EnrollmentItem.version == replaces.version
    )
    _change(
        record,
        _unsafe(number, victim, unsafe),
        saves=[(item, unchanged), (contact_item(number, victim.origin, contact), None)],
    )


def add_remark(number: str, remark: Remark, record: Record) -> None:
    """Keep what a member wrote on a case."""
    key = f"REMARK#{instant(remark.at)}#{secrets.token_hex(4)}"
    item = RemarkItem(partition(number), key, at=remark.at, by=remark.by, text=remark.text)
    _change(record, saves=[(item, None)])


def remarks(number: str) -> list[Remark]:
    """Return what members wrote on a case, the latest first."""
    found = RemarkItem.query(
        partition(number), RemarkItem.sk.startswith("REMARK#"), scan_index_forward=False
    )
    return [Remark(at=item.at, by=item.by, text=item.text) for item in found]


def cases_with(phone: str, email: str) -> list[str]:
    """Return the numbers of the cases where a phone or an email stands, suspects' included."""
    found: set[str] = set()
    for index, value in ((CaseItem.by_phone, phone), (CaseItem.by_email, email)):
        if value:
            found |= {
                item.pk.removeprefix("CASE#") for item in index.query(value, limit=MOST_CASES)
            }
    return sorted(found)


def replies(limit: int) -> list[UnreadReply]:
    """Return the text messages nobody has read yet, the oldest first."""
    return [
        UnreadReply(
            id=item.pk.removeprefix("REPLY#"),
            at=item.at,
            text=str(item.data.get("text", "")),
            address_key=str(item.data.get("address_key", "")),
            maybe_stop=bool(item.data.get("maybe_stop")),
        )
        for item in GuardItem.by_task.query(REPLY_TASK, limit=limit)
    ]


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
            id=pk.removeprefix(rejected_name("")), at=at, file=data["file"], rows=data["rows"]
        )
        for pk, at, data in waiting(REJECTED_TASK, limit)
    ]


def rejected_seen(id: str, record: Record) -> None:
    """Take a file's rejected rows off the tasks.

    Raises:
        Conflict: when somebody else did.
    """
    still = GuardItem.task == REJECTED_TASK
    _change(record, (GuardItem(rejected_name(id)), [GuardItem.task.remove()], still))


def reply_read(id: str, record: Record) -> None:
    """Take a text message off the tasks; its row stays until it expires.

    Raises:
        Conflict: when somebody else did.
    """
    still = GuardItem.task == REPLY_TASK
    _change(record, (GuardItem(f"REPLY#{id}"), [GuardItem.task.remove()], still))


def reply_stopped(id: str, key: str, at: datetime, record: Record) -> None:
    """Take a text message as the wish to get no more, and off the tasks.

    Raises:
        Conflict: when somebody else saw to it.
    """
    still = GuardItem.task == REPLY_TASK
    opt_out = GuardItem(f"OPTOUT#{key}", at=at, source="desk")
    _change(
        record,
        (GuardItem(f"REPLY#{id}"), [GuardItem.task.remove()], still),
        saves=[(opt_out, None)],
    )


def turn(changes: dict[str, Any], record: Record) -> None:
    """Turn the switches that are named, in a member's name; an empty value removes one."""
    attributes = GuardItem.get_attributes()
    actions: list[Action] = [
        attributes[name].remove() if value in ("", None, []) else attributes[name].set(value)
        for name, value in changes.items()
    ]
    _change(record, (GuardItem(SWITCHES), actions, None))


@dataclass(frozen=True, slots=True, kw_only=True)
class NewContact:
    """A contact the records system does not have yet."""

    case: str
    id: str
    victim: str
    at: datetime


def new_contacts(limit: int) -> list[NewContact]:
    """Return contacts that wait to be exported, the oldest first."""
    return [
        NewContact(
            case=item.pk.removeprefix("CASE#"),
            id=item.sk.removeprefix("CONTACT#"),
            victim=item.victim,
            at=item.at,
        )
        for item in ContactItem.by_task.query(ContactItem.NEW, limit=limit)
    ]


def exported(contact: NewContact, record: Record) -> None:
    """Say that the records system has a contact now.

    Raises:
        Conflict: when that was said before.
    """
    item = ContactItem(partition(contact.case), f"CONTACT#{contact.id}")
    _change(record, (item, [ContactItem.task.remove()], ContactItem.task == ContactItem.NEW))


def _unsafe(
    number: str, victim: Victim, unsafe: Sequence[str]
) -> tuple[VictimItem, list[Action], Condition]:
    before = list(victim.desk_unsafe)
    unchanged = (
        VictimItem.desk_unsafe == before if before else VictimItem.desk_unsafe.does_not_exist()
    )
    item = VictimItem(partition(number), sort_key(victim))
    action = VictimItem.desk_unsafe.set(sorted({*before, *unsafe}))
    return item, [action], VictimItem.pk.exists() & unchanged


def _change(
    record: Record,
    *updates: tuple[Any, list[Action], Condition | None],
    saves: Sequence[tuple[Any, Condition | None]] = (),
) -> None:
    """Write changes and their audit row, all or nothing."""
    try:
        with TransactWrite(connection=connection()) as write:
            for item, actions, condition in updates:
                write.update(item, actions, condition=condition)
            for item, condition in saves:
                write.save(item, condition=condition)
            write.save(audit.item_of(record.entry, record.keep_days))
    except PynamoDBException as error:
        if condition_failed(error):
            raise Conflict("it changed since it was read") from None
        raise
