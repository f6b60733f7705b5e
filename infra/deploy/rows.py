"""Rows of a table as DynamoDB stores them: read, and copied where they are missing."""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy import lost_decisions

NEVER_COPIED = frozenset({"SWITCHES"})  # guards that a stack keeps: its kill switch, its trial mode
AT_ONCE = 16
Row = Mapping[str, Any]


def scan_rows(database: Any, table: str) -> Iterator[Row]:
    """Yield every row of a table."""
    for page in database.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        yield from page["Items"]


def was_taken_back(database: Any, guards: str, row: Row) -> bool:
    """Whether a guard is a STOP that its sender took back since."""
    name = row["pk"]["S"]
    if not name.startswith("OPTOUT#"):
        return False
    start = {"pk": {"S": name.replace("OPTOUT#", "OPTIN#")}}
    found = database.get_item(TableName=guards, Key=start, ConsistentRead=True).get("Item")
    return bool(found and found["at"]["S"] >= row["at"]["S"])


def copy_missing(database: Any, rows: Iterable[Row], table: str) -> int:
    """Put rows into a table, none over an existing one; return how many were new.

    A case is restricted if a row that is there lacks what people had decided on the lost one.
    """
    count, restricted = 0, set[str]()
    put = partial(_put, database, table=table)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for batch in _batches(rows, 1_000):
            for new, number in pool.map(put, batch):
                count += new
                restricted |= {number} if number else set()
    for number in sorted(restricted):
        lost_decisions.restrict(number)
    return count


def _put(database: Any, row: Row, table: str) -> tuple[int, str]:
    """Put a row; return how many were new, and the number of a case to restrict, if any."""
    new = 1
    try:
        database.put_item(TableName=table, Item=row, ConditionExpression="attribute_not_exists(pk)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        new = 0
    return new, lost_decisions.case_without(database, row, table)


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    batch: list[Row] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    yield batch
