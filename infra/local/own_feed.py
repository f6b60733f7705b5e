"""An agency's own files on local AWS, in trial mode: what would be sent is held at the desk.

Only guests get messages. They are named before the files are loaded, because a notice that is held
already stays held.
"""

import os
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aviso.domain.settings import Settings, build
from aviso.staff.switch_decisions import guests_of
from infra.compiler import sample_values
from infra.compiler.compile import load
from infra.local import drop_feed
from infra.local.stack import LocalAws

COUNTS = ("read", "new", "rejected", "ignored", "skipped")


def use(agency: Path) -> tuple[Settings, list[str]]:
    """Have the build take an agency's settings.

    Returns:
        The settings, and the names of those that still have the sample's made-up values.

    Raises:
        SettingsMistakes: with each mistake on a line.
    """
    raw = load(agency)
    os.environ["AGENCY"] = str(agency.resolve())
    return build(raw), sample_values.left(raw)


def guests(typed: str) -> list[str]:
    """Return the phones and emails of a text with commas between them.

    Raises:
        ValueError: when one is neither.
    """
    found = guests_of(typed.replace(" ", "").replace(",", " "))
    if found is None:
        raise ValueError("each of GUESTS is a phone or an email, with commas between them")
    return found


def exports(folder: Path) -> list[Path]:
    """Return the files to upload: all of the folder, except hidden ones.

    The import itself says of a file with an unexpected name how to rename it.
    """
    return sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))


def upload(aws: LocalAws, folder: Path, reached: Sequence[str]) -> Iterator[str]:
    """Name the guests of trial mode, upload the folder's files; yield what became of each.

    Args:
        reached: the guests, as `guests` returns them.
    """
    drop_feed.release_brake(aws)
    aws.client("dynamodb").update_item(
        TableName=aws.outputs["GuardsTable"],
        Key={"pk": {"S": "SWITCHES"}},
        UpdateExpression="SET guests = :reached",
        ExpressionAttributeValues={":reached": {"L": [{"S": address} for address in reached]}},
    )
    dropped = [(drop_feed.drop(aws, file), datetime.now(UTC)) for file in exports(folder)]
    for key, at in dropped:
        yield told(drop_feed.wait_for_import(aws, key, at))


def told(summary: dict[str, Any]) -> str:
    """Return what a summary says about its file: its counts, or the mistake and the way out."""
    name = Path(summary["file"]).name
    counts = ", ".join(f"{summary[count]} {count}" for count in COUNTS if count in summary)
    said = [f"{name}: {summary['result']}" + (f": {counts}" if counts else "")]
    return "\n    ".join([*said, *summary.get("mistakes", [])])
