"""`make trail DAY=2026-11-24`: the audit trail of a day against its locked copy.

Speaks to the portal that `make run` keeps up, else to the AWS account of the usual AWS variables,
as `make held` does. Reads every version of every object, so that nothing in the copy is hidden by
what was laid over it or by a delete marker. Prints the keys of rows, which are a time and a random
number, and nothing of what is in them.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3

from infra.local.operate import SAMPLE, connect

LATE = timedelta(minutes=15)  # by then a row is in the copy, one more try included
Row = Mapping[str, Any]  # as DynamoDB has it


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What table and copy hold of a day, and the keys of the rows in which they differ."""

    in_table: int
    in_copy: int
    differences: Mapping[str, list[str]] = field(default_factory=dict)  # by what is wrong

    @property
    def clean(self) -> bool:
        """Say whether the table holds what was written, and the copy what the table holds."""
        return not any(self.differences.values())


def compare(table: Iterable[Row], copied: Iterable[Row], now: datetime) -> Compared:
    """Hold the rows of a table against what was copied of them.

    A row whose time to live is over may be gone from either: DynamoDB takes days for it. One that
    is younger than `LATE` may not be in the copy yet.

    Args:
        table: the rows as they stand.
        copied: the rows of every version of the copy, a row that came twice among them.
        now: the time.
    """
    stands = {_key(row): row for row in table}
    copies: defaultdict[str, list[Row]] = defaultdict(list)
    for row in copied:
        if row not in copies[_key(row)]:
            copies[_key(row)].append(row)
    old = f"{(now - LATE).astimezone(UTC):%Y-%m-%dT%H:%M:%S}"
    return Compared(
        in_table=len(stands),
        in_copy=len(copies),
        differences={
            "gone from the table": sorted(
                key for key in copies.keys() - stands.keys() if not _over(copies[key][0], now)
            ),
            "changed in the table": sorted(
                key for key in copies.keys() & stands.keys() if stands[key] not in copies[key]
            ),
            "written in two ways": sorted(key for key, rows in copies.items() if len(rows) > 1),
            "missing in the copy": sorted(
                key
                for key in stands.keys() - copies.keys()
                if key.partition(" ")[2] < old and not _over(stands[key], now)
            ),
        },
    )


def _key(row: Row) -> str:
    return f"{row['pk']['S']} {row['sk']['S']}"


def _over(row: Row, now: datetime) -> bool:
    """Say whether a row has reached its end; one that names none has not."""
    return int(row.get("expires", {}).get("N", 1 << 60)) <= now.timestamp()


def copied(s3: Any, bucket: str, day: date) -> Iterator[Row]:
    """Yield every row of a day that the bucket holds, in whatever version of whatever object."""
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


def report(day: date, found: Compared) -> Iterator[str]:
    """Yield the lines that say what was found."""
    yield f"{day} (UTC): {found.in_table:,} rows in the table, {found.in_copy:,} in the locked copy"
    for what, keys in found.differences.items():
        yield from (f"  {what}  {key}" for key in keys)
    differing = {key for keys in found.differences.values() for key in keys}
    yield f"trail: {len(differing):,} differences"


def main() -> int:
    """Compare a day; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("day", help="a day in UTC, as 2026-11-24; empty for today")
    parser.add_argument("--agency", type=Path, default=SAMPLE)
    asked = parser.parse_args()
    now = datetime.now(UTC)
    try:
        day = date.fromisoformat(asked.day) if asked.day else now.date()
    except ValueError:
        parser.error("say which day: make trail DAY=2026-11-24")
    outputs = connect(asked.agency)
    if "AuditBucket" not in outputs:
        raise SystemExit("trail: this stack's release keeps no locked copy yet; make deploy")
    from aviso.store import audit  # bound to the stack's table

    # The copy first: whatever is in it by then is in the table too.
    copy = list(copied(boto3.client("s3"), outputs["AuditBucket"], day))
    found = compare(audit.of_day(day), copy, now)
    print("\n".join(report(day, found)))
    return 0 if found.clean else 1


if __name__ == "__main__":
    sys.exit(main())
