"""The audit trail's locked copy: every row once more, and what differs from it is named."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import boto3
import pytest

import functions.tally.handler
from aviso.compliance import audit_check, audit_copy
from aviso.compliance.audit_check import LATE, copied
from aviso.domain.model import AuditEntry
from aviso.storage import audit
from functions.keep_audit.handler import handler
from infra.deploy import retained_audit
from infra.deploy.retained_audit import report
from infra.ops.audit_trail import days_of
from tests.conftest import REGION
from tests.support.stream_records import Streams

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
KEPT = 400  # days
DAY = NOON.date()
BUCKET = "audit-copy"
GONE, CHANGED = "gone from the table", "changed in the table"
MISSING, TWICE = "missing in the copy", "written in two ways"


@pytest.fixture
def s3(aws, monkeypatch):
    """Give the bucket, which keeps every version."""
    monkeypatch.setenv("AUDIT_BUCKET", BUCKET)
    client = boto3.client("s3", region_name=REGION)
    make(client, BUCKET)
    return client


def make(client, bucket: str) -> None:
    where = {"LocationConstraint": REGION}
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration=where)
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})


def write(*times: datetime, action: str = "viewed", days: int = KEPT) -> None:
    for at in times:
        audit.append(AuditEntry(at=at, actor="member:rosa", action=action, case="2611240001"), days)


def inserted(streams: Streams) -> list[dict[str, Any]]:
    """Return what the stream's filter lets through."""
    found = [r for r in streams.records() if "table/Audit/" in r["eventSourceARN"]]
    return [r for r in found if r["eventName"] == "INSERT"]


def found(now: datetime = LATER, bucket: str = BUCKET, day: date = DAY):
    compared = audit_check.of_day(bucket, day, KEPT, now)
    return compared, {what: keys for what, keys in compared.differences.items() if keys}


def table_row(number: int = 0):
    return sorted(audit.of_day(DAY), key=lambda row: row["sk"]["S"])[number]


def put(row) -> None:
    boto3.client("dynamodb", region_name=REGION).put_item(TableName="Audit", Item=row)


def key(row) -> str:
    return f"{row['pk']['S']} {row['sk']['S']}"


def context():
    """Return what the logger reads of a call."""
    names = ("function_name", "memory_limit_in_mb", "invoked_function_arn", "aws_request_id")
    return type("Context", (), dict.fromkeys(names, "keep-audit"))()


class TestCopy:
    def test_has_each_row_as_the_table_has_it(self, s3):
        streams = Streams()
        write(NOON, NOON + timedelta(minutes=1))
        assert audit_copy.copy(inserted(streams)) == 2
        rows = {key(row): row for row in copied(BUCKET, DAY)}
        assert rows == {key(row): row for row in audit.of_day(DAY)}
        compared, differences = found()
        assert (compared.in_table, compared.in_copy, differences) == (2, 2, {})
        assert compared.differing == 0

    def test_has_an_object_for_each_day(self, s3):
        streams = Streams()
        write(NOON, NOON + timedelta(days=1), NOON + timedelta(minutes=1))
        handler({"Records": inserted(streams)}, context())
        keys = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
        assert sorted(k.partition("/")[0] for k in keys) == ["2026-11-24", "2026-11-25"]
        assert len(list(copied(BUCKET, DAY))) == 2

    def test_is_unchanged_by_a_repeated_batch(self, s3):
        streams = Streams()
        write(NOON, NOON + timedelta(minutes=1), NOON + timedelta(minutes=2))
        batch = inserted(streams)
        for records in (batch, batch, batch[:1], batch[1:]):
            audit_copy.copy(records)
        compared, differences = found()
        assert (compared.in_copy, differences) == (3, {})


