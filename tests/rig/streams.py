"""The streams: shards in order, batches, repetitions, halves, and what is given up.

As AWS describes it for DynamoDB streams: a batch whose function fails comes again, halved when it
has several records, and from the first record on that a partial answer names. After a number of
tries a record is given up. docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
"""

import zlib
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from infra.harness.dynamodb.database import Change
from infra.harness.dynamodb.indexes import Item
from infra.harness.stream_triggers import Trigger, matches, record, triggers
from tests.rig.functions import Functions
from tests.rig.model.observed import was_cut_short
from tests.rig.waits import Waits

SHARDS = 2
BATCH = 10
TRIES = 12  # more than the template's, so that no count is lost to a fault that AWS would not have
MAY_NEVER_COME = frozenset({"plan_notices", "send_notice"})  # reconcile and chase find what is lost

HEAD = {"S": "NOTICE"}  # the key of a notice among its rows
CLAIMED = {"S": "claimed"}
CLAIM = 60.0  # seconds that a claim lasts at least: two minutes, less what its own call may take
KEPT = ("state", "told_at", "crashes", "rest_to_come", "deadline")
# What a story shows about a notice or an attempt.
SHOWN = ("case", "victim", "kind", "state", "reason", "channel", "tries", "crashes", "due_at")

every_trigger = cache(triggers)
Record = dict[str, Any]
Batch = tuple[list[Record], int]  # its records, and how often it failed


@dataclass
class Shard:
    """One shard of one trigger: its records wait in order, and one batch is under way."""

    trigger: Trigger
    name: str
    waiting: deque[Record] = field(default_factory=deque)
    again: deque[Batch] = field(default_factory=deque)
    busy: bool = False
    paused_until: float = 0.0


