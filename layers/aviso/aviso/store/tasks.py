"""The held notices, which wait for a person at the desk: a page of them, owners, moves.

They lie in a sparse index, so that a page of tasks costs no more on a busy day.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pynamodb.expressions.condition import Condition

from aviso.frozen import Frozen
from aviso.models import Notice, State
from aviso.staff import Remark
from aviso.store.desk import remark_item
from aviso.store.notice_items import HELD_TASK, NoticeItem, notice_of
from aviso.store.notices import transition
from aviso.store.owners import Wanted, every, given
from aviso.store.recorded import Record, change
from aviso.store.tables import instant

RESTRICTED = "restricted_"  # how the reasons begin for which a restricted case's notices are held
AT_ONCE = 200  # items of the index read in one call


class Task(Frozen, frozen=True, kw_only=True):
    """A held notice, and who took it on."""

    notice: Notice
    owner: str


def _conditions(wanted: Wanted) -> tuple[Condition | None, Condition | None]:
    """Return the condition on the index's sort key, and that on everything else."""
    others = wanted.owned(NoticeItem.owner)
    if wanted.restricted is not None:
        because = NoticeItem.reason.startswith(RESTRICTED)
        others.append(because if wanted.restricted else ~because)
    if wanted.reason:
        others.append(NoticeItem.reason == wanted.reason)
    return wanted.range(NoticeItem.deadline), every(others)


def held(wanted: Wanted, limit: int, after: Mapping[str, str]) -> tuple[list[Task], dict[str, str]]:
    """Return held notices, the most urgent first, and what the next page begins after.

    Args:
        wanted: which ones.
        limit: at most so many.
        after: what the page before this one returned; empty for the first.
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
    return [Task(notice=notice_of(item), owner=item.owner or "") for item in page], end


def count_held(wanted: Wanted) -> int:
    """Return how many notices are held."""
    return NoticeItem.by_task.count(HELD_TASK, *_conditions(wanted))


def _key(notice: str, deadline: str) -> dict[str, dict[str, Any]]:
    values = {"pk": notice, "sk": "NOTICE", "task": HELD_TASK, "deadline": deadline}
    return {name: {"S": value} for name, value in values.items()}


def owner(notice_id: str) -> str:
    """Return who took a notice's task on, if anybody."""
    found = NoticeItem.get(notice_id, "NOTICE", consistent_read=True).owner
    return str(found or "")


def assign(notice: Notice, owner: str, before: str, record: Record) -> None:
    """Name who sees to a held notice; nobody when the name is empty.

    Args:
        notice: the notice.
        owner: who is to see to it.
        before: who did until now, as it was read.
        record: the audit row.

    Raises:
        Conflict: when it is held no more, or somebody else took it meanwhile.
    """
    held = NoticeItem.state == State.HELD.value
    change(record, given(NoticeItem(notice.id, "NOTICE"), owner, before, held))


def move(
    notice: Notice,
    to: State,
    *,
    due_at: datetime | None,
    only_from: Iterable[State],
    record: Record,
    note: tuple[str, Remark] | None = None,
    **changes: Any,
) -> None:
    """Move a notice in a member's name; see `store.notices.move`.

    Args:
        notice: the notice.
        to: the new state.
        due_at: when `chase` looks again.
        only_from: the states to move from.
        record: the audit row.
        note: a case's number and what is kept on it in the same transaction.
        changes: attributes to set; an empty value removes one.

    Raises:
        Conflict: when it stands elsewhere by now.
    """
    values = {"owner": "", **changes}
    actions, condition = transition(notice.id, to, due_at, only_from, None, values)
    saves = [(remark_item(*note), None)] if note else []
    change(record, (NoticeItem(notice.id, "NOTICE"), actions, condition), saves=saves)
