"""Stream records for tests: what DynamoDB would deliver of what the tables held before and after.

moto delivers no streams to functions; `Streams.records()` compares each table with what it was at
the last call and returns one record for each row that changed.
"""

from itertools import count
from typing import Any

import boto3

REGION = "us-west-2"
STREAMED = ("Cases", "Notices", "Responses", "Audit", "Guards")


class Streams:
    """The tables as last seen."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.numbers = count(1)

    def records(self) -> list[dict[str, Any]]:
        """Return a record for each row that is new, changed or gone since the last call."""
        now = {key: image for table in STREAMED for key, image in _rows(table)}
        changed = sorted(k for k in now.keys() | self.seen.keys() if now.get(k) != self.seen.get(k))
        records = [self._record(key, self.seen.get(key), now.get(key)) for key in changed]
        self.seen = now
        return records

    def _record(
        self, key: tuple[str, str, str], old: dict[str, Any] | None, new: dict[str, Any] | None
    ) -> dict[str, Any]:
        table, pk, sk = key
        name = "MODIFY" if old and new else "INSERT" if new else "REMOVE"
        keys = {"pk": {"S": pk}} | ({"sk": {"S": sk}} if sk else {})
        images = {"OldImage": old, "NewImage": new}
        return {
            "eventID": f"event-{next(self.numbers)}",
            "eventName": name,
            "eventSource": "aws:dynamodb",
            "eventSourceARN": f"arn:aws:dynamodb:{REGION}:123456789012:table/{table}/stream/1",
            "dynamodb": {
                "Keys": keys,
                "SequenceNumber": f"{next(self.numbers):010d}",
                **{name: image for name, image in images.items() if image},
            },
        }


def _rows(table: str) -> list[tuple[tuple[str, str, str], dict[str, Any]]]:
    items = boto3.client("dynamodb", region_name=REGION).scan(TableName=table)["Items"]
    return [((table, i["pk"]["S"], i.get("sk", {}).get("S", "")), i) for i in items]
