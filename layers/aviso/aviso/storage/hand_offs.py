"""Hand-offs to other agencies, in the Notices table (docs/decisions/hand-offs.md).

A hand-off's row has a sort key and a type of its own, so nothing that reads or counts notices sees
it. It uses the same sparse indexes: `due_index` for the receiver's list and for `chase`, by agency,
`task_index` for the desk's tasks, `case_index` for a case's. Every move is a conditional write.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, TypedDict, Unpack

from pynamodb.attributes import (
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from aviso.domain.errors import Conflict
from aviso.domain.fact_keys import FactKey
from aviso.domain.hand_offs import MOVES, HandOff, HandOffDuty, HandOffState
from aviso.domain.model import Case
from aviso.domain.receiving_agencies import Purpose
from aviso.storage.audited_change import AuditRow, change
from aviso.storage.notice_items import LedgerItem
from aviso.storage.tables import InstantAttribute, conflict_if_changed, ignore_if_changed

SORT = "HANDOFF"
TASK = "HANDOFF"  # of the desk's tasks
SHOWN = timedelta(days=30)  # how long a receiver reads that a hand-off was taken back


class HandOffCaseIndex(GlobalSecondaryIndex["HandOffItem"]):  # type: ignore[no-untyped-call]
    """A case's hand-offs, oldest first."""

    class Meta:
        index_name = "case_index"
        projection = AllProjection()

    case = UnicodeAttribute(hash_key=True)
    created_at = InstantAttribute(range_key=True)


class HandOffDueIndex(GlobalSecondaryIndex["HandOffItem"]):  # type: ignore[no-untyped-call]
    """An agency's hand-offs, by the time at which `chase` looks at them."""

    class Meta:
        index_name = "due_index"
        projection = AllProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = InstantAttribute(range_key=True)


class HandOffTaskIndex(GlobalSecondaryIndex["HandOffItem"]):  # type: ignore[no-untyped-call]
    """Held hand-offs, which wait for a person, by deadline."""

    class Meta:
        index_name = "task_index"
        projection = AllProjection()

    task = UnicodeAttribute(hash_key=True)
    deadline = InstantAttribute(range_key=True)


class HandOffItem(LedgerItem, discriminator="hand_off"):
    """A hand-off; it has no personal data."""

    case = UnicodeAttribute(null=True)
    victim = UnicodeAttribute(null=True)
    receiver = UnicodeAttribute(null=True)
    purpose = UnicodeAttribute(null=True)
    fact = UnicodeAttribute(null=True)
    consent = UnicodeAttribute(null=True)
    deadline = InstantAttribute(null=True)
    first_deadline = InstantAttribute(null=True)
    created_at = InstantAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = InstantAttribute(null=True)
    task = UnicodeAttribute(null=True)  # present while it is held
    emails = NumberAttribute(null=True)
    told_at = InstantAttribute(null=True)
    confirmed_at = InstantAttribute(null=True)
    confirmed_by = UnicodeAttribute(null=True)
    withdrawn_at = InstantAttribute(null=True)
    overruled = ListAttribute[str](null=True)
    stamp = UnicodeAttribute(null=True)
    named = UnicodeSetAttribute(null=True)
    first = UnicodeAttribute(null=True)
    by_case = HandOffCaseIndex()
    by_due = HandOffDueIndex()
    by_task = HandOffTaskIndex()


class HandOffChanges(TypedDict, total=False):
    """What a move may change besides state and due time; an empty value removes it."""

    reason: str
    deadline: datetime
    first_deadline: datetime
    emails: int
    told_at: datetime | None
    confirmed_at: datetime | None
    confirmed_by: str
    withdrawn_at: datetime | None
    overruled: list[str]
    named: set[str]


def shard(receiver: str) -> str:
    """Return the partition of an agency's hand-offs in the index by due time."""
    return f"HANDOFF#{receiver}"


def insert(
    duty: HandOffDuty, state: HandOffState, due_at: datetime, stamp: str, now: datetime
) -> bool:
    """Enter a hand-off in the ledger; return False when it is there already."""
    item = HandOffItem(
        duty.id,
        SORT,
        case=duty.case,
        victim=duty.victim,
        receiver=duty.receiver,
        purpose=duty.purpose.value,
        fact=duty.fact,
        consent=duty.consent,
        deadline=duty.deadline,
        first_deadline=duty.deadline,
        created_at=now,
        state=state.value,
        reason=duty.hold or None,
        stamp=stamp,
        first=duty.first or None,
        due_shard=shard(duty.receiver),
        due_at=due_at,
        task=TASK if state is HandOffState.HELD else None,
    )
    with ignore_if_changed():
        item.save(condition=HandOffItem.pk.does_not_exist())
        return True
    return False