class TestComparison:
    def test_names_a_changed_row(self, s3):
        streams = Streams()
        write(NOON, NOON + timedelta(minutes=1))
        audit_copy.copy(inserted(streams))
        row = table_row()
        put(row | {"actor": {"S": "member:somebody-else"}})
        audit_copy.copy(inserted(streams))  # a change is not a new row
        assert found()[1] == {CHANGED: [key(row)]}

    def test_names_a_deleted_and_a_replaced_row(self, s3):
        streams = Streams()
        write(NOON, NOON + timedelta(minutes=1))
        audit_copy.copy(inserted(streams))
        first, second = table_row(0), table_row(1)
        database = boto3.client("dynamodb", region_name=REGION)
        for row in (first, second):
            database.delete_item(TableName="Audit", Key={k: row[k] for k in ("pk", "sk")})
        assert found()[1] == {GONE: sorted([key(first), key(second)])}
        streams.records()
        put(
            second | {"action": {"S": "exported"}}
        )  # to the stream it is new, so it is copied as well
        audit_copy.copy(inserted(streams))
        assert found()[1] == {GONE: [key(first)], TWICE: [key(second)]}

    def test_reads_under_versions_and_markers(self, s3):
        streams = Streams()
        write(NOON, NOON + timedelta(minutes=1))
        audit_copy.copy(inserted(streams))
        (name,) = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
        s3.delete_object(Bucket=BUCKET, Key=name)
        assert found()[1] == {}
        row = table_row()
        forged = row | {"actor": {"S": "member:somebody-else"}}
        put(forged)
        s3.put_object(Bucket=BUCKET, Key=name, Body=json.dumps(forged).encode())
        assert found()[1] == {TWICE: [key(row)]}

    def test_misses_a_row_not_copied_in_time(self, s3):
        write(NOON)
        assert found(NOON + LATE)[1] == {}
        assert found(NOON + LATE + timedelta(seconds=1))[1] == {MISSING: [key(table_row())]}

    def test_accepts_what_retention_took(self, s3):
        streams = Streams()
        write(NOON)
        audit_copy.copy(inserted(streams))
        row = table_row()
        boto3.client("dynamodb", region_name=REGION).delete_item(
            TableName="Audit", Key={k: row[k] for k in ("pk", "sk")}
        )
        last = datetime(DAY.year, DAY.month, DAY.day, tzinfo=UTC) + timedelta(days=KEPT)
        assert found(last - timedelta(seconds=1))[1] == {GONE: [key(row)]}
        assert found(last)[1] == {}
        write(NOON + timedelta(minutes=1))  # still there, its copy has expired
        assert found(last)[1] == {}

    def test_believes_no_row_about_its_end(self, s3):
        streams = Streams()
        write(NOON, days=1)
        audit_copy.copy(inserted(streams))
        row = table_row()
        boto3.client("dynamodb", region_name=REGION).delete_item(
            TableName="Audit", Key={k: row[k] for k in ("pk", "sk")}
        )
        write(NOON + timedelta(minutes=1), days=1)  # never copied
        assert found(NOON + timedelta(days=3))[1] == {GONE: [key(row)], MISSING: [key(table_row())]}

    def test_takes_a_key_of_another_time_for_old(self, s3):
        for other in ("2031-01-01T00:00:00", "z", ""):
            write(NOON)
            put(table_row() | {"sk": {"S": f"{other}#1"}})
        assert len(found(NOON + LATE)[1][MISSING]) == 3

    def test_reports_keys_and_no_values(self, s3):
        write(NOON)
        lines = list(report(DAY, found()[0]))
        assert lines == [
            "2026-11-24 (UTC): 1 rows in the table, 0 in the locked copy",
            f"  {MISSING}  {key(table_row())}",
        ]
        assert not any("rosa" in line or "2611240001" in line for line in lines)

    def test_beats_each_night_when_both_agree(self, s3, capsys, caplog):
        def night() -> dict[str, int]:
            done: dict[str, int] = functions.tally.handler.handler(
                {"time": "2026-11-25T10:30:00Z"}, context()
            )
            return done

        streams = Streams()
        write(NOON, NOON + timedelta(days=1))
        audit_copy.copy(inserted(streams)[:1])
        assert night()["differing"] == 0
        assert '"TrailsAgree":[1.0]' in capsys.readouterr().out

        row = table_row()
        put(row | {"actor": {"S": "member:somebody-else"}})
        assert night()["differing"] == 1
        assert "TrailsAgree" not in capsys.readouterr().out
        (said,) = [line for line in caplog.records if line.message == "trail differs"]
        assert (said.day, said.rows) == ("2026-11-24", {CHANGED: 1})

    def test_names_strange_rows_and_goes_on(self, s3):
        write(NOON)
        row = table_row()
        odd = {k: v for k, v in row.items() if k != "expires"} | {"sk": {"S": f"{row['sk']['S']}x"}}
        s3.put_object(Bucket=BUCKET, Key=f"{NOON:%Y-%m-%d}/odd", Body=json.dumps(odd).encode())
        s3.put_object(Bucket=BUCKET, Key=f"{NOON:%Y-%m-%d}/other", Body=b"not a row")
        assert sorted(found()[1][GONE]) == sorted([key(odd), f"unreadable {NOON:%Y-%m-%d}/other"])


