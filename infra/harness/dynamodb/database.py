"""The tables: items by key, sorted indexes, stream records, and each call's answer."""

import bisect
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from botocore.client import BaseClient

from infra.harness.client_calls import refusal
from infra.harness.dynamodb.expressions import ExpressionInputs, condition, project, update
from infra.harness.dynamodb.indexes import (
    Item,
    Key,
    MemoryIndex,
    Place,
    Refused,
    hash_of,
    index_of,
    text_of,
    within,
)
from infra.harness.dynamodb.pages import scanned, size

MOST_IN_ONE = 100  # writes of a transaction
PAGE = 1 << 20  # bytes that one answer to a Query or Scan may read


@dataclass(frozen=True, slots=True)
class Change:
    """One record of a stream."""

    table: str
    number: int
    old: Item | None
    new: Item | None


@dataclass(slots=True)
class MemoryTable:
    """One table."""

    name: str
    keys: tuple[str, ...]
    streamed: bool
    indexes: Mapping[str, MemoryIndex]
    items: dict[Key, Item] = field(default_factory=dict)
    order: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    partitions: list[str] = field(default_factory=list)  # the keys of `order`, sorted
    sizes: dict[Key, int] = field(default_factory=dict)  # of items that were read, in bytes

    def size(self, key: Key) -> int:
        """Return an item's size, computed once after each write."""
        if key not in self.sizes:
            self.sizes[key] = size(self.items[key])
        return self.sizes[key]

    def key(self, item: Item) -> Key:
        """Return an item's key."""
        return text_of(item[self.keys[0]]), text_of(item[self.keys[1]]) if self.keys[1:] else ""