class Streams:
    """All shards of all triggers."""

    def __init__(self, functions: Functions) -> None:
        self.functions, self.cloud = functions, functions.cloud
        self.shards = {
            (trigger.function, trigger.table, n): Shard(trigger, f"{trigger.table}-{n}")
            for trigger in every_trigger()
            for n in range(SHARDS)
        }
        self.delivered = 0
        self.images: dict[str, list[dict[str, str]]] = {}  # of each notice, oldest first
        self.waits = Waits()
        self.claimed: dict[str, float] = {}  # notice -> when its last claim began
        self.crashes: Counter[str] = Counter()  # of each notice: its claims that were given up
        self.taken_early: list[str] = []  # notices whose claim was given up before its lease ended

    @property
    def empty(self) -> bool:
        """Whether every record was delivered."""
        return not any(s.busy or s.waiting or s.again for s in self.shards.values())

    @property
    def cut_short(self) -> set[str]:
        """The notices of which one of two messages may be enough."""
        return {notice for notice, found in self.images.items() if was_cut_short(found)}

    def read(self) -> None:
        """Take what the tables have changed, and let it come."""
        database = self.cloud.tables.leader
        changes, database.changes = database.changes, []
        for change in changes:
            self._enter(change)

    def _enter(self, change: Change) -> None:
        found = record(change)
        self._keep(change)
        self._tell(change)
        n = zlib.crc32(found["dynamodb"]["Keys"]["pk"]["S"].encode()) % SHARDS
        for trigger in every_trigger():
            if trigger.table != change.table or not matches(trigger.pattern, found):
                continue
            shard = self.shards[trigger.function, trigger.table, n]
            shard.waiting.append(found)
            if not shard.busy:
                self._soon(shard, 0.15)

    def _keep(self, change: Change) -> None:
        """Keep of a notice's image what says whether one of its messages may be enough."""
        if change.table == "Notices" and change.new and change.new["sk"] == HEAD:
            new = change.new
            self.waits.see(change.old, new, self.cloud.time.now, calm=not self.cloud.faults.on)
            self._claim(change.old or {}, new)
            image = {name: next(iter(new[name].values())) for name in KEPT if name in new}
            image["~at"] = str(self.cloud.time.now)
            self.images.setdefault(change.new["pk"]["S"], []).append(image)

    def _claim(self, old: Item, new: Item) -> None:
        """See a claim begin, or be given up as crashed."""
        notice, now = new["pk"]["S"], self.cloud.time.now
        if is_given_up(old, new):
            self.crashes[notice] += 1
            if now < lasts_until(old, self.claimed[notice]):
                self.taken_early.append(notice)
        if new["state"] == CLAIMED and new.get("token") != old.get("token"):
            self.claimed[notice] = now

    def _tell(self, change: Change) -> None:
        if change.table == "Notices" and change.new and self.cloud.journal is not None:
            row = {name: next(iter(value.values())) for name, value in change.new.items()}
            shown = " ".join(f"{name}={row[name]}" for name in SHOWN if name in row)
            self.cloud.tell(f"NOTICE {row['pk']} {row['sk']} {shown}")

    def _soon(self, shard: Shard, seconds: float) -> None:
        shard.busy = True
        time = self.cloud.time
        time.at(max(time.now + seconds, shard.paused_until), lambda: self._next(shard))

    def _next(self, shard: Shard) -> None:
        """Deliver the next batch of a shard."""
        if shard.again:
            records, failures = shard.again.popleft()
        else:
            records = [shard.waiting.popleft() for _ in range(min(BATCH, len(shard.waiting)))]
            failures = 0
        if not records:
            shard.busy = False
            return
        fault = "" if failures else self.cloud.faults.of_delivery()
        if fault:
            self.cloud.faults.done[f"records_{fault}"] += 1
        if fault == "never" and shard.trigger.function in MAY_NEVER_COME:
            self.cloud.note(f"{shard.name} {shard.trigger.function} never gets {len(records)}")
            self._soon(shard, 0)
            return
        if fault == "late":
            shard.paused_until = self.cloud.time.now + self.cloud.faults.between(20, 1200)
            shard.again.appendleft((records, failures))
            self._soon(shard, 0)
            return
        if fault in ("twice_at_once", "twice_later"):
            later = self.cloud.faults.between(1, 180) if fault == "twice_later" else 0.0
            self.cloud.time.after(later, lambda: self._give(shard, records, _ignore))
        if fault == "twice":
            shard.again.append((records, 1))
        self._give(shard, records, lambda f, e: self._ended(shard, records, failures, f, failed=e))

    def _give(
        self, shard: Shard, records: list[Record], ended: Callable[[Any, bool], None]
    ) -> None:
        self.delivered += len(records)
        self.functions.invoke(shard.trigger.function, {"Records": records}, ended)

    def _ended(
        self, shard: Shard, records: list[Record], failures: int, found: Any, *, failed: bool
    ) -> None:
        left = records
        if not failed:
            bad = {f["itemIdentifier"] for f in found["batchItemFailures"]}
            places = [n for n, r in enumerate(records) if r["dynamodb"]["SequenceNumber"] in bad]
            left = records[places[0] :] if places else []
        if left:
            self._again(shard, left, failures + 1, halve=failed)
        self._soon(shard, min(60, 2.0**failures) if left else 0.05)

    def _again(self, shard: Shard, left: list[Record], failures: int, *, halve: bool) -> None:
        if failures >= TRIES:
            self.cloud.faults.done["records_given_up"] += len(left)
            self.cloud.note(f"{shard.name} {shard.trigger.function} gives up {len(left)}")
            return
        half = len(left) // 2 if halve else 0
        parts = [left[:half], left[half:]] if half else [left]
        for part in reversed(parts):
            shard.again.appendleft((part, failures))


def is_given_up(old: Item, new: Item) -> bool:
    """Whether a notice's claim counts as crashed from now on."""
    crashes = [int(row.get("crashes", {"N": "0"})["N"]) for row in (old, new)]
    return old.get("state") == CLAIMED and crashes[1] > crashes[0]


def lasts_until(claim: Item, since: float) -> float:
    """Return when a claim may be given up; the product's own word can only make it later."""
    return max(since + CLAIM, datetime.fromisoformat(claim["lease_until"]["S"]).timestamp())


def _ignore(_found: Any, _failed: bool) -> None:
    """Leave what became of a repetition."""
