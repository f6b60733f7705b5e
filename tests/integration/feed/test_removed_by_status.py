"""A status that means that a case was deleted or sealed removes the case."""

import pytest
from msgspec.structs import replace

from aviso.domain.settings import REMOVED
from aviso.notices import planning
from aviso.storage import notices
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import ndjson_text


@pytest.fixture
def feed(feed: Feed) -> Feed:
    def translated(file):
        statuses = {**file.values["status"], "EXPUNGED": REMOVED}
        return replace(file, values={**file.values, "status": statuses})

    files = tuple(translated(f) if f.kind == "cases" else f for f in feed.settings.feed)
    feed.settings = replace(feed.settings, feed=files)
    return feed


def removed() -> bool:
    report = stored().report
    assert report is not None
    return report.removed


class TestRemovedByStatus:
    @pytest.mark.parametrize(
        ("status", "is_removed"),
        [("EXPUNGED", True), ("expunged", True), ("REMOVED", False), ("OPEN", False), ("", False)],
    )
    def test_only_the_translated_status_removes(self, feed: Feed, status: str, is_removed: bool):
        found = feed.drop("cases", a_case_row(status=status))
        assert removed() is is_removed
        assert bool(found["warnings"]) is (status == "REMOVED")

    def test_it_holds_in_ndjson_too(self, feed: Feed):
        text = ndjson_text(feed.file("cases"), [a_case_row(status="EXPUNGED")])
        feed.put("push/cases-1.ndjson", text.encode())
        assert feed.run("push/cases-1.ndjson")["new"] == 1
        assert removed()

    def test_it_stops_what_is_on_its_way(self, feed: Feed):
        feed.drop("cases", a_case_row())
        feed.drop("people", a_person_row(), a_suspect_row())
        feed.drop("arrests", an_arrest_row())
        planning.plan(NUMBER, feed.settings, NOW)
        assert notices.list_notices(stored())
        for _ in range(2):
            feed.drop("cases", a_case_row(status="EXPUNGED", row_time="11/24/2026 11:59"))
            planning.plan(NUMBER, feed.settings, NOW)
        assert {n.reason for n in notices.list_notices(stored())} == {"case_removed"}

    def test_another_status_later_shows_it_again(self, feed: Feed):
        feed.drop("cases", a_case_row(status="EXPUNGED", row_time="11/24/2026 10:00"))
        feed.drop("cases", a_case_row(status="OPEN", row_time="11/24/2026 11:00"))
        assert not removed()

    def test_a_file_without_the_status_column_is_refused(self, feed: Feed):
        file = feed.file("cases")
        needed = tuple(name for name in file.required if name != "status")
        feed.settings = replace(
            feed.settings,
            feed=tuple(
                replace(f, required=needed) if f.kind == "cases" else f for f in feed.settings.feed
            ),
        )
        text = feed.text("cases", [a_case_row()]).replace(file.columns["status"], "OTHER")
        feed.put("cases.csv", text.encode())
        found = feed.run("cases.csv")
        assert (found["result"], found["code"]) == ("refused", "columns_missing")
