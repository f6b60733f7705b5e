"""Two pushes within one second are ordered by the time of S3's events."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import boto3
import pytest
import time_machine

from aviso.domain.settings import Settings
from aviso.feed import objects
from aviso.feed.file_names import Upload
from infra.harness.feed_drop import BUCKET, Feed, a_case_row, stored
from infra.harness.feed_files import ndjson_text

SECOND = datetime(2026, 11, 24, 19, 0, 5, tzinfo=UTC)  # both objects' time, as S3 states it
FIRST, SECOND_PUSH = "2026-11-24T19:00:05.120Z", "2026-11-24T19:00:05.940Z"


@pytest.fixture
def feed(aws: None, settings: Settings) -> Feed:
    return Feed(settings)


@pytest.fixture
def push(feed: Feed) -> Callable[..., None]:
    def pushing(name: str, status: str, arrived: str) -> None:
        row = a_case_row(status=status, row_time="")
        body = ndjson_text(feed.file("cases"), [row]).encode()
        with time_machine.travel(SECOND, tick=False):
            feed.put(f"push/cases-{name}.ndjson", body)
        feed.run(f"push/cases-{name}.ndjson", arrived)

    return pushing


def status() -> str:
    report = stored().report
    assert report is not None
    return report.status


class TestPushesOfOneSecond:
    @pytest.mark.parametrize("statuses", [("OPEN", "ACTIVE"), ("ACTIVE", "OPEN")])
    @pytest.mark.parametrize("later_first", [False, True])
    def test_the_later_push_wins(self, push, statuses: tuple[str, str], later_first: bool):
        pushes = [("a", statuses[0], FIRST), ("b", statuses[1], SECOND_PUSH)]
        for one in reversed(pushes) if later_first else pushes:
            push(*one)
        assert status() == statuses[1]

    def test_the_same_event_twice_changes_nothing(self, feed: Feed, push):
        push("a", "OPEN", FIRST)
        push("b", "ACTIVE", SECOND_PUSH)
        assert feed.run("push/cases-a.ndjson", FIRST)["result"] == "repeated"
        assert status() == "ACTIVE"

    @pytest.mark.parametrize("arrived", ["", "yesterday", "2026-11-24T19:00:05"])
    def test_without_an_event_time_the_order_is_the_same(self, push, arrived: str):
        push("a", "OPEN", arrived)
        push("b", "ACTIVE", arrived)
        one = status()
        push("c", "OPEN", arrived)
        push("d", "ACTIVE", arrived)
        assert status() == one


@pytest.mark.usefixtures("feed")
class TestEventTime:
    @pytest.mark.parametrize(
        ("after", "used"),
        [(-0.9, True), (0.5, True), (59, True), (-2, False), (61, False), (86400, False)],
    )
    def test_the_event_must_be_about_this_upload(self, after: float, used: bool):
        s3 = boto3.client("s3", region_name="us-west-2")
        with time_machine.travel(SECOND, tick=False):
            s3.put_object(Bucket=BUCKET, Key="incoming/cases.csv", Body=b"x")
        arrived = SECOND + timedelta(seconds=after)
        found = objects.find(Upload(bucket=BUCKET, key="incoming/cases.csv", arrived=arrived))
        assert found.arrived == (arrived if used else None)
