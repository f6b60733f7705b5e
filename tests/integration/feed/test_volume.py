"""Files of an unusual size, with a trailer that disagrees, or with too many rows that are gone."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.feed import volume
from aviso.notices import monitoring
from aviso.storage import inbox, markers
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, an_arrest_row, stored
from infra.harness.feed_files import ndjson_text

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


class TestRowsThatAreGone:
    @pytest.fixture
    def feed(self, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> Feed:
        monkeypatch.setattr(volume, "FEW_GONE", 3)
        cases = feed.file("cases")
        cases = replace(
            cases,
            columns={**cases.columns, "removed": "SEALED_FLAG"},
            values={**cases.values, "status": {"EXPUNGED": "removed"}},
        )
        files = tuple(cases if f.kind == "cases" else f for f in feed.settings.feed)
        feed.settings = replace(feed.settings, feed=files)
        return feed

    @pytest.mark.parametrize(
        ("kind", "said"),
        [
            ("cases", {"removed": "Y"}),
            ("cases", {"status": "EXPUNGED"}),
            ("people", {"removed": "Y"}),
            ("arrests", {"withdrawn": "Y"}),
        ],
    )
    @pytest.mark.parametrize(
        ("gone", "left", "waits"), [(4, 0, True), (5, 4, True), (5, 5, False), (3, 0, False)]
    )
    def test_most_of_them_wait(
        self, feed: Feed, kind: str, said: dict[str, str], gone: int, left: int, waits: bool
    ) -> None:
        rows = [row(kind, n, **(said if n < gone else {})) for n in range(gone + left)]
        found = feed.drop(kind, *rows)
        assert (found["result"], found.get("code", "")) == (
            ("refused", "removed") if waits else ("imported", "")
        )
        assert waiting() == ([("removed", f"{gone + left} / {gone}")] if waits else [])

    def test_nothing_vanishes_until_it_is_accepted(self, feed: Feed) -> None:
        numbers = [f"26112400{n:02}" for n in range(4)]
        feed.drop("cases", *[a_case_row(number=n) for n in numbers])
        feed.now = NOW + DAY
        later = [a_case_row(number=n, removed="Y", row_time="") for n in numbers]
        feed.put("cases.csv", feed.text("cases", later).encode())
        assert feed.run("cases.csv")["result"] == "refused"
        (file,) = inbox.rejected()
        assert file.waits
        assert file.numbers == {"now": 4, "removed": 4, "changed": 4}
        assert not any(removed(n) for n in numbers)
        assert feed.run("cases.csv", accepted=file.acceptance)["result"] == "imported"
        assert all(removed(n) for n in numbers)

    def test_a_part_put_by_hand_waits_too(self, feed: Feed) -> None:
        found = feed.drop(
            "arrests", *[row("arrests", n, withdrawn="Y") for n in range(4)], part=True
        )
        assert found["code"] == "removed"

    def test_a_push_waits_too(self, feed: Feed) -> None:
        rows = [row("people", n, removed="Y") for n in range(4)]
        feed.put("push/people-a.ndjson", ndjson_text(feed.file("people"), rows).encode())
        assert feed.run("push/people-a.ndjson")["code"] == "removed"


def row(kind: str, n: int, **changes: str) -> dict[str, str]:
    if kind == "cases":
        return a_case_row(number=f"26112400{n:02}", **changes)
    return {"people": a_person_row, "arrests": an_arrest_row}[kind](id=f"X{n}", **changes)


def removed(number: str) -> bool:
    report = stored(number).report
    return bool(report and report.removed)
