"""The agent's NDJSON files are read by the feed's own reader."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aviso.domain.settings import Settings
from aviso.feed import cells, columns
from aviso_agent import file_writer
from infra.harness.builders import NUMBER
from infra.harness.feed_drop import Feed, stored

ZONE = ZoneInfo("America/Phoenix")
AT = datetime(2026, 11, 24, 17, 30, 0, 250_000, tzinfo=UTC)
# Rows as a database driver gives them.
CASES: dict[str, Any] = {
    "number": NUMBER,
    "offense": "13-1507",
    "status": "ACTIVE",
    "reported_at": datetime(2026, 11, 23, 8, 0),  # noqa: DTZ001 - local, as a database has it
    "assigned": None,
    "warrant_at": None,
    "prosecutor_at": None,
    "restricted": False,
    "removed": None,
    "row_time": AT,
}
PEOPLE: dict[str, Any] = {
    "number": NUMBER,
    "id": 17,
    "role": "VIC",
    "first_name": "Ana",
    "last_name": "Tolano",
    "birth_date": date(1985, 4, 12),
    "phone": "520-555-0188",
    "email": None,
    "street": None,
    "minor": "N",
    "age": 41,
    "deceased": 0,
    "confidential_address": True,
    "row_time": AT,
    "safe_to_contact": None,
    "rights": None,
    "relationship": None,
    "victim_type": None,
    "removed": False,
}


@pytest.fixture
def feed(aws: None, settings: Settings) -> Feed:
    return Feed(settings)


def read(feed: Feed, kind: str, row: dict[str, Any]) -> dict[str, Any]:
    columns = list(row)
    texts = file_writer.cells(list(row.values()), columns, ZONE)
    content = file_writer.written("ndjson", columns, [texts])
    name = file_writer.file_name(kind, "ndjson", content)
    feed.put(name, content)
    return feed.run(name)


class TestNdjsonFiles:
    def test_a_case_is_imported(self, feed: Feed):
        found = read(feed, "cases", CASES)
        assert (found["new"], found["rejected"], found["warnings"]) == (1, 0, {})
        report = stored().report
        assert report is not None
        assert (report.restricted, report.removed, report.row_time) == (False, False, AT)

    def test_a_victim_is_imported(self, feed: Feed):
        found = read(feed, "people", PEOPLE)
        assert (found["new"], found["rejected"], found["warnings"]) == (1, 0, {})
        (victim,) = stored().victims
        assert (victim.id, victim.birth_date) == ("17", date(1985, 4, 12))
        assert (victim.minor, victim.deceased, victim.confidential_address) == (False, False, True)

    def test_a_flag_of_an_unknown_word_is_rejected(self, feed: Feed):
        found = read(feed, "cases", CASES | {"restricted": "MAYBE"})
        assert found["rejected"] == 1
        assert "wrong type" in found["mistakes"][0]

    def test_a_column_that_protects_safety_must_be_there(self, feed: Feed):
        row = {name: value for name, value in CASES.items() if name != "restricted"}
        assert read(feed, "cases", row)["rejected"] == 1

    def test_the_agent_knows_the_feeds_flags(self):
        assert file_writer.FLAGS == columns.FLAGS
        assert {word for word, is_yes in file_writer.FLAG_WORDS.items() if is_yes} <= cells.YES
        assert {word for word, is_yes in file_writer.FLAG_WORDS.items() if not is_yes} <= cells.NO
