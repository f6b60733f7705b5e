"""Restore every table to a copy, compare row by row, delete the copy.

It prints the time it took and changes nothing of the stack's own.

AWS restores the rows, under the same key. It does not restore streams, time to live, point-in-time
recovery and deletion protection (DynamoDB developer guide, "Restoring a table to a point in time").
A real restore copies the rows back into the stack's own table, which has them all.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

from infra.ops import connection

Clients = Callable[[str], Any]
SUFFIX = "-drill"


@dataclass(frozen=True, slots=True)
class Restored:
    """The result of a drill for one table."""

    table: str
    rows: int  # of the restored copy
    differ: int  # rows not in both, or not equal; a table in use differs by what changed since
    seconds: float  # until the copy could be read

    def __str__(self) -> str:
        """Return it as a line of the drill's record."""
        name = self.table.split("-")[-2] if self.table.count("-") > 1 else self.table
        return (
            f"{name:12} {self.rows:9,} rows restored in {self.seconds:6.0f} s, {self.differ} differ"
        )


def drill(clients: Clients, table: str) -> Restored:
    """Restore a table to its latest point in time, compare, and delete the copy."""
    database = clients("dynamodb")
    copy = table + SUFFIX
    began = time.monotonic()
    database.restore_table_to_point_in_time(
        SourceTableName=table, TargetTableName=copy, UseLatestRestorableTime=True
    )
    try:
        database.get_waiter("table_exists").wait(
            TableName=copy, WaiterConfig={"Delay": 10, "MaxAttempts": 1_000}
        )
        seconds = time.monotonic() - began
        rows, differ = compare(database, table, copy)
    finally:
        database.delete_table(TableName=copy)
    return Restored(table, rows, differ, seconds)


def compare(database: Any, table: str, copy: str) -> tuple[int, int]:
    """Return how many rows a copy has, and how many differ between the two."""
    ours, theirs = dict(_rows(database, table)), dict(_rows(database, copy))
    differ = sum(ours.get(key) != theirs.get(key) for key in ours.keys() | theirs.keys())
    return len(theirs), differ


def _rows(database: Any, table: str) -> Iterator[tuple[str, int]]:
    """Yield each row's key, and a hash that distinguishes its content without storing it."""
    for page in database.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        for row in page["Items"]:
            key = "|".join(str(row.get(name, {}).get("S")) for name in ("pk", "sk"))
            yield key, hash(repr(sorted(row.items())))


def run(agency: Path) -> None:
    """Drill with every table."""
    outputs = connection.connect(agency)
    tables = sorted(value for name, value in outputs.items() if name.endswith("Table"))
    for table in tables:
        print(f"drill: {drill(boto3.client, table)}", flush=True)  # type: ignore[arg-type]
    print("drill: the copies are deleted; write down who did this, when, and how long it took")
