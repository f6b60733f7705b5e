"""Who works on what waits for a person: the same for held notices and for the inbox's entries."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Unpack

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from aviso.domain.notice import Changes, Notice, State
from aviso.domain.reasons import RESTRICTED
from aviso.domain.staff import Remark
from aviso.domain.value import Frozen
from aviso.storage.audited_change import AuditRow, Update, change
from aviso.storage.case_decisions import remark_item
from aviso.storage.notice_items import HELD_TASK, NoticeItem, notice_of
from aviso.storage.notices import transition
from aviso.storage.tables import Table, instant


class Wanted(Frozen, frozen=True, kw_only=True):
    """Which tasks a page shows."""

    owner: str | None = None  # a member's name, empty for nobody's, None for anybody's
    before: datetime | None = None  # those that began to wait, or had their deadline, before this
    restricted: bool | None = None  # held because the case is restricted, or for other reasons
    reason: str = ""  # held for this one reason; the inbox has none

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


AT_ONCE = 200  # items of the index read in one call


class HeldNotice(Frozen, frozen=True, kw_only=True):
    """A held notice and its owner."""

    notice: Notice
    owner: str


def _conditions(wanted: Wanted) -> tuple[Condition | None, Condition | None]:
    """Return the condition on the index's sort key, and the condition on everything else."""
    others = wanted.owned(NoticeItem.owner)
    if wanted.restricted is not None:
        because = NoticeItem.reason.startswith(RESTRICTED)
        others.append(because if wanted.restricted else ~because)
    if wanted.reason:
        others.append(NoticeItem.reason == wanted.reason)
    return wanted.range(NoticeItem.deadline), every(others)


def held(
    wanted: Wanted, limit: int, after: Mapping[str, str]
) -> tuple[list[HeldNotice], dict[str, str]]:
    """Return held notices, most urgent first, and the key for the next page.

    Args:
        after: what the previous page returned; empty for the first.
    """
    last = _key(after["id"], after["deadline"]) if after else None
    found = list(
        NoticeItem.by_task.query(
            HELD_TASK,
            *_conditions(wanted),
            limit=limit + 1,
            page_size=AT_ONCE,
            last_evaluated_key=last,
        )
    )
    page = found[:limit]
    more = len(found) > limit
    end = {"id": page[-1].pk, "deadline": instant(page[-1].deadline)} if more else {}
    return [HeldNotice(notice=notice_of(item), owner=item.owner or "") for item in page], end


def count_held(wanted: Wanted) -> int:
    """Return how many notices are held."""
    return NoticeItem.by_task.count(HELD_TASK, *_conditions(wanted))


def _key(notice: str, deadline: str) -> dict[str, dict[str, str]]:
    values = {"pk": notice, "sk": "NOTICE", "task": HELD_TASK, "deadline": deadline}
    return {name: {"S": value} for name, value in values.items()}


def owner(notice_id: str) -> str:
    """Return who took a notice's task, if anybody."""
    found = NoticeItem.get(notice_id, "NOTICE", consistent_read=True).owner
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
    due_at: datetime | None,
    only_from: Iterable[State],
    record: AuditRow,
    note: tuple[str, Remark] | None = None,
    **changes: Unpack[Changes],
) -> None:
    """Move a notice in a member's name; see `storage.notices.move`.

    Args:
        due_at: when `chase` looks again.
        only_from: the states to move from.
        record: the audit row.
        note: a case's number, and the note written to it in the same transaction.
        changes: attributes to set; an empty value removes one.

    Raises:
        Conflict: when its state has changed.
    """
    values: Changes = {"owner": "", **changes}
    actions, condition = transition(notice.id, to, due_at, only_from, None, values)
    saves = [(remark_item(*note), None)] if note else []
    change(record, (NoticeItem(notice.id, "NOTICE"), actions, condition), saves=saves)
