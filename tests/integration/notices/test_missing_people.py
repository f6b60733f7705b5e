"""A people file that was cut at the end of a line: the night says that people did not come."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.settings import Settings
from aviso.notices import missing_people, reconciliation
from aviso.storage import inbox
from infra.harness.builders import an_invocation
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, stored

DAY = timedelta(days=1)


@pytest.fixture
def feed(aws: None, settings: Settings) -> Feed:
    return Feed(settings)


def nights(feed: Feed, *days: tuple[int, int]) -> list[tuple[int, str]]:
    """Import days of so many cases, of which so many have a victim; return what the desk reads."""
    local = feed.now.astimezone(feed.settings.agency.zone)
    three = local.replace(hour=reconciliation.NIGHT, minute=30)
    for day, (new, with_people) in enumerate(days):
        feed.now = three + day * DAY - timedelta(hours=2)
        numbers = [f"2611{day:02}{n:04}" for n in range(new)]
        feed.drop("cases", *(a_case_row(number=number) for number in numbers), at=feed.now)
        people = [a_person_row(number=n, phone="", email="") for n in numbers[:with_people]]
        feed.drop("people", *people, at=feed.now)
        for again in range(2):
            feed.now = three + day * DAY + again * timedelta(minutes=1)
            reconciliation.reconcile_all(an_invocation(feed.settings, lambda: feed.now))
    rows = [row for entry in inbox.rejected() for row in entry.first]
    return [(row["rows"], row["about"]) for row in rows if row["code"] == "no_people"]


class TestMissingPeople:
    def test_of_a_cut_file_are_one_task(self, feed: Feed) -> None:
        assert nights(feed, (24, 22), (24, 12)) == [(12, "24")]

    @pytest.mark.parametrize(
        "days",
        [
            [(24, 12)],  # nobody knows what is usual
            [(24, 12), (24, 10)],  # usual here
            [(24, 22), (20, 11)],  # too few to tell
            [(24, 22), (0, 0), (24, 22)],
        ],
    )
    def test_as_many_as_usual_are_none(self, feed: Feed, days: list[tuple[int, int]]) -> None:
        assert nights(feed, *days) == []

    def test_are_expected_only_after_the_case_has_settled(self, feed: Feed) -> None:
        feed.drop("cases", a_case_row())
        case = stored()
        settle = feed.settings.settle
        later = [settle - DAY / 24, settle, settle + DAY * 0.9, settle + DAY]
        found = [missing_people.is_new(case, feed.settings, feed.now + at) for at in later]
        assert found == [False, True, True, False]
        assert missing_people.has_none(case)
        removed = replace(case, report=replace(case.report, removed=True))
        assert not missing_people.is_new(removed, feed.settings, feed.now + settle)
