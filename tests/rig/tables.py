"""DynamoDB in memory with what makes it hard: indexes and plain reads lag behind the writes."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from infra.harness.dynamodb.database import Database, MemoryTable
from infra.harness.dynamodb.indexes import Item, Key
from infra.harness.stream_triggers import table_properties
from tests.rig.growth import Growth

LIVE = {"pk": {"S": "SWITCHES"}, "trial": {"BOOL": False}}  # as a person left them who went live
definitions = cache(table_properties)  # from the template, read once in a process


class Leader(Database):
    """The tables as consistent reads and writes see them; remembers each write for the follower."""

    def __init__(self, written: Callable[[str, Key, Item | None], None]) -> None:
        super().__init__(definitions())
        self.written = written

    def store_item(self, table: MemoryTable, key: Key, new: Item | None) -> None:
        """Store an item, and remember the write."""
        super().store_item(table, key, new)
        self.written(table.name, key, new)


class Tables:
    """The tables, and a follower that indexes and eventually consistent reads answer from."""

    def __init__(self, now: Callable[[], float], lag: Callable[[], float]) -> None:
        """Make empty tables; a write takes `lag` seconds to reach the follower."""
        self.leader = Leader(self._written)
        self._follower = Database(definitions())
        for table in self._follower.tables.values():
            table.streamed = False
        for database in (self.leader, self._follower):  # before any draw of a seed's dice
            guards = database.tables["Guards"]
            Database.store_item(database, guards, ("SWITCHES", ""), {**LIVE})
        self.leader.changes.clear()
        self._now, self._lag = now, lag
        self._waiting: deque[tuple[float, str, Key, Item | None]] = deque()
        self._latest = 0.0
        self.growth = Growth()
        self.written: list[str] = []  # each row that was stored, whole, for the run's digest

    def answer(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a call, or raise DynamoDB's refusal."""
        if _consistent(operation, params):
            return self.leader.answer(operation, params)
        self._catch_up()
        return self._follower.answer(operation, params)

    def rows(self, table: str) -> list[Item]:
        """Return the rows of a table, in the order of their keys."""
        return [item for _, item in sorted(self.leader.tables[table].items.items())]

    def _written(self, table: str, key: Key, new: Item | None) -> None:
        self._latest = max(self._latest, self._now() + self._lag())
        self._waiting.append((self._latest, table, key, new))
        row = sorted(new.items()) if new else None
        text = json.dumps((table, key, row), default=repr)
        self.written.append(text)
        if new:
            self.growth.see(new, len(text))

    def _catch_up(self) -> None:
        now, tables = self._now(), self._follower.tables
        while self._waiting and self._waiting[0][0] <= now:
            _, name, key, new = self._waiting.popleft()
            self._follower.store_item(tables[name], key, new)


def _consistent(operation: str, params: Mapping[str, Any]) -> bool:
    if operation in ("Query", "Scan", "GetItem"):
        return bool(params.get("ConsistentRead"))
    if operation == "BatchGetItem":
        return all(asked.get("ConsistentRead") for asked in params["RequestItems"].values())
    return True  # a write
