"""The Tallies table: counters by day and metric, the ids of what was counted, and seals.

A counter is one item per day and metric, with its cuts as attributes: `all`, `group:property`,
`kind:arrest`. ADD works only on top-level attributes, in one step. An item's size is bounded by
the number of cuts, not by what is counted. This module calls the client itself, since pynamodb's
models must know their attributes beforehand.
"""

import json
import random
import secrets
import time
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from aviso.domain.errors import Conflict
from aviso.runtime import environment
from aviso.storage.model_calls import client
from aviso.storage.tables import COLLISION, CONDITION_FAILED, ignore_if_changed

SHARDS = 4  # a day's counters are spread over these, so that no day is one hot partition
MONTH = timedelta(days=31)  # one Query's range: below the 1 MB limit of a page
TRIES = 8
KEYS = frozenset({"pk", "sk"})

Counts = Mapping[str, Mapping[str, int]]  # metric -> cut -> count
Deltas = Mapping[tuple[date, str], Mapping[str, int]]  # (day, metric) -> cut -> to add
Fact = Mapping[str, Any]  # one fact of a row, as plain data


def count(event: str, deltas: Deltas, note: str, expires: date | None) -> str:
    """Add to counters once: the event's id and every ADD are one transaction.

    Args:
        event: the id of what is counted.
        note: stored with the id, for a recount.
        expires: when the id may be forgotten, which is after its day is sealed. None: never.

    Returns:
        `counted`, `again` when this id was counted before, or `late` when its day is sealed.

    Raises:
        Conflict: when others keep writing the same counters; the stream delivers it again.
    """
    writes = [_put(event, note, expires), *_open(deltas), *_adds(event, deltas)]
    for attempt in range(TRIES):
        try:
            client().transact_write_items(TransactItems=writes)
            return "counted"
        except ClientError as error:
            reasons = [r.get("Code") for r in error.response.get("CancellationReasons", ())]
            if CONDITION_FAILED in reasons:
                return "again" if reasons[0] == CONDITION_FAILED else "late"
            if COLLISION not in reasons:
                raise
        time.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311 - only to avoid another collision
    raise Conflict("the counters keep changing")


def _put(event: str, note: str, expires: date | None) -> dict[str, Any]:
    item: dict[str, Any] = _key(f"EVENT#{event}", "EVENT") | {"note": {"S": note}}
    if expires:
        item["expires"] = _seconds(expires)
    return {
        "Put": {
            "TableName": _table(),
            "Item": item,
            "ConditionExpression": "attribute_not_exists(pk)",
        }
    }


def _open(deltas: Deltas) -> Iterator[dict[str, Any]]:
    for day in sorted({day for day, _ in deltas}):
        yield {
            "ConditionCheck": {
                "TableName": _table(),
                "Key": _key("SEAL", day.isoformat()),
                "ConditionExpression": "attribute_not_exists(pk)",
            }
        }


def _adds(event: str, deltas: Deltas) -> Iterator[dict[str, Any]]:
    shard = zlib.crc32(event.encode()) % SHARDS
    for (day, metric), cuts in deltas.items():
        terms = [f"#c{n} :c{n}" for n in range(len(cuts))]
        yield {
            "Update": {
                "TableName": _table(),
                "Key": _key(f"DAYS#{shard}", f"{day.isoformat()}#{metric}"),
                "UpdateExpression": f"ADD {', '.join(terms)}",
                "ExpressionAttributeNames": {f"#c{n}": cut for n, cut in enumerate(cuts)},
                "ExpressionAttributeValues": {
                    f":c{n}": {"N": str(delta)} for n, delta in enumerate(cuts.values())
                },
            }
        }


def read(first: date, last: date) -> dict[date, dict[str, dict[str, int]]]:
    """Return the counters of these days, both included: day -> metric -> cut -> count.

    One Query per shard and month, however much was counted.
    """
    found: dict[date, dict[str, dict[str, int]]] = {}
    while first <= last:
        end = min(first + MONTH - timedelta(days=1), last)
        for shard in range(SHARDS):
            low, high = first.isoformat(), f"{end.isoformat()}#~"
            for item in _query(f"DAYS#{shard}", "sk BETWEEN :low AND :high", low=low, high=high):
                day, _, metric = item["sk"]["S"].partition("#")
                cuts = found.setdefault(date.fromisoformat(day), {}).setdefault(metric, {})
                for cut, number in item.items():
                    if cut not in KEYS:
                        cuts[cut] = cuts.get(cut, 0) + int(number["N"])
        first = end + timedelta(days=1)
    return found


def first_counted() -> date | None:
    """Return the earliest day that has a counter."""
    firsts = (_edge(f"DAYS#{shard}", last=False) for shard in range(SHARDS))
    return min((date.fromisoformat(sk.partition("#")[0]) for sk in firsts if sk), default=None)