class TestDays:
    @pytest.mark.parametrize(
        ("asked", "days"),
        [
            ("", ["2026-11-24"]),
            ("2026-11-01", ["2026-11-01"]),
            ("2026-10-30..2026-11-01", ["2026-10-30", "2026-10-31", "2026-11-01"]),
            ("2026-11-23..2026-11-23", ["2026-11-23"]),
        ],
    )
    def test_may_be_one_a_range_or_today(self, asked, days):
        assert [f"{day}" for day in days_of(asked, DAY)] == days

    @pytest.mark.parametrize("asked", ["yesterday", "2026-11-02..2026-11-01", "2026-11-31"])
    def test_that_are_no_range_are_refused(self, asked):
        with pytest.raises(ValueError):  # noqa: PT011 - dates say it in many words
            days_of(asked, DAY)


def abouts(s3, bucket: str) -> list[dict[str, Any]]:
    """Return what is said of each version in a bucket, the newest first."""
    versions = s3.list_object_versions(Bucket=bucket)["Versions"]
    return [s3.head_object(Bucket=bucket, Key=v["Key"], VersionId=v["VersionId"]) for v in versions]


class TestTakeover:
    def test_keeps_the_copy_with_its_times(self, s3, monkeypatch):
        streams = Streams()
        write(NOON)
        audit_copy.copy(inserted(streams))
        (name,) = [item["Key"] for item in s3.list_objects_v2(Bucket=BUCKET)["Contents"]]
        s3.put_object(
            Bucket=BUCKET, Key=name, Body=b""
        )  # laid over it: the first version goes along
        make(s3, "new-copy")
        assert retained_audit.take_over(s3, BUCKET, "new-copy") == 2
        assert found(bucket="new-copy")[1] == {}
        assert s3.get_object(Bucket="new-copy", Key=name)["Body"].read() == b""
        assert [about["Metadata"] for about in abouts(s3, "new-copy")] == [
            {"written": about["LastModified"].isoformat(), "version": about["VersionId"]}
            for about in abouts(s3, BUCKET)
        ]
        make(s3, "newest-copy")
        assert retained_audit.take_over(s3, "new-copy", "newest-copy") == 2
        written = [about["Metadata"]["written"] for about in abouts(s3, "newest-copy")]
        assert written == [about["LastModified"].isoformat() for about in abouts(s3, BUCKET)]
        # A row that was changed in the kept table comes into the new copy a second time, as
        # changed.
        put(table_row() | {"actor": {"S": "member:somebody-else"}})
        monkeypatch.setenv("AUDIT_BUCKET", "new-copy")
        audit_copy.copy(inserted(Streams()))
        assert found(bucket="new-copy")[1] == {TWICE: [key(table_row())]}

    def test_goes_on_after_a_cut_and_repeats_none(self, s3):
        for body in (b"first", b"second", b"third"):
            s3.put_object(Bucket=BUCKET, Key="2026-11-24/a", Body=body)
        s3.put_object(Bucket=BUCKET, Key="2026-11-24/b", Body=b"other")
        s3.delete_object(Bucket=BUCKET, Key="2026-11-24/b")
        make(s3, "new-copy")
        retained_audit.take_over(s3, BUCKET, "new-copy")
        second = s3.list_object_versions(Bucket="new-copy", Prefix="2026-11-24/a")["Versions"][1]
        s3.delete_object(Bucket="new-copy", Key=second["Key"], VersionId=second["VersionId"])
        assert retained_audit.take_over(s3, BUCKET, "new-copy") == 1
        assert retained_audit.take_over(s3, BUCKET, "new-copy") == 0
        bodies = [
            s3.get_object(Bucket="new-copy", Key=v["Key"], VersionId=v["VersionId"])["Body"].read()
            for v in s3.list_object_versions(Bucket="new-copy")["Versions"]
        ]
        assert sorted(bodies) == [b"first", b"other", b"second", b"third"]

    def test_names_differences_before_anything_moves(self, s3):
        def differing(now: datetime) -> tuple[int, list[str]]:
            database = boto3.client("dynamodb", region_name=REGION)
            return retained_audit.differences(
                database, s3, "Audit", BUCKET, keep_days=KEPT, now=now
            )

        write(NOON - timedelta(days=1))  # from before there was a copy
        streams = Streams()
        streams.records()
        write(NOON, NOON + timedelta(days=2))
        audit_copy.copy(inserted(streams)[:1])
        s3.put_object(Bucket=BUCKET, Key="other/object", Body=b"no day's")
        row = table_row()
        assert differing(NOON + timedelta(days=1)) == (0, [])
        put(row | {"actor": {"S": "member:somebody-else"}})
        (later,) = audit.of_day(DAY + timedelta(days=2))
        assert differing(NOON + timedelta(days=3)) == (
            2,
            [
                "2026-11-24 (UTC): 1 rows in the table, 1 in the locked copy",
                f"  {CHANGED}  {key(row)}",
                "2026-11-26 (UTC): 1 rows in the table, 0 in the locked copy",
                f"  {MISSING}  {key(later)}",
            ],
        )
