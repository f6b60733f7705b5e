"""The locked copy of the audit trail: from a stream's records to objects; the work of `keep_audit`.

One object holds what one batch brought of one day, a row a line, as DynamoDB has it. A batch that
comes again writes the same rows again, under its old name or another: the bucket keeps every
version, so whoever reads all of them (`comparing`) reads each row that ever came.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from aviso.runtime import environment
from aviso.runtime.clients import client


def copy(records: Iterable[Mapping[str, Any]]) -> int:
    """Write the new rows that stream records show; return how many they are."""
    rows = sorted(records, key=_day)  # stable: within a day in the stream's order
    for day, group in groupby(rows, key=_day):
        of_day = list(group)
        client("s3").put_object(
            Bucket=environment.name("AUDIT_BUCKET"),
            Key=name(day, of_day[0]),
            Body="".join(_line(record) for record in of_day).encode(),
            ContentType="application/x-ndjson",
            ChecksumAlgorithm="SHA256",  # a bucket that locks takes nothing without a checksum
        )
    return len(rows)


def name(day: str, first: Mapping[str, Any]) -> str:
    """Return the key of the object that begins with this record.

    The event's id as well: a sequence number is one shard's, and each shard has its own batches.
    """
    return f"{day}/{first['dynamodb']['SequenceNumber']}-{first['eventID']}.jsonl"


def _day(record: Mapping[str, Any]) -> str:
    return str(record["dynamodb"]["NewImage"]["pk"]["S"]).partition("#")[0]


def _line(record: Mapping[str, Any]) -> str:
    return json.dumps(record["dynamodb"]["NewImage"], sort_keys=True) + "\n"
