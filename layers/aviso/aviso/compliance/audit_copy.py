"""The locked copy of the audit trail: from stream records to objects; the work of `keep_audit`.

One object contains one batch's rows of one day, one row per line, as DynamoDB stores them. A
repeated batch writes the same rows again, under its old name or another. The bucket keeps every
version, so a reader of all versions (`audit_check`) reads each row that was ever written.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from aviso.runtime import environment
from aviso.runtime.clients import client


def copy(records: Iterable[Mapping[str, Any]]) -> int:
    """Write the new rows of stream records; return how many there are."""
    rows = sorted(records, key=_day)  # stable: within a day in the stream's order
    for day, group in groupby(rows, key=_day):
        of_day = list(group)
        client("s3").put_object(
            Bucket=environment.name("AUDIT_BUCKET"),
            Key=name(day, of_day[0]),
            Body="".join(_line(record) for record in of_day).encode(),
            ContentType="application/x-ndjson",
            ChecksumAlgorithm="SHA256",  # a bucket with locks accepts nothing without a checksum
        )
    return len(rows)


def name(day: str, first: Mapping[str, Any]) -> str:
    """Return the key of the object that begins with this record.

    It includes the event's id: a sequence number belongs to one shard, and shards have own batches.
    """
    return f"{day}/{first['dynamodb']['SequenceNumber']}-{first['eventID']}.jsonl"


def _day(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["NewImage"]["pk"]["S"]).partition("#")[0]


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record["dynamodb"]["NewImage"], sort_keys=True) + "\n"
