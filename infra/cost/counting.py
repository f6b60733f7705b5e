"""The counting hook: every AWS call a run makes, in the units that AWS bills.

Hooks into botocore, so it sees what the product really calls. DynamoDB's units are computed from
the bytes that went there and back, each write as if it touched every index of its table: the
result is a little too high, never too low.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem"})
KB = 1024


def size(value: Any) -> int:
    """Return about how many bytes an item or answer has on the wire."""
    return len(json.dumps(value, default=str))


@contextmanager
def counted(indexes: Mapping[str, int]) -> Iterator[Counter[str]]:
    """Count the billed units of every call made meanwhile.

    Args:
        indexes: how many indexes each table has, by name.
    """
    units: Counter[str] = Counter()
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name
        try:
            answer = original(self, operation, params)
        except Exception:
            units.update(of_call(service, operation, params, {}, indexes))  # refused calls cost too
            raise
        units.update(of_call(service, operation, params, answer, indexes))
        return answer

    with patch.object(BaseClient, "_make_api_call", call):
        yield units


def of_call(
    service: str,
    operation: str,
    params: Mapping[str, Any],
    answer: Mapping[str, Any],
    indexes: Mapping[str, int],
) -> dict[str, float]:
    """Return the units of one call."""
    if service == "dynamodb":
        return _dynamodb(operation, params, answer, indexes)
    if service == "s3":
        return {"s3_puts" if operation.startswith("Put") else "s3_gets": 1}
    if service == "secretsmanager":
        return {"secrets_requests": 1, "kms_requests": 1}
    if service == "sns" and operation == "Publish":
        return {"texts": 1}
    if service == "sesv2" and operation == "SendEmail":
        return {"emails": 1}
    return {f"{service}:{operation}": 1}


def _dynamodb(
    operation: str, params: Mapping[str, Any], answer: Mapping[str, Any], indexes: Mapping[str, int]
) -> dict[str, float]:
    if operation in WRITES:
        return _write(operation, params, answer, indexes, 1) | {"dynamodb_calls": 1}
    if operation == "TransactWriteItems":
        total: Counter[str] = Counter({"dynamodb_calls": 1})
        for item in params["TransactItems"]:
            for kind, one in item.items():
                total.update(_write(f"{kind}Item", one, {}, indexes, 2))
        return dict(total)
    consistent = 1.0 if _consistent(params) else 0.5
    if operation == "BatchGetItem":
        wanted = sum(len(t["Keys"]) for t in params["RequestItems"].values())
        found = [i for items in answer.get("Responses", {}).values() for i in items]
        units = sum(math.ceil(size(item) / (4 * KB)) for item in found) + (wanted - len(found))
        return {"dynamodb_read_units": units * consistent, "dynamodb_calls": 1}
    read = max(1, math.ceil(size(answer.get("Items", answer.get("Item", {}))) / (4 * KB)))
    return {"dynamodb_read_units": read * consistent, "dynamodb_calls": 1}


def _write(
    operation: str,
    params: Mapping[str, Any],
    answer: Mapping[str, Any],
    indexes: Mapping[str, int],
    times: int,
) -> dict[str, float]:
    if operation == "ConditionCheckItem":
        return {"dynamodb_read_units": times}
    item = params.get("Item") or answer.get("Attributes") or params
    kilobytes = max(1, math.ceil(size(item) / KB))
    spread = 1 + indexes.get(params["TableName"], 0)
    return {"dynamodb_write_units": kilobytes * spread * times}


def _consistent(params: Mapping[str, Any]) -> bool:
    if "RequestItems" in params:
        return any(t.get("ConsistentRead") for t in params["RequestItems"].values())
    return bool(params.get("ConsistentRead"))