class Database:
    """All tables, and the calls on them."""

    def __init__(self, definitions: Mapping[str, Mapping[str, Any]]) -> None:
        """Make empty tables.

        Args:
            definitions: the properties of each table, as the template has them, by name.
        """
        self.tables = {name: _table(name, d) for name, d in definitions.items()}
        self.changes: list[Change] = []
        self._numbers = count(1)
        self._calls: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "GetItem": self._get,
            "BatchGetItem": self._get_batch,
            "PutItem": lambda p: self._write_one("Put", p),
            "UpdateItem": lambda p: self._write_one("Update", p),
            "BatchWriteItem": self._write_batch,
            "DeleteItem": lambda p: self._write_one("Delete", p),
            "TransactWriteItems": self._transact,
            "Query": self._query,
            "Scan": self._scan,
        }

    def answer(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a call.

        Raises:
            Refused: when DynamoDB refuses it.
        """
        return self._calls[operation](params)

    def call(self, client: BaseClient, operation: str, params: Mapping[str, Any]) -> Any:
        """Answer a client's call, or raise botocore's exception."""
        try:
            return self.answer(operation, params)
        except Refused as refused:
            raise refusal(client, operation, refused.code, 400, refused.reasons) from None

    def keep(self, table: str, rows: Iterable[tuple[Key, Item]]) -> None:
        """Put rows, without copies and stream records: for very many that are there at first."""
        for key, item in rows:
            self.store_item(self.tables[table], key, item)
        self.changes.clear()

    def expire(self, now: float) -> int:
        """Delete items whose time to live is over, as DynamoDB does; return how many."""
        gone = 0
        for table in self.tables.values():
            for key, item in list(table.items.items()):
                if "expires" in item and float(item["expires"]["N"]) < now:
                    self.store_item(table, key, None)
                    gone += 1
        return gone

    def _get(self, params: Mapping[str, Any]) -> dict[str, Any]:
        table = self.tables[params["TableName"]]
        item = table.items.get(table.key(params["Key"]))
        return {"Item": _projected(item, params)} if item is not None else {}

    def _get_batch(self, params: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, list[dict[str, Any]]] = {}
        for name, wanted in params["RequestItems"].items():
            table = self.tables[name]
            items = (table.items.get(table.key(key)) for key in wanted["Keys"])
            found[name] = [_projected(item, wanted) for item in items if item is not None]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _write_one(self, kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
        table, key, old = self._meant(kind, params)
        if not _holds(params, old):
            raise Refused("ConditionalCheckFailedException")
        new = _written(kind, params, old)
        self.store_item(table, key, new)
        shown = {"ALL_OLD": old, "ALL_NEW": new}.get(params.get("ReturnValues", "NONE"))
        return {"Attributes": dict(shown)} if shown else {}

    def _write_batch(self, params: Mapping[str, Any]) -> dict[str, Any]:
        for name, requests in params["RequestItems"].items():
            for request in requests:
                item = request["PutRequest"]["Item"]
                self._write_one("Put", {"TableName": name, "Item": item})
        return {"UnprocessedItems": {}}

    def _transact(self, params: Mapping[str, Any]) -> dict[str, Any]:
        entries = [next(iter(entry.items())) for entry in params["TransactItems"]]
        meant = [(kind, one, *self._meant(kind, one)) for kind, one in entries]
        places = {(table.name, key) for _, _, table, key, _ in meant}
        if len(places) < len(meant) or len(meant) > MOST_IN_ONE:
            raise Refused("ValidationException")
        holds = [_holds(one, old) for _, one, _, _, old in meant]
        if not all(holds):
            codes = ["None" if held else "ConditionalCheckFailed" for held in holds]
            raise Refused("TransactionCanceledException", [{"Code": code} for code in codes])
        writes = [(t, key, _written(kind, one, old)) for kind, one, t, key, old in meant]
        for table, key, new in writes:
            self.store_item(table, key, new)
        return {}

    def _meant(self, kind: str, params: Mapping[str, Any]) -> tuple[MemoryTable, Key, Item | None]:
        """Return the table and key of a write, and the item as it is."""
        table = self.tables[params["TableName"]]
        key = table.key(params["Item"] if kind == "Put" else params["Key"])
        return table, key, table.items.get(key)

    def store_item(self, table: MemoryTable, key: Key, new: Item | None) -> None:
        """Store, or with None delete, an item: every write comes here, and a subclass may watch.

        It keeps the indexes, the order of the keys and the stream's records.
        """
        old = table.items.get(key)
        if old is None and new is None:
            return
        for index in table.indexes.values():
            index.follow(key, old, new)
        table.sizes.pop(key, None)
        if new is None:
            del table.items[key]
            row = table.order[key[0]]
            del row[bisect.bisect_left(row, key[1])]
        else:
            table.items[key] = new
            if key[0] not in table.order:
                bisect.insort(table.partitions, key[0])
            if old is None:
                bisect.insort(table.order[key[0]], key[1])
        if table.streamed and old != new:  # a write that changes nothing makes no record
            self.changes.append(Change(table.name, next(self._numbers), old, new))

    def _query(self, params: Mapping[str, Any]) -> dict[str, Any]:
        table = self.tables[params["TableName"]]
        index = table.indexes[params["IndexName"]] if "IndexName" in params else None
        if index and params.get("ConsistentRead"):
            raise Refused("ValidationException")
        under = hash_of(params, index.hash if index else table.keys[0])
        places: Sequence[Place]
        if index:
            places = within(index.entries.get(under, ()), index, params)
        else:
            places = [("", under, sk) for sk in table.order.get(under, ())]
        start = params.get("ExclusiveStartKey")
        forward = params.get("ScanIndexForward", True)
        if start is not None:
            place = index.place(start, table.key(start)) if index else None
            last = place[1] if place else ("", *table.key(start))
            if forward:
                places = places[bisect.bisect_right(places, last) :]
            else:
                places = places[: bisect.bisect_left(places, last)]
        holds = _filter(params, params["KeyConditionExpression"])
        keys = (place[1:] for place in (places if forward else reversed(places)))
        return self._page(params, table, index, (k for k in keys if holds(table.items[k])))

    def _scan(self, params: Mapping[str, Any]) -> dict[str, Any]:
        table = self.tables[params["TableName"]]
        start = params.get("ExclusiveStartKey")
        last = table.key(start) if start is not None else ("", "")
        keys = scanned(table.partitions, table.order, last, params)
        return self._page(params, table, None, keys)

    def _page(
        self,
        params: Mapping[str, Any],
        table: MemoryTable,
        index: MemoryIndex | None,
        keys: Iterable[Key],
    ) -> dict[str, Any]:
        """Return as much as one answer may contain, and where the next one begins."""
        text = params.get("FilterExpression")
        keep = _filter(params, text) if text else None
        limit, read, seen = params.get("Limit"), 0, 0
        found: list[dict[str, Any]] = []
        answer: dict[str, Any] = {}
        for key in keys:
            item = table.items[key]
            seen, read = seen + 1, read + table.size(key)
            if keep is None or keep(item):
                shown = item
                if index and index.keeps is not None:
                    shown = {n: v for n, v in item.items() if n in index.keeps}
                found.append(_projected(shown, params))
            if read >= PAGE or seen == limit:
                ends = (*table.keys, *((index.hash, index.range) if index else ()))
                answer["LastEvaluatedKey"] = {name: item[name] for name in ends if name}
                break
        rows = {} if params.get("Select") == "COUNT" else {"Items": found}
        return answer | rows | {"Count": len(found), "ScannedCount": seen}


def _asked(params: Mapping[str, Any], item: Item) -> ExpressionInputs:
    return ExpressionInputs(
        item,
        params.get("ExpressionAttributeNames", {}),
        params.get("ExpressionAttributeValues", {}),
    )


def _filter(params: Mapping[str, Any], text: str) -> Callable[[Item], bool]:
    """Return a call's condition as a test of one item after the other."""
    test = condition(text)
    _, names, values = _asked(params, {})
    return lambda item: test(ExpressionInputs(item, names, values))


def _holds(params: Mapping[str, Any], old: Item | None) -> bool:
    text = params.get("ConditionExpression")
    return not text or condition(text)(_asked(params, old or {}))


def _written(kind: str, params: Mapping[str, Any], old: Item | None) -> Item | None:
    """Return an item after a write."""
    if kind == "Put":
        return dict(params["Item"])
    if kind != "Update":
        return old if kind == "ConditionCheck" else None
    asked, new = _asked(params, old or {}), dict(old or params["Key"])
    try:
        for assign in update(params["UpdateExpression"]):
            assign(asked, new)
    except (KeyError, TypeError):  # a path through, or a sum with, something absent
        raise Refused("ValidationException") from None
    return new


def _projected(item: Item, params: Mapping[str, Any]) -> dict[str, Any]:
    text = params.get("ProjectionExpression")
    names = params.get("ExpressionAttributeNames", {})
    return project(item, text, names) if text else dict(item)


def _table(name: str, properties: Mapping[str, Any]) -> MemoryTable:
    keys = tuple(k["AttributeName"] for k in properties["KeySchema"])
    return MemoryTable(
        name=name,
        keys=keys,
        streamed="StreamSpecification" in properties,
        indexes={
            index["IndexName"]: index_of(index, keys)
            for index in properties.get("GlobalSecondaryIndexes", ())
        },
    )
