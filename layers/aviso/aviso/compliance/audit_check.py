"""Compares a day's audit trail with its locked copy: for `tally` and `aviso data audit`.

Every version of every object is read, so that an overwrite or a delete marker hides nothing in the
copy. Differences are named by row keys, which are a time and a random number; no other content of
a row leaves this module.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from msgspec import field

from aviso.domain.value import Frozen
from aviso.runtime.clients import client
from aviso.storage import audit

LATE = timedelta(minutes=15)  # by then a row is in the copy, one retry included
SECONDS = 19  # characters of a time to the second
Row = Mapping[str, Any]  # as DynamoDB stores it


class Compared(Frozen, frozen=True, kw_only=True):
    """The number of rows in table and copy for a day, and the keys of the rows that differ."""

    in_table: int
    in_copy: int
    differences: Mapping[str, list[str]] = field(default_factory=dict)  # by what is wrong

    @property
    def differing(self) -> int:
        """How many rows differ; 0 when table and copy both have exactly what was written."""
        return len({key for keys in self.differences.values() for key in keys})


def of_day(bucket: str, day: date, keep_days: int, now: datetime) -> Compared:
    """Compare a day, in UTC, with its copy."""
    return compare(audit.of_day(day), copied(bucket, day), day, keep_days, now)


def compare(
    table: Iterable[Row], copied: Iterable[Row], day: date, keep_days: int, now: datetime
) -> Compared:
    """Compare the rows of a table with their copies.

    Once the settings allow the day's first row to expire, rows may be missing from either side:
    DynamoDB takes days to delete them. A row's own expiry is trusted no more than the rest of the
    row. A row younger than `LATE` may not be in the copy yet.

    Args:
        copied: the rows of every version of the copy, with repeated rows.
    """
    copies: defaultdict[str, set[bytes]] = defaultdict(set)
    for row in copied:  # read first: every row that is in it by then is in the table too
        copies[_key(row)].add(_digest(row))
    stored = {_key(row): _digest(row) for row in table}
    kept = now < datetime.combine(day, time(), UTC) + timedelta(days=keep_days)
    return Compared(
        in_table=len(stored),
        in_copy=len(copies),
        differences={
            "gone from the table": sorted(copies.keys() - stored.keys()) if kept else [],
            "changed in the table": sorted(
                key for key in copies.keys() & stored.keys() if stored[key] not in copies[key]
            ),
            "written in two ways": sorted(key for key, rows in copies.items() if len(rows) > 1),
            "missing in the copy": sorted(
                key for key in stored.keys() - copies.keys() if kept and not _is_new(key, now)
            ),
        },
    )


def copied(bucket: str, day: date) -> Iterator[Row]:
    """Yield every row of a day in the bucket, from every version of every object."""
    s3 = client("s3")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=f"{day}/")
    for version in (v for page in pages for v in page.get("Versions", ())):
        which = {"Key": version["Key"], "VersionId": version["VersionId"]}
        body = s3.get_object(Bucket=bucket, **which)["Body"].read()
        yield from (_row(line, version["Key"]) for line in body.splitlines())


def _row(line: bytes, key: str) -> Row:
    """Return a row, or for foreign content one that the table cannot have."""
    try:
        row: Row = json.loads(line)
        _key(row)
    except (ValueError, KeyError, TypeError):
        return {"pk": {"S": "unreadable"}, "sk": {"S": key}}
    return row


def _key(row: Row) -> str:
    return f"{row['pk']['S']} {row['sk']['S']}"


def _digest(row: Row) -> bytes:
    """Return a row's digest: a busy day's rows themselves would not fit in a function's memory."""
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).digest()


def _is_new(key: str, now: datetime) -> bool:
    """Whether a row is so new that its copy may not be there yet."""
    earliest, latest = (
        f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" for at in (now - LATE, now + LATE)
    )
    return earliest <= key.partition(" ")[2][:SECONDS] <= latest
