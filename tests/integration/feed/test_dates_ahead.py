"""What has happened cannot lie after the export: such a date tells nobody."""

from datetime import timedelta

import pytest

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.storage import notices
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import local
from tests.support.feed_flow import Streams
from tests.support.sending import Provider

DAY = timedelta(days=1)
NEARLY_A_DAY = DAY - timedelta(minutes=1)


class TestDateAhead:
    @pytest.mark.parametrize(
        "column", ["reported_at", "status_at", "assigned_at", "warrant_at", "prosecutor_at"]
    )
    def test_of_a_case_cannot_be_used(self, feed: Feed, column: str) -> None:
        ahead = a_case_row(**{column: local(NOW + DAY + timedelta(minutes=1))})
        found = feed.drop("cases", ahead)
        assert found["warnings"] == {f"bad_date:{feed.file('cases').columns[column]}": 1}

    def test_of_an_arrest_is_a_task_and_no_text(self, feed: Feed, provider: Provider) -> None:
        feed.drop("cases", a_case_row())
        feed.drop("people", a_person_row(), a_suspect_row())
        found = feed.drop("arrests", an_arrest_row(arrested_at=local(NOW + 7 * DAY)))
        assert found["warnings"] == {"bad_date:ARREST_DT": 1}
        streams = Streams(feed.settings)
        streams.now = NOW + timedelta(hours=2)
        for _ in range(2):
            streams.case_changed(NUMBER)
        (notice,) = (n for n in notices.of_case(NUMBER) if n.kind is Kind.ARREST)
        assert (notice.state, notice.reason) == (State.HELD, "unsettled_date_unreadable")
        assert not [m for m in provider.sent if notices.read(m.notice).kind is Kind.ARREST]

    def test_within_a_day_is_a_clock_or_a_zone(self, feed: Feed) -> None:
        row = an_arrest_row(arrested_at=local(NOW + NEARLY_A_DAY))
        assert feed.drop("arrests", row)["warnings"] == {}

    def test_of_a_hearing_is_its_nature(self, feed: Feed) -> None:
        row = an_arrest_row(appearance_at=local(NOW + 90 * DAY))
        assert feed.drop("arrests", row)["warnings"] == {}
