"""A list of case numbers that the records system deleted or sealed removes these cases."""

from datetime import datetime, timedelta

import pytest
import time_machine
from msgspec.structs import replace

from aviso.domain.restriction import restriction_of
from aviso.feed import checkpoint, volume
from aviso.notices import planning
from aviso.storage import inbox, notices
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import local

HOUR = timedelta(hours=1)
LIST = "removed_cases_20261124T1300.csv"  # an hour after NOW, in the agency's zone


def a_list(
    feed: Feed, *numbers: str, name: str = LIST, column: str = "", at: datetime = NOW + HOUR
) -> dict[str, object]:
    header = column or feed.file("cases").columns["number"]
    with time_machine.travel(at, tick=False):
        feed.put(name, "".join(f"{line}\r\n" for line in (header, *numbers)).encode())
    return feed.run(name)


def restriction(feed: Feed) -> str:
    return str(restriction_of(stored(), feed.settings) or "")


@pytest.fixture
def told(feed: Feed) -> Feed:
    feed.drop("cases", a_case_row())
    feed.drop("people", a_person_row(), a_suspect_row())
    feed.drop("arrests", an_arrest_row())
    planning.plan(NUMBER, feed.settings, NOW)
    return feed


class TestRemovedByList:
    def test_stops_what_is_on_its_way(self, told: Feed):
        assert notices.list_notices(stored())
        for n in range(2):
            found = a_list(told, NUMBER, name=f"removed_cases_20261124T130{n}.csv")
            planning.plan(NUMBER, told.settings, NOW)
            assert found["unchanged" if n else "changed"] == 1
        assert restriction(told) == "removed"
        assert {n.reason for n in notices.list_notices(stored())} == {"case_removed"}

    def test_keeps_the_rest_for_the_law(self, told: Feed):
        before = stored().report
        a_list(told, NUMBER)
        after = stored().report
        assert before is not None
        assert after is not None
        assert (after.offense, after.status, after.reported_at, after.first_seen) == (
            before.offense,
            before.status,
            before.reported_at,
            before.first_seen,
        )

    def test_may_write_numbers_with_dashes(self, told: Feed):
        a_list(told, f"{NUMBER[:2]}-{NUMBER[2:]}")
        assert restriction(told) == "removed"

    def test_is_restricted_when_a_row_brings_it_back(self, told: Feed):
        a_list(told, NUMBER)
        for n in (2, 3):
            row = a_case_row(row_time=local(NOW + n * HOUR))
            told.drop("cases", row, at=NOW + n * HOUR)
            assert restriction(told) == "feed"
        planning.plan(NUMBER, told.settings, NOW + 4 * HOUR)
        assert {n.state.value for n in notices.list_notices(stored())} <= {"held", "suppressed"}

    def test_stays_removed_after_an_older_row(self, told: Feed):
        a_list(told, NUMBER)
        told.drop("cases", a_case_row(status="ACTIVE"), at=NOW + HOUR / 2)
        assert restriction(told) == "removed"

    def test_of_a_case_that_is_not_known_yet(self, feed: Feed):
        assert a_list(feed, NUMBER)["new"] == 1
        assert restriction(feed) == "removed"
        feed.drop("cases", a_case_row())
        assert restriction(feed) == "removed"


class TestDateAlone:
    """A list's name may have a date without a time. NOW is noon of that day."""

    @pytest.mark.parametrize("date", ["20261124", "20261125"])
    def test_counts_as_the_time_of_the_upload(self, told: Feed, date: str):
        found = a_list(told, NUMBER, name=f"removed_cases_{date}.csv", at=NOW + HOUR)
        assert (found["changed"], found["older"]) == (1, 0)
        assert found["exported"] == (NOW + HOUR).isoformat()
        assert restriction(told) == "removed"

    def test_counts_as_the_end_of_its_day_at_the_latest(self, told: Feed):
        next_day = NOW + 20 * HOUR
        told.drop("cases", a_case_row(status="ACTIVE", row_time=local(next_day)), at=next_day)
        name = "removed_cases_20261124.csv"
        found = a_list(told, NUMBER, name=name, at=next_day + 4 * HOUR)
        assert found["exported"] == (NOW + 12 * HOUR).isoformat()
        assert restriction(told) == ""

    def test_is_not_counted_if_it_is_to_come(self, told: Feed):
        found = a_list(told, NUMBER, name="removed_cases_20271124.csv", at=NOW + HOUR)
        assert found["exported"] == (NOW + HOUR).isoformat()


class TestNumberOfANewerCase:
    EARLY = "removed_cases_20261124T1100.csv"  # an hour before the file of cases

    def test_is_a_task_with_the_way_out(self, told: Feed):
        found = a_list(told, NUMBER, name=self.EARLY)
        assert (found["rejected"], found["older"]) == (1, 0)
        assert "line 2, column INCIDENT_NUM: The case was not removed" in str(found["mistakes"])
        (task,) = inbox.rejected()
        assert [(row["line"], row["code"]) for row in task.first] == [(2, "listed_too_early")]
        assert restriction(told) == ""

    def test_is_no_task_if_the_case_is_removed(self, told: Feed):
        files = (replace(f, columns={**f.columns, "removed": "SEALED"}) for f in told.settings.feed)
        told.settings = replace(told.settings, feed=tuple(files))
        row = a_case_row(removed="Y", row_time=local(NOW + HOUR))
        told.drop("cases", row, at=NOW + HOUR)
        found = a_list(told, NUMBER, name=self.EARLY)
        assert (found["rejected"], found["older"]) == (0, 1)

    def test_is_no_task_under_a_former_number(self, told: Feed):
        """Its case has another number now, and may be valid."""
        row = a_case_row(number="2611240999", former_number=NUMBER, row_time=local(NOW + HOUR))
        told.drop("cases", row, at=NOW + HOUR)
        told.drop("people", a_person_row(number="2611240999"), at=NOW + HOUR)
        found = a_list(told, NUMBER, name="removed_cases_20261124T1500.csv")
        assert (found["rejected"], found["older"]) == (0, 1)


class TestList:
    def test_says_nothing_of_the_age_of_the_cases(self, told: Feed):
        before = checkpoint.last_file("cases")
        assert a_list(told, NUMBER)["result"] == "imported"
        assert checkpoint.last_file("cases") == before

    def test_without_its_header_is_refused(self, told: Feed):
        """The first number would be lost."""
        found = a_list(told, column=NUMBER)
        assert (found["result"], found["code"]) == ("refused", "no_header")
        assert restriction(told) == ""

    def test_has_its_bad_numbers_named(self, told: Feed):
        found = a_list(told, "nothing", NUMBER)
        assert (found["rejected"], found["changed"]) == (1, 1)
        assert "line 2, column INCIDENT_NUM" in str(found["mistakes"])

    def test_that_is_long_waits_for_a_person(self, told: Feed, monkeypatch: pytest.MonkeyPatch):
        monkeypatch.setattr(volume, "MORE", 2)
        found = a_list(told, NUMBER, "261124000001", "261124000002")
        assert (found["result"], found["code"]) == ("refused", "larger")
        (task,) = inbox.rejected()
        assert task.waits
        assert restriction(told) == ""
        assert told.run(LIST, accepted=task.acceptance)["result"] == "imported"
        assert restriction(told) == "removed"
