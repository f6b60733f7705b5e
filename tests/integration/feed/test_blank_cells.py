"""A cell that turns blank: it lifts no protection. Only the opposite word does."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Case, Kind
from aviso.domain.people import is_minor
from aviso.domain.requests import Rights
from aviso.domain.restriction import restriction_of
from aviso.feed.columns import SAFETY
from infra.harness.builders import NOW
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
DAY = NOW.date()
Rows = Callable[..., dict[str, str]]


def a_guardian_row(**changes: str) -> dict[str, str]:
    kin = {"id": "P9", "role": "GRD", "for_person": "P1", "last_name": "Rey"}
    return a_person_row(**kin | changes)


def of_victim(name: str, value: Any = True) -> Callable[[Case], bool]:
    """Whether a value counts for the victim, and nobody is asked."""
    return lambda case: [(getattr(v, name), v.differs) for v in case.victims] == [(value, ())]


def of_suspect(name: str, value: Any) -> Callable[[Case], bool]:
    return lambda case: [getattr(s, name) for s in case.suspects] == [value]


def minor(case: Case) -> bool:
    return [is_minor(v, DAY) for v in case.victims] == [True]


# What a blank cell keeps: the rows, the word that protects, its opposite, and what it does.
KEPT: dict[str, tuple[str, Rows, str, str, Callable[[Case], bool]]] = {
    "restricted": ("cases", a_case_row, "Y", "N", lambda case: bool(case.report.restricted)),
    "removed": ("people", a_person_row, "Y", "N", lambda case: not case.victims),
    "removed, of a guardian": ("people", a_guardian_row, "Y", "N", lambda c: not c.speakers),
    "safe_to_contact": ("people", a_person_row, "N", "Y", of_victim("safe_to_contact", False)),
    "safe_to_contact, of a guardian": (
        *("people", a_guardian_row, "N", "Y"),
        lambda case: [s.safe_to_contact for s in case.speakers] == [False],
    ),
    "confidential_address": ("people", a_person_row, "Y", "N", of_victim("confidential_address")),
    "deceased": ("people", a_person_row, "Y", "N", of_victim("deceased")),
    "incapacitated": ("people", a_person_row, "Y", "N", of_victim("incapacitated")),
    "minor": ("people", a_person_row, "Y", "N", minor),
    "age": ("people", a_person_row, "15", "40", minor),
    "birth_date": ("people", a_person_row, "04/12/2015", "04/12/1985", minor),
    "victim_type": (
        "people",
        a_person_row,
        "organization",
        "person",
        of_victim("victim_type", "organization"),
    ),
    "rights": ("people", a_person_row, "W", "R", of_victim("rights", Rights.WAIVED)),
    "relationship": (
        *("people", a_person_row, "SPOUSE", "NEIGHBOR"),
        of_victim("relationship", "SPOUSE"),
    ),
    "last_name": ("people", a_suspect_row, "Poole", "Rey", of_suspect("last_name", "Poole")),
    "birth_date, of a suspect": (
        *("people", a_suspect_row, "01/02/1979", "01/02/1980"),
        of_suspect("birth_date", date(1979, 1, 2)),
    ),
    "street": ("people", a_suspect_row, "1 Elm St", "2 Oak St", of_suspect("street", "1 Elm St")),
    "phone": (
        *("people", a_suspect_row, "555-01", "520-555-0118"),
        of_suspect("unreadable_contact", True),
    ),
}
# What a blank cell takes back, by its meaning: the row is there, and says it no more.
SAYS_NO_MORE = {"withdrawn"} | {kind.column for kind in Kind if kind.column}
# What every row of a suspect said counts for good: see `TestContacts` in `test_two_rows_of_one`.
FOR_GOOD = frozenset({"email"})


@pytest.fixture
def feed(feed: Feed) -> Feed:
    """Map the columns that the sample agency does not have."""
    more = {
        "cases": {"removed"},
        "people": {"incapacitated", "age", "victim_type"},
        "arrests": set[str](),
    }
    files = (
        replace(f, columns={n: f"{n}_X" for n in more[f.kind]} | dict(f.columns))
        for f in feed.settings.feed
    )
    feed.settings = replace(feed.settings, feed=tuple(files))
    feed.drop("cases", a_case_row())
    return feed


def drop(feed: Feed, kind: str, row: dict[str, str], hour: int) -> None:
    at = NOW + hour * HOUR
    feed.drop(kind, row | {"row_time": local(at - HOUR / 2)}, at=at)


class TestBlankCell:
    def test_of_every_safety_column_is_looked_at(self) -> None:
        assert {name.partition(",")[0] for name in KEPT} | SAYS_NO_MORE | FOR_GOOD == SAFETY

    @pytest.mark.parametrize("name", KEPT)
    def test_lifts_no_protection(self, feed: Feed, name: str) -> None:
        kind, row, word, opposite, protects = KEPT[name]
        column = name.partition(",")[0]
        other = {"birth_date": ""} if column == "age" else {}
        for hour, (says, holds) in enumerate([(word, True), ("", True), (opposite, False)], 1):
            drop(feed, kind, row(**{**other, column: says}), hour)
            assert protects(stored()) is holds, says or "blank"

    def test_of_a_removed_case_shows_it_to_nobody(self, feed: Feed) -> None:
        """Whether it is back, a person finds out."""
        drop(feed, "cases", a_case_row(removed="Y"), 1)
        drop(feed, "cases", a_case_row(removed=""), 2)
        assert restriction_of(stored(), feed.settings) == "feed"

    def test_may_mean_a_word_by_the_settings(self, feed: Feed) -> None:
        """A records system that can only tick a box and untick it."""
        people = feed.file("people")
        says = {**people.values.get("safe_to_contact", {}), "": "yes"}
        people = replace(people, values={**people.values, "safe_to_contact": says})
        files = (people if f.kind == "people" else f for f in feed.settings.feed)
        feed.settings = replace(feed.settings, feed=tuple(files))
        drop(feed, "people", a_person_row(safe_to_contact="N"), 1)
        drop(feed, "people", a_person_row(safe_to_contact=""), 2)
        assert stored().victims[0].safe_to_contact

    def test_of_an_arrest_that_was_withdrawn_states_it(self, feed: Feed) -> None:
        drop(feed, "arrests", an_arrest_row(withdrawn="Y"), 1)
        drop(feed, "arrests", an_arrest_row(withdrawn=""), 2)
        assert stored().arrests[0].withdrawn_at is None
