"""Hand-offs to other agencies, and the emails about them, in the Notices table.

A hand-off's row has a sort key and a type of its own, so nothing that reads or counts notices sees
it. It uses the same sparse indexes: `due_index` for the agency's list and for `chase`, by agency,
`task_index` for the desk's tasks, `case_index` for a case's (docs/decisions/hand-offs.md).
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from aviso.domain.hand_offs import HandOff
from aviso.domain.model import Case
from aviso.domain.notice_states import STUCK
from aviso.storage.audited_change import AuditRow, change
from aviso.storage.codec import fields_of, value_of
from aviso.storage.notice_items import LedgerItem
from aviso.storage.tables import InstantAttribute, conflict_if_changed, ignore_if_changed

SORT = "HANDOFF"
TASK = "HANDOFF"  # of the desk's tasks
EMAIL_SORT, TURN_SORT = "HANDOFF_EMAIL", "HANDOFF_TURN"
EMAIL_KEPT = timedelta(days=60)  # a bounce comes within days


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

    stores = HandOff
    version = NumberAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = InstantAttribute(null=True)
    task = UnicodeAttribute(null=True)  # present while a person has to do something
    by_case = HandOffCaseIndex()
    by_due = HandOffDueIndex()
    by_task = HandOffTaskIndex()


class AgencyTurnItem(LedgerItem, discriminator="hand_off_turn"):
    """When an agency may get its next email."""

    free_at = InstantAttribute(null=True)


class AgencyEmailItem(LedgerItem, discriminator="hand_off_email"):
    """What an email to an agency tells of: its bounce must find it."""

    hand_offs = UnicodeSetAttribute(null=True)
    expires = NumberAttribute(null=True)


def insert(one: HandOff) -> bool:
    """Enter a hand-off in the ledger; return False when it is there already."""
    with ignore_if_changed():
        item = HandOffItem(one.id, SORT, **_stored(one) | {"version": one.version})
        item.save(condition=HandOffItem.pk.does_not_exist())
        return True
    return False


def write(before: HandOff, after: HandOff, record: AuditRow | None = None) -> HandOff:
    """Write what differs between two states of a hand-off; return what is stored.

    Args:
        before: as it was read.
        record: the audit row of a person's act.

    Raises:
        Conflict: when it changed since it was read.
    """
    known = HandOffItem.get_attributes()
    was, values = _stored(before), _stored(after)
    actions: list[Action] = [
        known[name].remove() if value is None else known[name].set(value)
        for name, value in values.items()
        if value != was[name]
    ]
    actions.append(HandOffItem.version.set(before.version + 1))
    item, condition = HandOffItem(before.id, SORT), HandOffItem.version == before.version
    if record:
        change(record, (item, actions, condition))
    else:
        with conflict_if_changed("the hand-off moved on meanwhile"):
            item.update(actions, condition=condition)
    return replace(after, version=before.version + 1)


def look_at(one: HandOff, now: datetime) -> None:
    """Let `chase` look at a hand-off now, unless it changed since it was read."""
    with ignore_if_changed():
        item, condition = HandOffItem(one.id, SORT), HandOffItem.version == one.version
        item.update([HandOffItem.due_at.set(now)], condition=condition)


def of_case(case: Case) -> list[HandOff]:
    """Return all hand-offs of a case."""
    return [hand_off_of(item) for item in HandOffItem.by_case.query(case.number)]


def read(id: str) -> HandOff | None:
    """Read a hand-off consistently."""
    found = HandOffItem.query(id, HandOffItem.sk == SORT, consistent_read=True)
    return next(map(hand_off_of, found), None)


def of_receiver(receiver: str) -> Iterator[HandOff]:
    """Yield an agency's hand-offs that are not over, and those taken back in the last days."""
    yield from map(hand_off_of, HandOffItem.by_due.query(_shard(receiver)))


def due(receiver: str, until: datetime, limit: int) -> Iterator[HandOff]:
    """Yield an agency's hand-offs that are due, at most `limit`."""
    condition = HandOffItem.due_at <= until
    yield from map(hand_off_of, HandOffItem.by_due.query(_shard(receiver), condition, limit=limit))


def tasks() -> list[HandOff]:
    """Return the hand-offs that wait for a person, most urgent first."""
    return [hand_off_of(item) for item in HandOffItem.by_task.query(TASK)]


def _shard(receiver: str) -> str:
    """Return the partition of an agency's hand-offs in the index by due time."""
    return f"HANDOFF#{receiver}"


def _stored(one: HandOff) -> dict[str, Any]:
    """Return a hand-off's values as its row has them; None means no attribute."""
    return fields_of(one) | {
        "id": None,
        "version": None,
        "due_shard": _shard(one.receiver) if one.due_at else None,
        "task": TASK if one.reason else None,
    }


def hand_off_of(item: HandOffItem) -> HandOff:
    """Return the hand-off of an item."""
    return value_of(HandOff, item.attribute_values, id=item.pk)


def is_free(receiver: str, now: datetime) -> bool:
    """Whether an agency may get an email now."""
    found = AgencyTurnItem.query(receiver, AgencyTurnItem.sk == TURN_SORT, consistent_read=True)
    return all(item.free_at <= now for item in found)


def take_turn(receiver: str, now: datetime) -> bool:
    """Whether no other run emails an agency, or just did; then this one may, for some minutes."""
    free = AgencyTurnItem.pk.does_not_exist() | (AgencyTurnItem.free_at <= now)
    with ignore_if_changed():
        AgencyTurnItem(receiver, TURN_SORT, free_at=now + STUCK).save(condition=free)
        return True
    return False


def end_turn(receiver: str, free_at: datetime) -> None:
    """Record that an agency had its email, or cannot get it, until it is free again."""
    with ignore_if_changed():
        item, there = AgencyTurnItem(receiver, TURN_SORT), AgencyTurnItem.pk.exists()
        item.update([AgencyTurnItem.free_at.set(free_at)], condition=there)


def put_email(id: str, hand_offs: Iterable[str], now: datetime) -> None:
    """Store which hand-offs an email tells of, before it is sent."""
    expires = int((now + EMAIL_KEPT).timestamp())
    AgencyEmailItem(id, EMAIL_SORT, hand_offs=set(hand_offs), expires=expires).save()


def told_in(email: str) -> list[HandOff]:
    """Return the hand-offs that an email tells of, as they are now; none after `forget_email`."""
    found = AgencyEmailItem.query(email, AgencyEmailItem.sk == EMAIL_SORT, consistent_read=True)
    ids = [id for item in found for id in sorted(item.hand_offs or ())]
    return [one for id in ids if (one := read(id))]


def forget_email(id: str) -> None:
    """Forget which hand-offs an email tells of: its bounce counts once."""
    with ignore_if_changed():  # it may have expired: an update alone would make half a row
        item, there = AgencyEmailItem(id, EMAIL_SORT), AgencyEmailItem.pk.exists()
        item.update([AgencyEmailItem.hand_offs.remove()], condition=there)