def of(case: Case) -> list[HandOff]:
    """Return all hand-offs of a case, under every number it has had."""
    names = sorted({case.origin, *case.known_as})
    return [hand_off_of(item) for name in names for item in HandOffItem.by_case.query(name)]


def read(id: str) -> HandOff | None:
    """Read a hand-off consistently; by a query, as every function that sends may read a notice."""
    found = HandOffItem.query(id, HandOffItem.sk == SORT, consistent_read=True)
    return next(map(hand_off_of, found), None)


def of_receiver(receiver: str) -> Iterator[HandOff]:
    """Yield an agency's hand-offs that are not over, and those taken back in the last days."""
    yield from map(hand_off_of, HandOffItem.by_due.query(shard(receiver)))


def due(receiver: str, until: datetime, limit: int) -> Iterator[HandOff]:
    """Yield an agency's hand-offs that are due, at most `limit`."""
    condition = HandOffItem.due_at <= until
    yield from map(hand_off_of, HandOffItem.by_due.query(shard(receiver), condition, limit=limit))


def held() -> list[HandOff]:
    """Return the held hand-offs, which wait for a person, most urgent first."""
    return [hand_off_of(item) for item in HandOffItem.by_task.query(TASK)]


def move(
    hand_off: HandOff,
    to: HandOffState,
    *,
    due_at: datetime | None,
    record: AuditRow | None = None,
    **changes: Unpack[HandOffChanges],
) -> None:
    """Move a hand-off from the state in which it was read, with an audit row if a person acts.

    Args:
        hand_off: as it was read.
        due_at: when `chase` looks again; None ends its watch, and takes it off the agency's list.
        record: the audit row of a person's act.
        changes: attributes to set; an empty value removes one.

    Raises:
        Conflict: when its state has changed, or the move is not legal.
    """
    if to not in MOVES[hand_off.state]:
        raise Conflict("a hand-off does not move so")
    condition: Condition = HandOffItem.state == hand_off.state.value
    values: dict[str, Any] = {
        "state": to.value,
        "due_at": due_at,
        "due_shard": shard(hand_off.receiver) if due_at else None,
        "task": TASK if to is HandOffState.HELD else None,
        **changes,
    }
    attributes = HandOffItem.get_attributes()
    actions: list[Action] = [
        attributes[name].remove() if value in (None, "", [], set()) else attributes[name].set(value)
        for name, value in values.items()
    ]
    item = HandOffItem(hand_off.id, SORT)
    if record:
        change(record, (item, actions, condition))
        return
    with conflict_if_changed("the hand-off moved on meanwhile"):
        item.update(actions, condition=condition)


def move_due(hand_off: HandOff, due_at: datetime | None) -> None:
    """Look at a hand-off again later, or never; for a planned one, repeat its stream record."""
    item = HandOffItem(hand_off.id, SORT)
    actions: list[Action] = [HandOffItem.due_at.remove(), HandOffItem.due_shard.remove()]
    if due_at:
        actions = [HandOffItem.due_at.set(due_at)]
    with ignore_if_changed():
        item.update(actions, condition=HandOffItem.state == hand_off.state.value)


def add_name(hand_off: HandOff, who: str) -> None:
    """Record whose name an agency is about to read, by an id; twice changes nothing.

    Raises:
        Conflict: when the hand-off's state has changed.
    """
    condition = HandOffItem.state == hand_off.state.value
    with conflict_if_changed("the hand-off moved on meanwhile"):
        HandOffItem(hand_off.id, SORT).update([HandOffItem.named.add({who})], condition=condition)


def hand_off_of(item: HandOffItem) -> HandOff:
    """Return the hand-off of an item."""
    return HandOff(
        id=item.pk,
        case=item.case,
        victim=item.victim,
        receiver=item.receiver,
        purpose=Purpose(item.purpose),
        fact=FactKey(item.fact),
        consent=item.consent,
        deadline=item.deadline,
        first_deadline=item.first_deadline or item.deadline,
        created_at=item.created_at,
        state=HandOffState(item.state),
        reason=item.reason or "",
        due_at=item.due_at,
        emails=int(item.emails or 0),
        told_at=item.told_at,
        confirmed_at=item.confirmed_at,
        confirmed_by=item.confirmed_by or "",
        withdrawn_at=item.withdrawn_at,
        overruled=tuple(item.overruled or ()),
        stamp=item.stamp or "",
        named=frozenset(item.named or ()),
        first=item.first or "",
    )
