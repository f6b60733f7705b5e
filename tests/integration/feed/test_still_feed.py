"""A feed that comes and says nothing new: the same file again, a header alone."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.notices import monitoring
from aviso.reporting.health import read_health
from aviso.storage import markers
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, a_case_row
from infra.harness.feed_files import local

DAY = timedelta(days=1)


def drop_at(feed: Feed, day: int, *rows: dict[str, str]) -> list[str]:
    """Drop a day's file, and return the kinds that bring no change by then."""
    feed.now = NOW + day * DAY
    feed.drop("cases", *rows, at=feed.now)
    return monitoring.still_feeds(feed.settings, feed.now)


class TestStillFeed:
    @pytest.mark.parametrize("rows", [[a_case_row()], []], ids=["identical", "a header alone"])
    def test_is_an_alarm(self, feed: Feed, rows: list[dict[str, str]]) -> None:
        found = [drop_at(feed, 0, a_case_row())] + [
            drop_at(feed, day, *rows) for day in range(1, 6)
        ]
        assert found == [[], [], [], [], [], ["cases"]]
        assert "cases" not in monitoring.silent_feeds(feed.settings, feed.now)
        health = read_health(feed.settings, feed.now)
        assert health.still_feeds == {"cases": NOW}
        changed = a_case_row(status="ACTIVE", row_time=local(feed.now))
        assert drop_at(feed, 6, changed) == []

    def test_lasts_as_long_as_the_setting_says(self, feed: Feed) -> None:
        files = [replace(f, still_after=timedelta(hours=5)) for f in feed.settings.feed]
        feed.settings = replace(feed.settings, feed=tuple(files))
        drop_at(feed, 0, a_case_row())
        assert drop_at(feed, 1, a_case_row()) == ["cases"]

    def test_is_not_ended_by_an_older_row(self, feed: Feed) -> None:
        drop_at(feed, 0, a_case_row(row_time=local(NOW)))
        drop_at(feed, 5, a_case_row(status="ACTIVE", row_time=local(NOW - DAY)))
        assert monitoring.still_feeds(feed.settings, feed.now) == ["cases"]

    def test_is_not_ended_by_a_part_put_by_hand(self, feed: Feed) -> None:
        drop_at(feed, 0, a_case_row())
        changed = a_case_row(status="ACTIVE", row_time=local(NOW + DAY))
        feed.now = NOW + 5 * DAY
        feed.drop("cases", changed, at=feed.now, part=True)
        assert monitoring.still_feeds(feed.settings, feed.now) == ["cases"]

    def test_begins_to_count_after_an_upgrade(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row())
        markers.put_marker("FEED#cases", {"exported": NOW.isoformat()}, NOW, 400 * DAY)
        assert drop_at(feed, 1, a_case_row()) == []
        assert drop_at(feed, 6, a_case_row()) == ["cases"]
