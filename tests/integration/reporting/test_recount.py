"""Recount and sealing agree with the counters (promise 3)."""

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from msgspec.structs import replace

from aviso import reporting
from aviso.reporting.health import read_health
from aviso.storage import counters
from aviso.victims import visits
from infra.harness.builders import NOW
from tests.support.counted import TODAY, arrested


def broken(day, metric, cut, by):
    counters.count(f"sabotage-{metric}", {(day, metric): {cut: by}}, "", day)


def seal_all(world, days=400):
    return reporting.seal_days(world.settings, TODAY + timedelta(days=days))


@pytest.fixture
def sealed(world):
    world.settings = replace(
        world.settings,
        agency=replace(world.settings.agency, go_live=datetime(2026, 11, 20, tzinfo=UTC)),
    )
    world.store(arrested().case)
    world.log_in()
    assert seal_all(world) > 0
    return world


class TestRecount:
    def test_finds_a_broken_counter(self, world):
        world.store(arrested().case)
        world.log_in()
        broken(TODAY, "logins", "all", 1)
        (found,) = world.differences()
        assert (found.day, found.metric, found.cut) == (TODAY, "logins", "all")
        assert (found.counted, found.recounted) == (2, 1)

    def test_finds_what_was_never_counted(self, world):
        world.begin(arrested().case)
        missing = {"notices.planned", "owed", "arrests_owed", "victims_owed"}
        missing |= {"arrests_late.other", "arrest_known.60"}
        assert {d.metric for d in world.differences()} == missing

    def test_finds_a_changed_sealed_day(self, sealed):
        client = boto3.client("dynamodb", region_name="us-west-2")
        client.update_item(
            TableName="Tallies",
            Key={"pk": {"S": "DAYS#0"}, "sk": {"S": f"{TODAY}#logins"}},
            UpdateExpression="ADD #a :one",
            ExpressionAttributeNames={"#a": "all"},
            ExpressionAttributeValues={":one": {"N": "1"}},
        )
        (found,) = sealed.differences()
        assert (found.metric, found.counted, found.recounted) == ("logins", 2, 1)


class TestExpiredRows:
    def test_leave_every_figure(self, world):
        world.tell(arrested().case)
        world.enroll(world.log_in(), "own@example.org")
        before = world.figures()
        assert (before.total("enrolled"), before.total("told")) == (1, 1)
        database = boto3.resource("dynamodb", region_name="us-west-2")
        for name in ("Cases", "Notices", "Audit"):
            table = database.Table(name)
            for item in table.scan()["Items"]:
                table.delete_item(Key={"pk": item["pk"], "sk": item["sk"]})
        world.tally()
        assert world.figures() == before


class Invocation:
    """What Lambda passes beside the event."""

    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "test"

    def get_remaining_time_in_millis(self):
        return 30_000


class TestSealing:
    def test_comes_before_the_first_row_may_go(self, world):
        kept = world.settings.retention
        shortest = min(kept.closed_cases, kept.notices, kept.audit, kept.responses)
        world.store(arrested().case)
        world.log_in()
        go_live = replace(world.settings.agency, go_live=datetime(2026, 11, 24, 8, tzinfo=UTC))
        world.settings = replace(world.settings, agency=go_live)
        assert seal_all(world, shortest - 15) == 0
        assert seal_all(world, shortest - 13) > 0
        assert counters.last_sealed() == TODAY

    def test_twice_changes_nothing(self, sealed):
        before = dict(counters.seals())
        seal_all(sealed)
        assert dict(counters.seals()) == before

    def test_is_finished_after_a_crash(self, sealed):
        day = counters.last_sealed() + timedelta(days=1)
        counters.close(day)
        assert dict(counters.seals())[day] is None
        assert [d.metric for d in sealed.differences()] == ["seal"]
        seal_all(sealed, days=401)
        assert dict(counters.seals())[day] == {}
        assert sealed.differences() == []

    def test_keeps_a_day_closed(self, sealed):
        sealed.now = NOW + timedelta(hours=1)
        sealed.done.clear()
        sealed.log_in()
        assert sealed.done["late"] > 0
        assert sealed.total("logins") == 1
        assert sealed.differences() == []

    def test_goes_by_the_schedules_own_time(self, world, monkeypatch):
        from functions.tally.handler import handler

        monkeypatch.setenv("AUDIT_BUCKET", "trail")
        boto3.client("s3", region_name="us-west-2").create_bucket(
            Bucket="trail", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        assert handler({"time": "2026-11-24T10:30:00Z"}, Invocation())["sealed"] == 0
        assert handler({"time": "2027-11-24T10:30:00Z"}, Invocation())["sealed"] > 0


class TestStream:
    def test_hands_a_broken_record_back_alone(self, world):
        from functions.tally.handler import handler

        world.store(arrested().case)
        world.log_in()
        visits.record(world.log_in(), "viewed", world.settings, world.now)
        world.plan()
        records = [r for r in world.streams.records() if "Notices" in r["eventSourceARN"]]
        broken = {
            **records[0],
            "eventSourceARN": "arn:aws:dynamodb:us-west-2:1:table/Other/stream/1",
        }
        broken["dynamodb"] = {**broken["dynamodb"], "SequenceNumber": "9"}
        for _ in range(2):
            answer = handler({"Records": [*records, broken]}, Invocation())
            assert answer == {"batchItemFailures": [{"itemIdentifier": "9"}]}
        assert world.total("notices.planned") == 1
        assert world.differences() == []


class TestDashboard:
    def test_shows_what_chase_and_reconcile_found(self, world):
        from aviso.notices import monitoring, reconciliation

        assert read_health(world.settings, world.now).overdue is None
        world.begin(arrested().case)
        world.now += timedelta(hours=3)
        monitoring.watch(world.settings, world.now)
        reconciliation.reconcile_all(world.invocation())
        health = read_health(world.settings, world.now)
        assert (health.overdue, health.missing) == (1, 0)
        assert health.looked_at == health.reconciled_at == world.now
        assert set(health.silent_feeds) == {"cases", "people", "arrests"}
