"""The state machine Backfill of the real template, started and watched on local AWS."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from infra.local.sample.export import export
from infra.local.stack import LocalAws, StackError, wait_for

# Before the sample agency's go-live, so that all that these cases say is history.
LONG_AGO = datetime(2025, 12, 20, 12, 0, tzinfo=ZoneInfo("America/Phoenix"))
ROWS_A_CASE = 3.5  # of the sample: a case, some people, perhaps an arrest
FILES = ("people.csv", "cases.csv", "arrests.csv")


def make(folder: Path, rows: int) -> int:
    """Write about so many rows of old cases; return how many lines below the headers there are."""
    export(folder, round(rows / ROWS_A_CASE), LONG_AGO, seed=7)
    return sum((folder / name).read_bytes().count(b"\n") - 1 for name in FILES)


def put(aws: LocalAws, folder: Path) -> None:
    """Put the files where a backfill looks."""
    for name in FILES:
        aws.client("s3").upload_file(
            str(folder / name), aws.outputs["FeedBucket"], f"backfill/{name}"
        )


def start(aws: LocalAws, run: str) -> str:
    """Start a backfill; return the execution's name at AWS."""
    machine = aws.client("stepfunctions")
    started = machine.start_execution(stateMachineArn=aws.outputs["BackfillMachine"], name=run)
    return str(started["executionArn"])


def finish(aws: LocalAws, execution: str, seconds: float) -> None:
    """Wait until a backfill is over, at most so many seconds.

    Raises:
        StackError: when it fails or takes longer.
    """

    def over() -> dict[str, Any] | None:
        found = aws.client("stepfunctions").describe_execution(executionArn=execution)
        return dict(found) if found["status"] != "RUNNING" else None

    found = wait_for(over, seconds, "the backfill to end")
    if found["status"] != "SUCCEEDED":
        raise StackError(
            f"the backfill {found['status']}: {found.get('error')} {found.get('cause')}"
        )


def summary(aws: LocalAws, run: str) -> dict[str, Any]:
    """Return what a backfill says it did."""
    key = f"summaries/backfill/{run}.json"
    reply = aws.client("s3").get_object(Bucket=aws.outputs["FeedBucket"], Key=key)
    found: dict[str, Any] = json.load(reply["Body"])
    return found


def count(aws: LocalAws, table: str) -> int:
    """Return how many items a table has."""
    pages = aws.client("dynamodb").get_paginator("scan")
    found = pages.paginate(TableName=aws.outputs[table], Select="COUNT")
    return sum(page["Count"] for page in found)


def reconciled(aws: LocalAws) -> dict[str, Any] | None:
    """Return what `reconcile` keeps of its last run, None before the first."""
    found = aws.client("dynamodb").get_item(
        TableName=aws.outputs["GuardsTable"], Key={"pk": {"S": "RECONCILED"}}
    )
    if "Item" not in found:
        return None
    data: dict[str, Any] = json.loads(found["Item"]["data"]["S"])
    return data
