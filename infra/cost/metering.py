"""The counting hook: every AWS call a run makes, in the units that AWS bills.

It wraps every client, so it sees what the product really calls. DynamoDB's units are computed from
the items' bytes. Before and after a write the imitation is asked what the item is. A read that
filters or picks attributes is repeated without them, since AWS bills what was read and not what
came back.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from botocore.client import BaseClient

from infra.cost.write_units import KB, TRANSACTION, Item, TableShape, kilobytes, size
from infra.harness.client_calls import Ask, every_call

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
CHECK = "ConditionCheckItem"
PICKED = ("FilterExpression", "ProjectionExpression")
NAMES, VALUES = "ExpressionAttributeNames", "ExpressionAttributeValues"


@contextmanager
def counted(tables: Mapping[str, TableShape]) -> Iterator[Counter[str]]:
    """Count the billed units of every call made meanwhile.

    What else hooks into calls must do so within, or it sees what the counting asks.

    Args:
        tables: with their indexes, by name.
    """
    units: Counter[str] = Counter()

    def call(client: BaseClient, operation: str, params: dict[str, Any], ask: Ask) -> Any:
        service = client.meta.service_model.service_name
        taken = Taken(ask, service, operation, params, tables)
        answer = None
        try:
            answer = ask(operation, params)
            return answer
        finally:
            units.update(taken.units(answer))  # refused calls cost too

    with every_call(call):
        yield units


class Taken:
    """What one call takes: made before the call, asked after it."""

    def __init__(
        self,
        ask: Ask,
        service: str,
        operation: str,
        params: dict[str, Any],
        tables: Mapping[str, TableShape],
    ) -> None:
        """Look at the items that the call will write.

        Args:
            ask: makes a call that nobody counts.
            tables: see `counted`.
        """
        self.ask, self.service, self.operation, self.params = ask, service, operation, params
        self.tables = tables
        self.before = self._items()

    def units(self, answer: Mapping[str, Any] | None) -> dict[str, float]:
        """Return the units of the call, whose answer is None when it was refused."""
        if self.service != "dynamodb":
            return of_service(self.service, self.operation)
        written = self._written()
        if not written:
            return read(self.operation, self.params, self._whole(answer or {}))
        after = self._items() if answer is not None else self.before
        times = TRANSACTION if self.operation == "TransactWriteItems" else 1
        units: Counter[str] = Counter({"dynamodb_calls": 1})
        for (kind, one), old, new in zip(written, self.before, after, strict=True):
            if kind == CHECK:
                units["dynamodb_read_units"] += kilobytes(old or {}, 4) * times
            else:  # one that was refused changed nothing, and costs what it would have replaced
                units["dynamodb_write_units"] += (
                    self.tables[one["TableName"]].units(old, new) * times
                )
        return dict(units)

    def _written(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Return what the call writes: each kind of write, and its own parameters."""
        if self.operation == "TransactWriteItems":
            asked = [pair for item in self.params["TransactItems"] for pair in item.items()]
            return [(f"{kind}Item", one) for kind, one in asked]
        return [(self.operation, self.params)] if self.operation in WRITES else []

    def _items(self) -> list[Item | None]:
        """Return the items that the call writes as they are now."""
        if self.service != "dynamodb":
            return []
        return [self._item(one) for _, one in self._written()]

    def _item(self, one: Mapping[str, Any]) -> Item | None:
        table = one["TableName"]
        key = one.get("Key") or {name: one["Item"][name] for name in self.tables[table].key}
        asked = {"TableName": table, "Key": key, "ConsistentRead": True}
        found: Item | None = self.ask("GetItem", asked).get("Item")
        return found

    def _whole(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the answer with all that was read for it."""
        if self.operation not in ("Query", "Scan") or not any(p in self.params for p in PICKED):
            return answer
        asked = {k: v for k, v in self.params.items() if k not in (*PICKED, NAMES, VALUES)}
        used = set(re.findall(r"[#:]\w+", asked.get("KeyConditionExpression", "")))
        for kind in (NAMES, VALUES):
            if kept := {k: v for k, v in self.params.get(kind, {}).items() if k in used}:
                asked[kind] = kept
        whole: Mapping[str, Any] = self.ask(self.operation, asked)
        return whole


def of_service(service: str, operation: str) -> dict[str, float]:
    """Return the units of one call to anything but DynamoDB."""
    if service == "s3":
        return {"s3_puts" if operation.startswith("Put") else "s3_gets": 1}
    if service == "secretsmanager":
        return {"secrets_requests": 1, "kms_requests": 1}
    if service == "sns" and operation == "Publish":
        return {"texts": 1}
    if service == "sesv2" and operation == "SendEmail":
        return {"emails": 1}
    return {f"{service}:{operation}": 1}


def read(operation: str, params: Mapping[str, Any], answer: Mapping[str, Any]) -> dict[str, float]:
    """Return the units of one read from DynamoDB.

    Args:
        answer: all that was read, whatever of it came back.
    """
    consistent = 1.0 if _consistent(params) else 0.5
    if operation == "BatchGetItem":
        wanted = sum(len(t["Keys"]) for t in params["RequestItems"].values())
        found = [i for items in answer.get("Responses", {}).values() for i in items]
        units = sum(kilobytes(item, 4) for item in found) + (wanted - len(found))
    else:
        items = answer.get("Items", answer.get("Item", {}))
        units = max(1, math.ceil(size(items) / (4 * KB)))
    return {"dynamodb_read_units": units * consistent, "dynamodb_calls": 1}


def _consistent(params: Mapping[str, Any]) -> bool:
    if "RequestItems" in params:
        return any(t.get("ConsistentRead") for t in params["RequestItems"].values())
    return bool(params.get("ConsistentRead"))
