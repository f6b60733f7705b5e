"""The rows of the Notices table, notices and their attempts, and the indexes on them."""

import zlib
from collections.abc import Iterable
from datetime import datetime

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.constants import STRING
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from aviso.domain.model import Kind
from aviso.domain.notice import Attempt, Duty, Notice, State
from aviso.domain.reasons import HoldReason, Reason, hold_reasons
from aviso.domain.value import Frozen
from aviso.runtime import environment
from aviso.storage.codec import fields_of, value_of
from aviso.storage.tables import InstantAttribute, Meta, Table

HELD_TASK = "HELD"
DUE_SHARDS = 8  # the sparse index by due time: enough for some 8,000 writes a second


class ReasonsAttribute(Attribute[tuple[HoldReason, ...]]):
    """Hold reasons as their words, with spaces between them."""

    attr_type = STRING

    def serialize(self, value: tuple[HoldReason, ...]) -> str:
        """Write reasons."""
        return " ".join(value)

    def deserialize(self, value: str) -> tuple[HoldReason, ...]:
        """Read what `serialize` wrote."""
        return hold_reasons(value)


class NoticeCaseIndex(GlobalSecondaryIndex["NoticeItem"]):  # type: ignore[no-untyped-call]
    """A case's notices, oldest first."""

    class Meta:
        index_name = "case_index"
        projection = AllProjection()

    case = UnicodeAttribute(hash_key=True)
    created_at = InstantAttribute(range_key=True)


class DueIndex(GlobalSecondaryIndex["NoticeItem"]):  # type: ignore[no-untyped-call]
    """Notices that `chase` or the letter run must look at, by due time."""

    class Meta:
        index_name = "due_index"
        projection = AllProjection()

    due_shard = UnicodeAttribute(hash_key=True)
    due_at = InstantAttribute(range_key=True)


class NoticeTaskIndex(GlobalSecondaryIndex["NoticeItem"]):  # type: ignore[no-untyped-call]
    """Held notices, which wait for a person, by deadline."""

    class Meta:
        index_name = "task_index"
        projection = AllProjection()

    task = UnicodeAttribute(hash_key=True)
    deadline = InstantAttribute(range_key=True)


class ProviderIndex(GlobalSecondaryIndex["AttemptItem"]):  # type: ignore[no-untyped-call]
    """Attempts by the provider's message id, for receipts that name nothing else."""

    class Meta:
        index_name = "provider_index"
        projection = IncludeProjection(["type"])

    provider_id = UnicodeAttribute(hash_key=True)


class LedgerItem(Table):
    """Any item of the Notices table."""

    class Meta(Meta):
        table_name = environment.Variable("NOTICES_TABLE", "Notices")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    type = DiscriminatorAttribute()
    state = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    channel = UnicodeAttribute(null=True)


class NoticeItem(LedgerItem, discriminator="notice"):
    """A notice."""

    stores = Notice
    token = UnicodeAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = InstantAttribute(null=True)
    tries = NumberAttribute(null=True)
    source = UnicodeAttribute(null=True)
    told_at = InstantAttribute(null=True)
    restricted = BooleanAttribute(null=True)
    unsafe = BooleanAttribute(null=True)
    arrived = BooleanAttribute(null=True)
    overruled = ReasonsAttribute(null=True)
    run = UnicodeAttribute(null=True)
    task = UnicodeAttribute(null=True)  # present while it is held
    owner = UnicodeAttribute(null=True)  # the member at the desk who took the task
    by_case = NoticeCaseIndex()
    by_due = DueIndex()
    by_task = NoticeTaskIndex()


class AttemptItem(LedgerItem, discriminator="attempt"):
    """One attempt on one channel."""

    stores = Attempt
    by_provider = ProviderIndex()


def due_shard(notice_id: str, state: State) -> str:
    """Return the index shard of a notice; queued letters have their own."""
    if state is State.QUEUED:
        return "LETTERS"
    return f"DUE#{zlib.crc32(notice_id.encode()) % DUE_SHARDS}"


def is_known(item: NoticeItem) -> bool:
    """Whether this release knows a notice's kind and state; a newer one handles the others."""
    stored = item.attribute_values
    return stored.get("kind") in Kind and stored.get("state") in State


def notice_of(item: NoticeItem, attempts: Iterable[Attempt] = ()) -> Notice:
    """Turn an item into its notice."""
    in_order = tuple(sorted(attempts, key=lambda a: a.n))
    return value_of(Notice, item.attribute_values, id=item.pk, attempts=in_order)


class NewNotice(Frozen, frozen=True, kw_only=True):
    """A duty as it enters the ledger."""

    duty: Duty
    state: State
    due_at: datetime
    created_at: datetime
    reason: Reason = ""
    stamp: str = ""  # see `report_dimensions`
    restricted: bool | None = None  # whether its case is
    unsafe: bool = False  # whether somebody else may hear what its victim is told


def item_of(new: NewNotice) -> NoticeItem:
    """Return the item of a new duty, to save alone or inside a transaction."""
    duty, held = new.duty, new.state is State.HELD
    stored = {
        **fields_of(duty),
        **fields_of(new),
        "waits_for": duty.corrects or None,
        "due_shard": due_shard(duty.id, new.state),
        "task": HELD_TASK if held else None,
    }
    known = stored.keys() - {"id", "duty", "unsettled"}
    return NoticeItem(duty.id, "NOTICE", **{name: stored[name] for name in known})
