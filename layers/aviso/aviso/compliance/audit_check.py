"""A day's audit trail against its locked copy: each night by `tally`, by hand with `make trail`.

Every version of every object is read, so that nothing in the copy is hidden by what was laid over
it or by a delete marker. What differs is named by the keys of rows, which are a time and a random
number; nothing of what is in them leaves this module.
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

LATE = timedelta(minutes=15)  # by then a row is in the copy, one more try included
SECONDS = 19  # characters of a time to the second
Row = Mapping[str, Any]  # as DynamoDB has it


class Compared(Frozen, frozen=True, kw_only=True):
    """What table and copy hold of a day, and the keys of the rows in which they differ."""

    in_table: int
    in_copy: int
    differences: Mapping[str, list[str]] = field(default_factory=dict)  # by what is wrong

    @property
    def differing(self) -> int:
        """How many rows differ; none when the table holds what was written, and the copy too."""
        return len({key for keys in self.differences.values() for key in keys})


def of_day(bucket: str, day: date, keep_days: int, now: datetime) -> Compared:
    """Hold a day, in UTC, against its copy."""
    return compare(audit.of_day(day), copied(bucket, day), day, keep_days, now)


def compare(
    table: Iterable[Row], copied: Iterable[Row], day: date, keep_days: int, now: datetime
) -> Compared:
    """Hold the rows of a table against what was copied of them.

    From when the settings let the day's first row go, rows may be gone from either: DynamoDB takes
    days for it. What a row says of its own end is believed no more than the rest of it. One that
    is younger than `LATE` may not be in the copy yet.

    Args:
        table: the rows as they stand.
        copied: the rows of every version of the copy, a row that came twice among them.
        day: whose rows they are.
        keep_days: for how long rows are kept.
        now: the time.
    """
    copies: defaultdict[str, set[bytes]] = defaultdict(set)
    for row in copied:  # read first: whatever is in it by then is in the table too
        copies[_key(row)].add(_digest(row))
    stands = {_key(row): _digest(row) for row in table}
    kept = now < datetime.combine(day, time(), UTC) + timedelta(days=keep_days)
    return Compared(
        in_table=len(stands),
        in_copy=len(copies),
        differences={
            "gone from the table": sorted(copies.keys() - stands.keys()) if kept else [],
            "changed in the table": sorted(
                key for key in copies.keys() & stands.keys() if stands[key] not in copies[key]
            ),
            "written in two ways": sorted(key for key, rows in copies.items() if len(rows) > 1),
            "missing in the copy": sorted(
                key for key in stands.keys() - copies.keys() if kept and not _is_new(key, now)
            ),
        },
    )


def copied(bucket: str, day: date) -> Iterator[Row]:
    """Yield every row of a day that the bucket holds, in whatever version of whatever object."""
    s3 = client("s3")
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=f"{day}/")
    for version in (v for page in pages for v in page.get("Versions", ())):
        which = {"Key": version["Key"], "VersionId": version["VersionId"]}
        body = s3.get_object(Bucket=bucket, **which)["Body"].read()
        yield from (_row(line, version["Key"]) for line in body.splitlines())


def _row(line: bytes, key: str) -> Row:
    """Return a row, or one that the table cannot have where something else was put there."""
    try:
        row: Row = json.loads(line)
        _key(row)
    except (ValueError, KeyError, TypeError):
        return {"pk": {"S": "unreadable"}, "sk": {"S": key}}
    return row


def _key(row: Row) -> str:
    return f"{row['pk']['S']} {row['sk']['S']}"


def _digest(row: Row) -> bytes:
    """Return what stands for a row: a busy day's rows themselves would not fit a function."""
    return hashlib.sha256(json.dumps(row, sort_keys=True).encode()).digest()


def _is_new(key: str, now: datetime) -> bool:
    """Say whether a row is so new that its copy may be on its way."""
    earliest, latest = (
        f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" for at in (now - LATE, now + LATE)
    )
    return earliest <= key.partition(" ")[2][:SECONDS] <= latest
