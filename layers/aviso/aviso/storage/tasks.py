"""Who works on what waits for a person: the same for held notices and for the inbox's entries."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Unpack

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from aviso.domain.model import Kind
from aviso.domain.notice import Move, Notice, State
from aviso.domain.reasons import RESTRICTED
from aviso.domain.report_dimensions import Stamp
from aviso.domain.staff import Remark
from aviso.domain.value import Frozen
from aviso.storage.audited_change import AuditRow, Update, change
from aviso.storage.case_decisions import remark_item
from aviso.storage.codec import value_of
from aviso.storage.notice_items import HELD_TASK, NoticeItem
from aviso.storage.notices import transition
from aviso.storage.tables import Table


class Wanted(Frozen, frozen=True, kw_only=True):
    """Which of the inbox's entries a page shows."""

    owner: str | None = None  # a member's name, empty for nobody's, None for anybody's
    before: datetime | None = None  # those that began to wait before this

    def range(self, when: Attribute[datetime]) -> Condition | None:
        """Return the condition on an index's sort key."""
        return when < self.before if self.before else None

    def owned(self, owner: Attribute[str]) -> list[Condition]:
        """Return the condition on the owner, if there is one."""
        if self.owner is None:
            return []
        return [owner == self.owner if self.owner else owner.does_not_exist()]


def every(conditions: Iterable[Condition]) -> Condition | None:
    """Return the condition that all of these are true; None when there are none."""
    found = list(conditions)
    return reduce(and_, found) if found else None


def given(item: Table, owner: str, before: str, still: Condition) -> Update:
    """Return the update that assigns a task, or unassigns it when the name is empty.

    Args:
        item: the task's row, of a table with an attribute `owner`.
        before: the former owner, as read: somebody else may have taken the task meanwhile.
        still: the condition that it is still a task.
    """
    named: Attribute[str] = item.get_attributes()["owner"]
    action = named.set(owner) if owner else named.remove()
    unchanged = named == before if before else named.does_not_exist()
    return item, [action], still & unchanged


MOST_WAITING = 5000  # tasks that a list and its counts read, most urgent first
OF_LIST = (
    *("pk", "sk", "type", "case", "victim", "kind", "reason"),
    *("created_at", "deadline", "owner", "stamp", "restricted", "unsafe"),
)


class WaitingNotice(Frozen, frozen=True, kw_only=True):
    """A held notice as a list and its counts need it."""

    id: str
    case: str  # the number it was entered under
    victim: str
    kind: Kind
    reason: str = ""
    created_at: datetime
    deadline: datetime
    owner: str = ""
    stamp: Stamp
    restricted: bool | None = None  # its case; None: planning has not looked yet
    unsafe: bool = False  # somebody else may hear what its victim is told

    @property
    def of_restricted(self) -> bool:
        """Whether its case is restricted, as far as it is known."""
        return self.reason.startswith(RESTRICTED) or bool(self.restricted)


def waiting(most: int | None = MOST_WAITING) -> list[WaitingNotice]:
    """Return the held notices, which wait for a person, most urgent first, at most this many.

    One Query of the sparse index of held notices; each call of it reads a megabyte, about a
    thousand notices. The number of cases makes no difference.
    """
    found = NoticeItem.by_task.query(HELD_TASK, limit=most, attributes_to_get=list(OF_LIST))
    rows = (item.attribute_values | {"id": item.pk} for item in found)
    return [
        value_of(WaitingNotice, row, stamp=Stamp.read(row.get("stamp", "")))
        for row in rows
        if row["kind"] in Kind  # a newer release handles its own
    ]


def owner(notice_id: str) -> str:
    """Return who took a notice's task; empty when nobody did, or when there is no such notice."""
    try:
        found = NoticeItem.get(notice_id, "NOTICE", consistent_read=True).owner
    except NoticeItem.DoesNotExist:
        return ""
    return str(found or "")


def assign(notice: Notice, owner: str, before: str, record: AuditRow) -> None:
    """Assign a held notice to a member, or to nobody when the name is empty.

    `before` is the former owner, as it was read.

    Raises:
        Conflict: when it is no longer held, or somebody else took it meanwhile.
    """
    held = NoticeItem.state == State.HELD.value
    change(record, given(NoticeItem(notice.id, "NOTICE"), owner, before, held))


def move(
    notice: Notice,
    to: State,
    *,
    record: AuditRow,
    note: tuple[str, Remark] | None = None,
    **changes: Unpack[Move],
) -> None:
    """Move a notice in a member's name from the state in which it was read.

    Args:
        note: a case's number, and the note written to it in the same transaction.
        changes: attributes to set; an empty value removes one.

    Raises:
        Conflict: when its state has changed.
    """
    values: Move = {"owner": "", **changes}
    actions, condition = transition(notice.id, to, values, only_from=[notice.state])
    saves = [(remark_item(*note), None)] if note else []
    change(record, (NoticeItem(notice.id, "NOTICE"), actions, condition), saves=saves)
