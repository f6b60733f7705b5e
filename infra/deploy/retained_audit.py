"""Compares the audit trail that a destroyed stack kept with its locked copy, and adopts the copy.

They are compared before the rows go into the new stack, which makes its own copy of each: a row
that somebody put into the kept table meanwhile would then look as if it had always been there.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

from aviso.compliance import audit_check

AT_ONCE = 16
WRITTEN, VERSION = "written", "version"  # metadata of an adopted object
Row = Mapping[str, Any]


def differences(
    database: Any, s3: Any, table: str, bucket: str, *, keep_days: int, now: datetime
) -> tuple[int, list[str]]:
    """Return how many rows of the kept trail differ from its copy, and the lines that name them.

    Args:
        bucket: its locked copy; it lacks the days before its first.
    """
    from aviso.runtime import clients

    clients.client("s3")  # made before several threads ask for it at once

    def of_day(day: date) -> audit_check.Compared:
        rows = _rows(database, table, day)
        return audit_check.compare(rows, audit_check.copied(bucket, day), day, keep_days, now)

    first = min(_days(s3, bucket), default=now.date())
    days = [first + timedelta(days=n) for n in range((now.astimezone(UTC).date() - first).days + 1)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(zip(days, pool.map(of_day, days), strict=True))
    differing = [(day, compared) for day, compared in found if compared.differing]
    lines = [line for day, compared in differing for line in report(day, compared)]
    return sum(compared.differing for _, compared in differing), lines


def report(day: date, found: audit_check.Compared) -> Iterator[str]:
    """Yield the report lines of a day."""
    yield f"{day} (UTC): {found.in_table:,} rows in the table, {found.in_copy:,} in the locked copy"
    for what, keys in found.differences.items():
        yield from (f"  {what}  {key}" for key in keys)


def _days(s3: Any, bucket: str) -> Iterator[date]:
    """Yield the days of which a bucket has objects, those hidden by a delete marker too."""
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Delimiter="/")
    for prefix in (p for page in pages for p in page.get("CommonPrefixes", ())):
        with suppress(ValueError):  # anything else that somebody put there
            yield date.fromisoformat(prefix["Prefix"].rstrip("/"))


def _rows(database: Any, table: str, day: date) -> Iterator[Row]:
    from aviso.storage.audit import SHARDS

    for shard in range(SHARDS):
        pages = database.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"{day}#{shard}"}},
            ConsistentRead=True,
        )
        yield from (row for page in pages for row in page["Items"])


def take_over(s3: Any, old: str, new: str) -> int:
    """Copy every version in the old, locked bucket under its own name; return how many.

    Each has the time of its first write and its version id in its metadata. An existing one is not
    copied again, so the next run completes one that was interrupted.
    """
    kept, there = _versions(s3, old), _versions(s3, new)

    def copy(key: str) -> int:
        abouts = (s3.head_object(Bucket=new, Key=key, VersionId=v["VersionId"]) for v in there[key])
        done = {about["Metadata"].get(VERSION) for about in abouts}
        missing = [v for v in reversed(kept[key]) if v["VersionId"] not in done]  # the oldest first
        for version in missing:
            which = {"Key": key, "VersionId": version["VersionId"]}
            about = s3.head_object(Bucket=old, **which)
            written = about["Metadata"].get(WRITTEN) or about["LastModified"].isoformat()
            s3.copy_object(
                Bucket=new,
                Key=key,
                CopySource={"Bucket": old, **which},
                MetadataDirective="REPLACE",
                Metadata={WRITTEN: written, VERSION: version["VersionId"]},
                ContentType=about["ContentType"],
                ChecksumAlgorithm="SHA256",
            )
        return len(missing)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sum(pool.map(copy, list(kept)))


def _versions(s3: Any, bucket: str) -> defaultdict[str, list[Row]]:
    """Return the versions of each key, newest first, as S3 lists them."""
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for version in page.get("Versions", ()):
            found[version["Key"]].append(version)
    return found
