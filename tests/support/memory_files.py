"""Reads and writes a test's files in moto's buckets, and has moto check that it does the same.

moto needs 3 ms for a call: botocore signs a request, and moto parses it as a web server would. So
an ordinary object is read and written in moto's own buckets directly. The first call of each shape
in a process is made to moto too, and a test fails when answers or objects differ. All else is
moto's: an object that is not there, a condition that does not hold, a bucket with versions.
"""

import io
import re
from collections.abc import Mapping
from datetime import UTC
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.response import StreamingBody
from moto.s3.models import FakeKey, s3_backends

ACCOUNT, REGION = "123456789012", "us-west-2"  # moto's, and the tests'
READ = {"Bucket", "Key", "VersionId", "IfMatch", "Range"}
WRITTEN = {"Bucket", "Key", "Body", "ContentType", "Metadata"}
KNOWN = {"GetObject": READ, "HeadObject": READ, "PutObject": WRITTEN}  # of each operation
ASKED = "asked of memory_files"  # the name in a call's context
OF_OWNER, OF_SIGNATURE = "x-amz-meta-", "x-amz-content-sha256"  # moto keeps both
FROM_HERE = re.compile(r"bytes=(\d+)-")

Answer = dict[str, Any]
compared: set[tuple[Any, ...]] = set()  # the shapes that were compared in this process
differences: list[str] = []


def keep_asked(params: Mapping[str, Any], context: dict[str, Any], **call: Any) -> None:
    """Keep what a call asks for until `before_call`: botocore's `before-parameter-build`."""
    context[ASKED] = dict(params)


def before_call(model: Any, context: Mapping[str, Any], **call: Any) -> Any:
    """Answer a call on an ordinary object: botocore's `before-call`; None leaves it to moto."""
    asked: Mapping[str, Any] = context.get(ASKED, {})
    if not asked.keys() <= KNOWN.get(model.name, set()):
        return None
    answer = (_written if model.name == "PutObject" else _read)(model.name, asked)
    if answer is None:
        return None
    status = 206 if "ContentRange" in answer else 200
    answer["ResponseMetadata"] = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    return AWSResponse("https://s3.example.org", status, HTTPHeaders(), None), answer


def _is_new(shape: tuple[Any, ...]) -> bool:
    """Whether no call of this shape was compared in this process; from now on, one was."""
    known = shape in compared
    compared.add(shape)
    return not known


def _written(operation: str, asked: Mapping[str, Any]) -> Answer | None:
    """Write an object, and return the answer."""
    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(asked["Bucket"])
    if not bucket or any((bucket.is_versioned, bucket.encryption, bucket.object_lock_enabled)):
        return None
    body = asked.get("Body", b"")
    asked = {**asked, "Body": body if isinstance(body, bytes) else body.read()}
    is_new = _is_new((operation, *sorted(asked), bool(asked.get("Metadata"))))
    by_moto = _by_moto(operation, asked) if is_new else {}
    here = asked["Bucket"], asked["Key"]
    theirs = is_new and _facts(*here)
    made = s3_backends[ACCOUNT]["aws"].put_object(*here, asked["Body"], storage="STANDARD")
    named = {OF_OWNER + name: text for name, text in asked.get("Metadata", {}).items()}
    if "ContentType" in asked:
        named["Content-Type"] = asked["ContentType"]
    made.set_metadata(named)
    made.set_acl(bucket.acl)
    answer = {"ETag": made.etag}
    if is_new and (by_moto, theirs) != (answer, _facts(*here)):
        differences.append(f"{operation} {sorted(asked)}: here {answer}, moto {by_moto}")
    return answer


def _facts(bucket: str, key: str) -> Any:
    """Return what there is to know of an object, except its checksum, which nothing reads."""
    found = s3_backends[ACCOUNT]["aws"].get_object(bucket, key)
    assert found
    return found.value, found.etag, _metadata(found), found.storage_class, found.version_id


def _metadata(found: FakeKey) -> dict[str, str]:
    headers = {name.lower(): value for name, value in found.metadata.items()}
    return {name: value for name, value in headers.items() if name != OF_SIGNATURE}


def _read(operation: str, asked: Mapping[str, Any]) -> Answer | None:
    """Return the answer of a reading."""
    found = _ordinary(asked)
    if not found:
        return None
    answer, body = _headers(found, asked)
    if _is_new((operation, *sorted(asked), *sorted(answer), bool(answer["Metadata"]))):
        theirs = _by_moto(operation, asked)
        read = theirs.pop("Body").read() if "Body" in theirs else body
        if (theirs, read) != (answer, body):
            differences.append(f"{operation} {sorted(asked)}: here {answer}, moto {theirs}")
    if operation == "GetObject":
        answer["Body"] = StreamingBody(io.BytesIO(body), len(body))
    return answer


def _ordinary(asked: Mapping[str, Any]) -> FakeKey | None:
    """Return the object that a call reads, if it is there and has nothing special."""
    backend = s3_backends[ACCOUNT]["aws"]
    bucket = backend.buckets.get(asked["Bucket"])
    if not bucket or ("VersionId" in asked and not bucket.is_versioned):
        return None
    found = backend.get_object(asked["Bucket"], asked["Key"], version_id=asked.get("VersionId"))
    if not isinstance(found, FakeKey) or asked.get("IfMatch", found.etag).strip('"') != (
        found.etag.strip('"')
    ):
        return None
    part = FROM_HERE.fullmatch(asked.get("Range", "bytes=0-"))
    if not part or int(part[1]) >= max(found.size, 1):
        return None
    special = (found.encryption, found.lock_mode, found.lock_legal_status, found.multipart)
    plain = all(name == "content-type" or name.startswith(OF_OWNER) for name in _metadata(found))
    return found if plain and not any(special) and found.storage_class == "STANDARD" else None


def _headers(found: FakeKey, asked: Mapping[str, Any]) -> tuple[Answer, bytes]:
    """Return what botocore makes of an object's headers, and its bytes."""
    headers, body = _metadata(found), found.value
    answer: Answer = {
        "AcceptRanges": "bytes",
        "LastModified": found.last_modified.replace(microsecond=0, tzinfo=UTC),
        "ETag": found.etag,
        "ContentType": headers.pop("content-type"),
        "Metadata": {name.removeprefix(OF_OWNER): value for name, value in headers.items()},
    }
    if found.version_id != "null":
        answer["VersionId"] = found.version_id
    if "Range" in asked:
        start, size = int(asked["Range"].strip("bytes=-")), len(body)
        body = body[start:]
        answer["ContentRange"] = f"bytes {start}-{size - 1}/{size}"
    answer["ContentLength"] = len(body)
    return answer, body


def _by_moto(operation: str, asked: Mapping[str, Any]) -> Answer:
    """Return moto's answer, except checksums, which nothing reads."""
    answer: Answer = getattr(_client(), xform_name(operation))(**asked)
    del answer["ResponseMetadata"]
    return {name: value for name, value in answer.items() if not name.startswith("Checksum")}


@cache
def _client() -> Any:
    """Return a client of moto's, whose calls nobody answers in its place."""
    return botocore.session.get_session().create_client("s3", region_name=REGION)
