"""Names for the made-up case's files, which the import accepts and which no export has."""

import json
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from aviso.domain.settings import FeedFile, Settings
from aviso.feed.file_names import name_at, name_of


def names(file: FeedFile, settings: Settings, now: datetime) -> list[str]:
    """Return the names of a file exported now, and at this time tomorrow.

    A pattern with a day and no time gives one name a day, which the day's own export may have.
    """
    local = now.astimezone(settings.agency.zone)
    times = (local, local + timedelta(days=1))
    return list(dict.fromkeys(name_at(at, file.name_pattern, file.name_example) for at in times))


def free_name(s3: Any, bucket: str, file: FeedFile, settings: Settings, now: datetime) -> str:
    """Return a name that the import accepts for our file, and that no export has.

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
        ):  # an export of the only name was read already, however long that took
            return name
    raise LookupError(
        f"the agency's own {found[-1]} is not imported yet, and the test's file would replace it; "
        "run the same command again after the import ('./aviso data redrive' if the import gave up)"
    )


def summary_of(key: str) -> str:
    """Return the key of a file's import summary."""
    return f"summaries/{name_of(key)}.json"


def _imported(s3: Any, bucket: str, name: str, since: datetime) -> bool:
    """Whether a file of this name was imported since a time, as its summary says."""
    try:
        summary = s3.get_object(Bucket=bucket, Key=summary_of(f"incoming/{name}"))
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchKey":
            raise
        return False
    result: str = json.load(summary["Body"])["result"]
    written: datetime = summary["LastModified"]
    return result == "imported" and written >= since
