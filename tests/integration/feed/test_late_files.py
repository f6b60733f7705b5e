"""What a late file brings is found by the hourly look: the time of the import counts."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.storage import cases
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import local

HOUR = timedelta(hours=1)
DAYS_AGO = NOW - timedelta(days=7)
NEW = "2611240999"


@pytest.fixture
def late(feed: Feed):
    """Import files of last week as of an hour from now, hour after hour."""

    def drop(kind, *rows, hours=0):
        feed.now += HOUR
        feed.drop(
            kind, *(row | {"row_time": local(DAYS_AGO)} for row in rows), at=DAYS_AGO + hours * HOUR
        )
        return list(cases.touched(feed.now - HOUR))

    return drop


class TestLateFile:
    def test_touches_its_cases_now(self, late):
        assert late("cases", a_case_row()) == [NUMBER]
        assert late("people", a_person_row(), a_suspect_row()) == [NUMBER]
        assert late("arrests", an_arrest_row()) == [NUMBER]
        assert late("arrests", an_arrest_row(), hours=1) == []  # nothing new

    def test_with_a_new_id_touches_the_case(self, late):
        late("cases", a_case_row())
        late("people", a_person_row())
        row = a_person_row(id="P2", former_id="P1", phone="")
        assert late("people", row, hours=1) == [NUMBER]

    def test_without_an_arrest_touches_its_case(self, feed, late):
        feed.full("arrests")
        late("cases", a_case_row())
        both = [an_arrest_row(id=id) for id in ("A1", "A2")]
        for hours in (0, 13, 26):
            found = late("arrests", *(both if not hours else both[1:]), hours=hours)
        assert found == [NUMBER]
        assert any(arrest.withdrawn_at for arrest in cases.read_case(NUMBER).arrests)


class TestHourThatComesTwice:
    @pytest.mark.parametrize("stamp", ["20261101T0120", "20261101T01"])  # or by its upload
    def test_keeps_the_second_change_of_a_row(self, feed: Feed, stamp: str, time_machine) -> None:
        agency = replace(feed.settings.agency, time_zone="America/Denver")
        feed.settings = replace(feed.settings, agency=agency)
        exports = [
            ("cases_20261101T0155.csv", "2026-11-01T07:55:20+00:00", "11/01/2026 01:50", "N"),
            (f"cases_{stamp}.csv", "2026-11-01T08:20:20+00:00", "11/01/2026 01:10", "Y"),
        ]
        for name, uploaded, changed, restricted in exports:
            time_machine.move_to(uploaded, tick=False)
            row = a_case_row(row_time=changed, restricted=restricted)
            feed.put(name, feed.text("cases", [row]).encode())
            feed.run(name)
        report = cases.read_case(NUMBER).report
        assert report is not None
        assert report.restricted
        assert f"{report.export_time:%H:%M}" == "08:20"
