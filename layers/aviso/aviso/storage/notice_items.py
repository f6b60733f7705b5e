"""The rows of the Notices table, notices and their attempts, and the indexes on them."""

import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.constants import STRING
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Attempt, Duty, Notice, State
from aviso.domain.reasons import HoldReason, Reason, hold_reasons
from aviso.domain.value import Frozen
from aviso.runtime import environment
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

    case = UnicodeAttribute(null=True)
    victim = UnicodeAttribute(null=True)
    kind = UnicodeAttribute(null=True)
    fact = UnicodeAttribute(null=True)
    fact_at = InstantAttribute(null=True)
    first_seen = InstantAttribute(null=True)
    deadline = InstantAttribute(null=True)
    created_at = InstantAttribute(null=True)
    corrects = UnicodeAttribute(null=True)
    waits_for = UnicodeAttribute(null=True)
    token = UnicodeAttribute(null=True)
    lease_until = InstantAttribute(null=True)
    due_shard = UnicodeAttribute(null=True)
    due_at = InstantAttribute(null=True)
    tries = NumberAttribute(null=True)
    crashes = NumberAttribute(null=True)
    rest_to_come = BooleanAttribute(null=True)
    language = UnicodeAttribute(null=True)
    source = UnicodeAttribute(null=True)
    stamp = UnicodeAttribute(null=True)
    told_at = InstantAttribute(null=True)
    told_by = UnicodeAttribute(null=True)
    called_at = InstantAttribute(null=True)
    held_for = UnicodeAttribute(null=True)
    restricted = BooleanAttribute(null=True)
    unsafe = BooleanAttribute(null=True)
    arrived = BooleanAttribute(null=True)
    released_by = UnicodeAttribute(null=True)
    overruled = ReasonsAttribute(null=True)
    resent_at = InstantAttribute(null=True)
    run = UnicodeAttribute(null=True)
    task = UnicodeAttribute(null=True)  # present while it is held
    owner = UnicodeAttribute(null=True)  # the member at the desk who took the task
    by_case = NoticeCaseIndex()
    by_due = DueIndex()
    by_task = NoticeTaskIndex()


class AttemptItem(LedgerItem, discriminator="attempt"):
    """One attempt on one channel."""

    n = NumberAttribute(null=True)
    address_key = UnicodeAttribute(null=True)
    at = InstantAttribute(null=True)
    provider_id = UnicodeAttribute(null=True)
    segments = NumberAttribute(null=True)
    source = UnicodeAttribute(null=True)
    contact = UnicodeAttribute(null=True)
    by_provider = ProviderIndex()


NOTICE_FIELDS = (
    *("case", "victim", "fact_at", "first_seen", "deadline", "created_at", "reason"),
    *("corrects", "waits_for", "token", "lease_until", "due_at", "channel", "language"),
    *("source", "stamp", "rest_to_come"),
    *("told_at", "told_by", "called_at", "held_for", "arrived", "released_by"),
    *("restricted", "unsafe"),
    *("overruled", "resent_at", "run"),
)


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
    stored = item.attribute_values
    values: dict[str, Any] = {
        name: stored[name] for name in NOTICE_FIELDS if stored.get(name) is not None
    }
    return Notice(
        id=stored["pk"],
        kind=Kind(stored["kind"]),
        fact=FactKey(stored["fact"]),
        state=State(stored["state"]),
        tries=int(stored.get("tries") or 0),
        crashes=int(stored.get("crashes") or 0),
        attempts=tuple(sorted(attempts, key=lambda a: a.n)),
        **values,
    )


def attempt_of(item: AttemptItem) -> Attempt:
    """Turn an item into its attempt."""
    return Attempt(
        n=int(item.n),
        channel=Channel(item.channel),
        address_key=item.address_key,
        state=State(item.state),
        at=item.at,
        provider_id=item.provider_id or "",
        reason=item.reason or "",
        segments=int(item.segments or 0),
        source=item.source or "",
        contact=item.contact or "",
    )


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
    duty = new.duty
    return NoticeItem(
        duty.id,
        "NOTICE",
        case=duty.case,
        victim=duty.victim,
        kind=duty.kind.value,
        fact=duty.fact,
        fact_at=duty.fact_at,
        first_seen=duty.first_seen,
        deadline=duty.deadline,
        created_at=new.created_at,
        state=new.state.value,
        reason=new.reason or None,
        corrects=duty.corrects or None,
        waits_for=duty.corrects or None,
        due_shard=due_shard(duty.id, new.state),
        due_at=new.due_at,
        task=HELD_TASK if new.state is State.HELD else None,
        stamp=new.stamp or None,
        restricted=new.restricted,
        unsafe=new.unsafe or None,
    )
