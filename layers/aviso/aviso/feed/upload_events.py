"""The event about one uploaded file: S3's own, or that of a person who accepted the file."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote_plus, unquote_plus

from aviso.feed.file_names import Upload


def upload_of(record: Mapping[str, Any]) -> Upload:
    """Return what a record of an event says of an upload."""
    s3 = record["s3"]
    return Upload(
        bucket=s3["bucket"]["name"],
        key=unquote_plus(s3["object"]["key"]),
        version=s3["object"].get("versionId") or "",
        arrived=_moment(record.get("eventTime", "")),
        accepted=str(record.get("accepted", "")),
    )


def acceptance(
    bucket: str, key: str, accepted: str, arrived: str, version: str = ""
) -> dict[str, Any]:
    """Return the event that imports a version of a file that waited and that a person accepted.

    Args:
        key: the file's key, not URL-encoded.
        accepted: its ETag and the reasons: see `RejectedRows.acceptance`.
        arrived: the time of S3's event about it, or an empty text.
        version: S3's id of the version, or an empty text.
    """
    named = {"versionId": version} if version else {}
    s3 = {"bucket": {"name": bucket}, "object": {"key": quote_plus(key), **named}}
    return {"Records": [{"s3": s3, "eventTime": arrived, "accepted": accepted}]}


def _moment(text: str) -> datetime | None:
    """Return the moment of an ISO text, or None if it is not one or has no zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