def has_counted() -> bool:
    """Whether anything was counted in this table.

    Rows of sealed days may have been restored, and so may the ids of whom they counted, which never
    expire. Every other id was written by counting.
    """
    pages = (
        client()
        .get_paginator("scan")
        .paginate(
            TableName=_table(),
            FilterExpression="begins_with(pk, :event) AND attribute_exists(expires)",
            ExpressionAttributeValues={":event": {"S": "EVENT#"}},
            ConsistentRead=True,
        )
    )
    return any(page["Items"] for page in pages)


def notes(events: Collection[str]) -> dict[str, str]:
    """Return the notes stored with those of these ids that were counted."""
    found: dict[str, str] = {}
    waiting = [_key(f"EVENT#{event}", "EVENT") for event in sorted(events)]
    while waiting:
        batch, waiting = waiting[:100], waiting[100:]
        answer = client().batch_get_item(
            RequestItems={_table(): {"Keys": batch, "ConsistentRead": True}}
        )
        waiting += answer.get("UnprocessedKeys", {}).get(_table(), {}).get("Keys", [])
        for item in answer["Responses"].get(_table(), ()):
            found[item["pk"]["S"].removeprefix("EVENT#")] = item["note"]["S"]
    return found


def erase(
    table: str, key: Mapping[str, Any], version: str, stated: Sequence[Fact], expires: date
) -> None:
    """Delete a counted row for good, and keep what it counted as in the same transaction.

    Args:
        key: the row's key, as DynamoDB writes it.
        version: the row's version as it was read; empty when it has none.
        stated: what the row counted as; it names nobody.
        expires: when that may be forgotten, which is after its days are sealed.

    Raises:
        Conflict: when the row has changed since it was read.
    """
    gone: dict[str, Any] = {"TableName": table, "Key": dict(key)}
    if version:
        gone["ConditionExpression"] = "version = :version"
        gone["ExpressionAttributeValues"] = {":version": {"N": version}}
    kept = _key("ERASED", secrets.token_hex(16)) | {
        "facts": {"S": json.dumps(stated)},
        "expires": _seconds(expires),
    }
    writes = [{"Delete": gone}, {"Put": {"TableName": _table(), "Item": kept}}]
    try:
        client().transact_write_items(TransactItems=writes)
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        raise Conflict("the row changed while it was being erased") from None


def erased() -> Iterator[Fact]:
    """Yield what every erased row counted as, for a recount."""
    for item in _query("ERASED", "sk >= :since", since="0"):
        yield from json.loads(item["facts"]["S"])


def close(day: date) -> None:
    """Stop counting into a day: the first half of sealing it."""
    item = _key("SEAL", day.isoformat())
    with ignore_if_changed():
        client().put_item(
            TableName=_table(), Item=item, ConditionExpression="attribute_not_exists(pk)"
        )


def seal(day: date, counts: Counts) -> None:
    """Store a copy of a closed day's counters, made while their source rows still exist."""
    text = json.dumps(counts, sort_keys=True, separators=(",", ":"))
    client().put_item(
        TableName=_table(), Item=_key("SEAL", day.isoformat()) | {"counts": {"S": text}}
    )


def seals(since: date | None = None) -> Iterator[tuple[date, Counts | None]]:
    """Yield the seals by day; a day that is closed but not sealed has no counts."""
    for item in _query("SEAL", "sk >= :since", since=(since or date.min).isoformat()):
        text = item.get("counts", {}).get("S")
        yield date.fromisoformat(item["sk"]["S"]), json.loads(text) if text else None


def last_sealed() -> date | None:
    """Return the latest day with a seal, finished or not."""
    day = _edge("SEAL", last=True)
    return date.fromisoformat(day) if day else None


def _edge(pk: str, *, last: bool) -> str:
    """Return a partition's first or last sort key, empty when it has none."""
    answer = client().query(
        TableName=_table(),
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": pk}},
        ScanIndexForward=not last,
        Limit=1,
        ConsistentRead=True,
    )
    return next((str(item["sk"]["S"]) for item in answer["Items"]), "")


def _query(pk: str, condition: str, **values: str) -> Iterable[dict[str, Any]]:
    pages = (
        client()
        .get_paginator("query")
        .paginate(
            TableName=_table(),
            KeyConditionExpression=f"pk = :pk AND {condition}",
            ExpressionAttributeValues={
                ":pk": {"S": pk},
                **{f":{name}": {"S": value} for name, value in values.items()},
            },
            ConsistentRead=True,
        )
    )
    return (item for page in pages for item in page["Items"])


def _table() -> str:
    return environment.name("TALLIES_TABLE", "Tallies")


def _seconds(day: date) -> dict[str, str]:
    return {"N": str(int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()))}


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}
