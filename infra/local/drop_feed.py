"""Makes the sample export and puts it into the feed bucket, as a records system would."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from aviso.feed.file_names import name_of
from infra.local.stack import PATIENCE, LocalAws, StackError, wait_for
from infra.repository import ROOT

ALL_THAT_COMES = "1000000"  # notices an hour: releasing the brake here means all of them
FILES = ("cases.csv", "people.csv", "arrests.csv")


def make_sample(folder: Path, cases: int = 500) -> dict[str, Any]:
    """Write the sample export with dates relative to now; return the story case's details.

    Raises:
        StackError: when the generator fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "infra.local.sample.export", "--out", str(folder)]
    command += ["--cases", str(cases), "--now", datetime.now(UTC).isoformat(timespec="seconds")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StackError(f"The sample export could not be made:\n{done.stderr.strip()[-1500:]}")
    story: dict[str, Any] = json.loads((folder / "story.json").read_text(encoding="utf-8"))
    return story


def drop(aws: LocalAws, file: Path, key: str = "") -> str:
    """Put a file into `incoming/`; return its key."""
    key = key or f"incoming/{file.name}"
    aws.client("s3").put_object(Bucket=aws.outputs["FeedBucket"], Key=key, Body=file.read_bytes())
    return key


def wait_for_import(aws: LocalAws, key: str, after: datetime, seconds: float = PATIENCE) -> Any:
    """Wait until the summary of a file dropped at `after` is written, and return it."""
    summary = f"summaries/{name_of(key)}.json"

    def read() -> Any:
        try:
            reply = aws.client("s3").get_object(Bucket=aws.outputs["FeedBucket"], Key=summary)
        except ClientError:
            return None
        if reply["LastModified"] < after.replace(microsecond=0):
            return None
        return json.load(reply["Body"])

    return wait_for(read, seconds, f"{key} to be imported")


def load(aws: LocalAws, folder: Path) -> dict[str, Any]:
    """Drop all three files; return their summaries by file once they are imported."""
    release_brake(aws)
    dropped = {name: (drop(aws, folder / name), datetime.now(UTC)) for name in FILES}
    return {name: wait_for_import(aws, key, at) for name, (key, at) in dropped.items()}


def release_brake(aws: LocalAws) -> None:
    """Raise the usual hour's count, and release what a brake holds back."""
    until = datetime.now(UTC) + timedelta(hours=12)
    aws.client("dynamodb").update_item(
        TableName=aws.outputs["GuardsTable"],
        Key={"pk": {"S": "SWITCHES"}},
        UpdateExpression="SET brake_released_until = :until, released_notices = :all,"
        " released_corrections = :all REMOVE brake",
        ExpressionAttributeValues={
            ":until": {"S": until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")},
            ":all": {"N": ALL_THAT_COMES},
        },
    )
