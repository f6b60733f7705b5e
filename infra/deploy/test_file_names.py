"""Names for the made-up case's files, which the import takes and which no export has."""

import json
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from aviso.domain.settings import FeedFile, Settings
from aviso.feed.file_names import name_at


def names(file: FeedFile, settings: Settings, now: datetime) -> list[str]:
    """Return the names of a file exported now, and this time tomorrow.

    A pattern with a day and no time has one name a day, which the day's own export may have.
    """
    local = now.astimezone(settings.agency.zone)
    times = (local, local + timedelta(days=1))
    return list(dict.fromkeys(name_at(at, file.name_pattern, file.name_example) for at in times))


def free_name(s3: Any, bucket: str, file: FeedFile, settings: Settings, now: datetime) -> str:
    """Return a name that the import takes for a file of ours, and that no export has.

    Raises:
        LookupError: when there is none.
    """
    found = names(file, settings, now)
    for name in found:
        try:
            there = s3.head_object(Bucket=bucket, Key=f"incoming/{name}")
        except ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
            return name
        if "part" in there["Metadata"] or (
            len(found) == 1 and _imported(s3, bucket, name, there["LastModified"])
        ):  # an export of the one name there is gives way once it was read, however long that took
            return name
    raise LookupError(
        f"the agency's own {found[-1]} is not imported yet, and a test's file would stand in "
        "its place; run the same command again once it is ('make redrive' where the import "
        "gave it up)"
    )


def summary_of(name: str) -> str:
    """Return where the import's figures of a file are."""
    return f"summaries/{name.removesuffix('.csv')}.json"


def _imported(s3: Any, bucket: str, name: str, since: datetime) -> bool:
    """Return whether the file that has this name since then was imported, as its summary says."""
    try:
        summary = s3.get_object(Bucket=bucket, Key=summary_of(name))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return False
    result: str = json.load(summary["Body"])["result"]
    written: datetime = summary["LastModified"]
    return result == "imported" and written >= since
