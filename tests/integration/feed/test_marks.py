"""Since when the records system says that a victim is dead or a minor, and of whom it is news."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Victim
from aviso.domain.people import ORGANIZATION, is_silenced, mark_of, silenced_since
from aviso.feed.marks import AGAIN, first_said
from infra.harness.builders import NOW, ZONE, a_case
from infra.harness.feed_drop import Feed, a_person_row, stored
from infra.harness.feed_files import local

HOUR = timedelta(hours=1)
DEAD, GROWN, CHILD = {"deceased": True}, {"birth_date": date(1985, 4, 12)}, date(2015, 4, 12)
BORN_LATER, FLAGGED = {"birth_date": CHILD}, {"minor": True}
UNKNOWN: dict[str, Any] = {"birth_date": None}
ALMOST = {"birth_date": NOW.date().replace(year=NOW.year - 18) + timedelta(days=1)}
BLANK = [UNKNOWN, UNKNOWN | {"birth_date_unreadable": True}, {"victim_type": ORGANIZATION}]
# What the first row said, what the next says, and whether the victim hears of it.
NEWS: dict[str, tuple[dict[str, Any] | None, dict[str, Any], bool]] = {
    "dead in the first row": (None, DEAD, False),
    "dead later": (GROWN, DEAD, True),
    "dead as before": (DEAD, DEAD, False),
    "a child in the first row": (None, BORN_LATER, False),
    "a child by another birth date": (GROWN, BORN_LATER, True),
    "a child by the mark": (GROWN, FLAGGED, True),
    "a child by the age": (UNKNOWN | {"age": 40}, UNKNOWN | {"age": 4}, True),
    "an adult of unknown age who is a child": (UNKNOWN, BORN_LATER, False),
    "a child as before": (BORN_LATER, BORN_LATER | FLAGGED, False),
    "a child who dies": (BORN_LATER, BORN_LATER | DEAD, False),
    "dead and a child at once": (GROWN, DEAD | BORN_LATER, True),
    "dead from the start, and a child by error": (DEAD, DEAD | BORN_LATER, False),
    "an adult": (BORN_LATER, GROWN, False),
    "an organization": (
        {"victim_type": "organization"},
        {"victim_type": "organization", "incapacitated": True} | DEAD | FLAGGED,
        False,
    ),
}


def a_victim(**said: Any) -> Victim:
    return a_case().with_victim(first_seen=NOW, **said).case.victims[0]


def of_rows(*rows: dict[str, Any], step: timedelta = HOUR) -> list[Victim]:
    """Return the victim as each row leaves it, one every `step`."""
    found: list[Victim] = []
    for n, row in enumerate(rows):
        before = found[-1] if found else None
        found.append(first_said(a_victim(**row), before, NOW + n * step, ZONE))
    return found


class TestMark:
    @pytest.mark.parametrize(("first", "then", "news"), NEWS.values(), ids=list(NEWS))
    def test_is_news_of_who_was_told_before(self, first, then, news):
        rows = [then] if first is None else [first, then]
        expected = NOW + HOUR if news else None
        assert silenced_since(of_rows(*rows)[-1]) == expected

    def test_ends_with_age_without_a_word(self):
        """Nobody turns into a minor by time."""
        young = of_rows(ALMOST)[0]
        later = NOW.date() + timedelta(days=2)
        assert (mark_of(young, NOW.date()), mark_of(young, later)) == ("minor", "")
        again = first_said(a_victim(**ALMOST, street="1 Elm St"), young, NOW + 2 * AGAIN, ZONE)
        assert silenced_since(again) is None

    @pytest.mark.parametrize("mark", [DEAD, BORN_LATER, {"incapacitated": True}])
    @pytest.mark.parametrize(("step", "times"), [(AGAIN / 3, 1), (AGAIN / 2, 2)])
    def test_that_comes_and_goes_is_one(self, mark, step, times):
        rows = of_rows(GROWN, mark, GROWN, mark, GROWN, step=step)
        assert silenced_since(rows[-1]) is None
        said: set[datetime | None] = {silenced_since(row) for row in rows} - {None}
        assert len(said) == times

    @pytest.mark.parametrize("mark", [DEAD, BORN_LATER, {"incapacitated": True}])
    @pytest.mark.parametrize(("after", "counts"), [(3, False), (7, True)])
    def test_that_was_overruled_stays_so_for_a_week(self, mark, after, counts):
        *_, marked = of_rows(GROWN, mark)
        able = replace(marked, desk_able_at=NOW + 2 * HOUR)
        said = {"desk_able_at": able.desk_able_at}
        no = first_said(a_victim(**GROWN, **said), able, NOW + 3 * HOUR, ZONE)
        at = NOW + HOUR + timedelta(days=after)
        again = first_said(replace(no, **mark), no, at, ZONE)
        assert silenced_since(again) == (at if counts else None)

    @pytest.mark.parametrize("blank", BLANK)
    @pytest.mark.parametrize("mark", [BORN_LATER, FLAGGED | UNKNOWN])
    def test_of_an_adult_whose_age_was_left_out(self, blank, mark):
        """Two files in a row must not silence an adult unheard."""
        rows = of_rows(GROWN, blank, blank | {"street": "1 Elm St"}, mark, mark)
        assert [silenced_since(row) for row in rows] == [None] * 3 + [NOW + 3 * HOUR] * 2
        assert is_silenced(rows[-1], NOW.date())

    def test_of_the_first_row_that_comes_back_is_news(self):
        """Nobody was told of the first one, and the contacts were used in between."""
        rows = of_rows(DEAD, GROWN, DEAD, GROWN, DEAD)
        second = NOW + 2 * HOUR
        assert [silenced_since(row) for row in rows] == [None, None, second, None, second]

    @pytest.mark.parametrize("mark", [DEAD, BORN_LATER])
    def test_from_before_moments_were_kept_is_no_news(self, mark):
        """An upgrade announces nothing old."""
        row = first_said(a_victim(**mark, street="1 Elm St"), a_victim(**mark), NOW + HOUR, ZONE)
        assert silenced_since(row) is None


class TestFile:
    @pytest.fixture
    def feed(self, aws: None, feed: Feed) -> Feed:
        return feed

    @pytest.mark.parametrize("cell", [{"deceased": "Y"}, {"minor": "Y"}, {"birth_date": "2015"}])
    def test_keeps_the_moment_of_a_mark(self, feed, cell):
        feed.drop("people", a_person_row())
        cell = {"birth_date": "04/12/2015"} if "birth_date" in cell else cell
        for hours in (1, 2):
            at = feed.now = NOW + timedelta(hours=hours)
            row = a_person_row(**cell, street=f"{hours} Elm St", row_time=local(at))
            feed.drop("people", row, at=at)
        assert silenced_since(stored().victims[0]) == NOW + HOUR
