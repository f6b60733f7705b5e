"""Files of an unusual size, and files whose trailer says another number of rows."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.feed import volume
from aviso.notices import monitoring
from aviso.storage import inbox, markers
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, a_case_row, an_arrest_row

DAY = timedelta(days=1)


@pytest.fixture
def feed(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> Feed:
    monkeypatch.setattr(volume, "FEWER", 3)
    monkeypatch.setattr(volume, "MORE", 3)
    return feed


def arrests(n: int) -> list[dict[str, str]]:
    return [an_arrest_row(id=f"A{i}") for i in range(n)]


def drop(feed: Feed, day: int, rows: int) -> dict[str, object]:
    feed.now = NOW + day * DAY
    return feed.drop("arrests", *arrests(rows), at=feed.now)


def usual(feed: Feed, rows: int = 10) -> None:
    """Drop as many files as are needed to know what is usual."""
    for day in range(volume.ENOUGH):
        assert drop(feed, day, rows)["result"] == "imported"


def waiting() -> list[tuple[str, str]]:
    return [(entry.refused, entry.about) for entry in inbox.rejected()]


class TestAFullFile:
    @pytest.mark.parametrize(
        ("rows", "reason"), [(4, "smaller"), (0, "smaller"), (5, ""), (30, ""), (31, "larger")]
    )
    def test_far_from_the_usual_waits(self, feed: Feed, rows: int, reason: str) -> None:
        feed.full("arrests")
        feed.settings = replace(
            feed.settings,
            feed=tuple(replace(f, least=0.5, most=3) for f in feed.settings.feed),
        )
        usual(feed)
        assert drop(feed, 6, rows)["result"] == ("refused" if reason else "imported")
        assert waiting() == ([(reason, f"{rows} / 10")] if reason else [])

    def test_one_that_waits_withdraws_nothing(self, feed: Feed) -> None:
        feed.full("arrests")
        feed.settings = replace(
            feed.settings, feed=tuple(replace(f, least=0.5) for f in feed.settings.feed)
        )
        usual(feed)
        before = markers.marker("FEED#arrests")
        for day in (6, 7, 8):
            assert drop(feed, day, 0)["result"] == "refused"
        assert markers.marker("FEED#arrests") == before
        assert "arrests" in monitoring.silent_feeds(feed.settings, feed.now)


class TestAFileOfChanges:
    def test_empty_is_usual_and_history_waits(self, feed: Feed) -> None:
        usual(feed, rows=2)
        assert drop(feed, 6, 0)["result"] == "imported"
        assert drop(feed, 7, 40)["result"] == "imported"
        assert drop(feed, 8, 41)["result"] == "refused"
        assert waiting() == [("larger", "41 / 2")]

    def test_few_files_say_nothing_about_the_usual(self, feed: Feed) -> None:
        for day in range(volume.ENOUGH - 1):
            drop(feed, day, 1)
        assert drop(feed, 6, 100)["result"] == "imported"

    def test_a_part_put_by_hand_does_not_count(self, feed: Feed) -> None:
        usual(feed, rows=1)
        found = feed.drop("arrests", *arrests(50), at=NOW + 6 * DAY, part=True)
        assert found["result"] == "imported"
        assert drop(feed, 7, 30)["result"] == "refused"


class TestATrailer:
    @pytest.mark.parametrize(
        ("last", "about"),
        [("TOTAL,2", ""), ("TOTAL,3", "2 / 3"), ("total 2", "3 / -"), ("", "2 / -")],
    )
    def test_a_file_that_disagrees_is_refused(self, feed: Feed, last: str, about: str) -> None:
        files = (replace(f, trailer=r"TOTAL,(?P<rows>\d+)") for f in feed.settings.feed)
        feed.settings = replace(feed.settings, feed=tuple(files))
        rows = [a_case_row(), a_case_row(number="2611240777")]
        feed.put("cases.csv", (feed.text("cases", rows) + last + "\r\n").encode())
        found = feed.run("cases.csv")
        assert (found["result"], found.get("rejected", 0)) == (
            "refused" if about else "imported", 0
        )  # fmt: skip
        assert waiting() == ([("trailer", about)] if about else [])
