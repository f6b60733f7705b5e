"""What a write to DynamoDB costs, given what the item was before and what it is after.

The table's part is one unit a kilobyte of the larger of the two. An index costs (DynamoDB's
developer guide, "Using Global Secondary Indexes", on write capacity) nothing while the item is not
in it, or while no value in it changes. It costs one write when the item enters it, leaves it, or
changes in place; two when its key there changes. Most indexes here are sparse: an item without
their keys is not in them.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

KB = 1024
Item = Mapping[str, Any]  # as it goes over the wire
TRANSACTION = 2  # times what it costs alone; that the indexes' part doubles too is assumed


def size(value: Any) -> int:
    """Return about how many bytes an item or answer has: as it goes over the wire, so no less."""
    return len(json.dumps(value, default=str))


def kilobytes(item: Any, of: int = 1) -> int:
    """Return how many units of so many kilobytes an item takes."""
    return max(1, math.ceil(size(item) / (of * KB)))


@dataclass(frozen=True, slots=True)
class IndexShape:
    """An index: its key, and which attributes it holds (all when None)."""

    key: tuple[str, ...]
    holds: frozenset[str] | None

    def of(self, item: Item | None) -> Item | None:
        """Return what it holds of an item, None when the item lacks its key."""
        if item is None or not all(name in item for name in self.key):
            return None
        return {k: v for k, v in item.items() if self.holds is None or k in self.holds}

    def units(self, before: Item | None, after: Item | None) -> int:
        """Return the write units that a change of an item costs here."""
        old, new = self.of(before), self.of(after)
        if old == new:
            return 0
        if old and new and all(old[name] == new[name] for name in self.key):
            return max(kilobytes(old), kilobytes(new))
        return sum(kilobytes(held) for held in (old, new) if held)


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as its template defines it."""

    key: tuple[str, ...]
    indexes: tuple[IndexShape, ...] = ()

    def units(self, before: Item | None, after: Item | None) -> int:
        """Return the write units that a change of an item costs."""
        own = max(kilobytes(before or {}), kilobytes(after or {}))
        return own + sum(index.units(before, after) for index in self.indexes)


def tables(definitions: Mapping[str, Mapping[str, Any]]) -> dict[str, TableShape]:
    """Return tables by name, from the arguments of their `create_table`."""
    return {name: _table(definition) for name, definition in definitions.items()}


def _table(definition: Mapping[str, Any]) -> TableShape:
    key = _names(definition["KeySchema"])
    return TableShape(
        key,
        tuple(
            _index(index, key, index["Projection"])
            for index in definition.get("GlobalSecondaryIndexes", ())
        ),
    )


def _index(
    index: Mapping[str, Any], key: tuple[str, ...], projection: Mapping[str, Any]
) -> IndexShape:
    own = _names(index["KeySchema"])
    if projection["ProjectionType"] == "ALL":
        return IndexShape(own, None)
    return IndexShape(own, frozenset({*key, *own, *projection.get("NonKeyAttributes", ())}))


def _names(schema: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    return tuple(part["AttributeName"] for part in schema)
