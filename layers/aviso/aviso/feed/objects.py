"""The feed bucket: exports are read as a stream; results are written to the same bucket."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any

from botocore.exceptions import ClientError

from aviso.domain.errors import REPLACED, FileRefused
from aviso.feed.file_names import Source, Upload
from aviso.runtime.clients import client

CHUNK = 1 << 18  # bytes of a file in memory at a time
# Without permission to list the bucket, S3 returns 403 for a missing object.
GONE = frozenset({"404", "NoSuchKey", "NotFound", "403", "AccessDenied"})
PRECONDITION = frozenset({"412", "PreconditionFailed"})
SECOND, LONG_AFTER = timedelta(seconds=1), timedelta(minutes=1)


def find(upload: Upload) -> Source:
    """Return the version that the event is about; if it names none, the current one.

    The time of arrival is not used if the object's own time says that the event is about another
    version.

    Raises:
        FileRefused: when it was deleted or may not be read, or is not the version that a person
            accepted.
    """
    head = _head(upload)
    replaced = upload.version not in ("", head.get("VersionId"))
    if replaced:
        head = _head(upload, VersionId=upload.version)
    etag, modified, arrived = head["ETag"].strip('"'), head["LastModified"], upload.arrived
    known, *accepted = upload.accepted.split(":")
    if known not in ("", etag):
        raise FileRefused("another file of this name came since", REPLACED)
    about_it = arrived and -SECOND <= arrived - modified <= LONG_AFTER
    return Source(
        bucket=upload.bucket,
        key=upload.key,
        etag=etag,
        size=head["ContentLength"],
        modified=modified,
        arrived=arrived if about_it else None,
        part=head["Metadata"].get("part") == "yes",
        accepted=tuple(accepted),
        version=upload.version,
        replaced=replaced,
    )


def _head(upload: Upload, **which: str) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = client("s3").head_object(
            Bucket=upload.bucket, Key=upload.key, **which
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE:
            raise FileRefused("the file is gone, or may not be read", "gone") from None
        raise
    return found


@contextmanager
def opened(source: Source, offset: int = 0) -> Iterator[Iterator[bytes]]:
    """Yield an object's bytes from `offset` in chunks; the connection is closed at the end.

    Raises:
        FileRefused: when another file replaced it meanwhile. `find` still finds this version, if
            its event named it.
    """
    if offset >= source.size:
        yield iter(())
        return
    which = {"VersionId": source.version} if source.replaced else {}
    try:
        reply = client("s3").get_object(
            Bucket=source.bucket,
            Key=source.key,
            IfMatch=source.etag,
            Range=f"bytes={offset}-",
            **which,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE | PRECONDITION:
            raise FileRefused("the file was replaced while it was read", REPLACED) from None
        raise
    try:
        yield reply["Body"].iter_chunks(CHUNK)
    finally:
        reply["Body"].close()


def put_file(bucket: str, key: str, body: IO[bytes], content_type: str) -> None:
    """Write an object from an open file."""
    client("s3").put_object(Bucket=bucket, Key=key, Body=body, ContentType=content_type)


def put_json(bucket: str, key: str, content: Mapping[str, Any]) -> None:
    """Write a JSON object."""
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    client("s3").put_object(
        Bucket=bucket, Key=key, Body=text.encode(), ContentType="application/json"
    )


def put_text(bucket: str, key: str, text: str) -> None:
    """Write a text object, as CSV."""
    client("s3").put_object(Bucket=bucket, Key=key, Body=text.encode(), ContentType="text/csv")


def keys(bucket: str, prefix: str, after: str = "") -> Iterator[str]:
    """Yield the keys of a folder's objects after `after`, in order."""
    pages = client("s3").get_paginator("list_objects_v2")
    for page in pages.paginate(Bucket=bucket, Prefix=prefix, StartAfter=after or prefix):
        yield from (item["Key"] for item in page.get("Contents", ()))


def next_key(bucket: str, prefix: str, after: str) -> str:
    """Return the next file's key in a folder after `after`, or an empty string."""
    files = (key for key in keys(bucket, prefix, after) if not key.endswith("/"))
    return next(files, "")


def get_lines(bucket: str, key: str) -> list[str]:
    """Return a text object's lines, or none when the object does not exist."""
    try:
        reply = client("s3").get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in GONE:
            return []
        raise
    text: str = reply["Body"].read().decode()
    return text.splitlines()
