"""An agency's own files on local AWS, in trial mode: what would be sent is held at the desk."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.compiler.compile import load
from infra.local import drop_feed
from infra.local.stack import LocalAws

COUNTS = ("read", "new", "rejected", "ignored", "skipped")


def use(agency: Path) -> None:
    """Have the build take an agency's settings.

    Raises:
        SettingsMistakes: with each mistake on a line.
    """
    load(agency)
    os.environ["AGENCY"] = str(agency.resolve())


def upload(aws: LocalAws, folder: Path) -> Iterator[str]:
    """Turn trial mode on, upload the folder's files; yield what became of each."""
    drop_feed.release_brake(aws)
    aws.client("dynamodb").update_item(
        TableName=aws.outputs["GuardsTable"],
        Key={"pk": {"S": "SWITCHES"}},
        UpdateExpression="SET trial = :on",
        ExpressionAttributeValues={":on": {"BOOL": True}},
    )
    files = sorted(folder.glob("*.csv"))
    dropped = [(drop_feed.drop(aws, file), datetime.now(UTC)) for file in files]
    for key, at in dropped:
        yield told(drop_feed.wait_for_import(aws, key, at))


def told(summary: dict[str, Any]) -> str:
    """Return what a summary says about its file: its counts, or the mistake and the way out."""
    name = Path(summary["file"]).name
    counts = ", ".join(f"{summary[count]} {count}" for count in COUNTS if count in summary)
    said = [f"{name}: {summary['result']}" + (f": {counts}" if counts else "")]
    return "\n    ".join([*said, *summary.get("mistakes", [])])
