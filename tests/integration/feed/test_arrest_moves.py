"""Two people under one arrest number stay two when case, arrest or suspect is renumbered."""

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import was_told
from aviso.feed.arrest_suspects import beside
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
from infra.harness.feed_files import local
from tests.support.feed_flow import Streams

HOUR = timedelta(hours=1)
NEW = "2611240777"


@pytest.fixture
def feed(feed: Feed) -> Feed:
    feed.drop("cases", a_case_row())
    feed.drop("people", *people(NUMBER))
    return feed


def people(number: str) -> list[dict[str, str]]:
    return [
        a_person_row(number=number),
        a_suspect_row(number=number),
        a_suspect_row(number=number, id="S2", last_name="Reed"),
    ]


def one(suspect: str = "S1", **changes: str) -> dict[str, str]:
    return an_arrest_row(**{"id": "A1", "suspect": suspect} | changes)


def send(feed: Feed, number: str = NUMBER) -> None:
    streams = Streams(feed.settings)
    streams.now = feed.now
    for _ in range(2):
        streams.case_changed(number)


def told(*numbers: str, kind: Kind = Kind.ARREST) -> list[str]:
    """Return the facts of this kind that the victim was told, or is told when their turn comes."""
    every = [n for number in numbers or (NUMBER,) for n in notices.of_case(number)]
    return sorted(
        n.fact for n in every if n.kind is kind and (was_told(n) or n.state is State.PLANNED)
    )


def suspects(number: str = NUMBER) -> list[str]:
    return sorted(arrest.suspect for arrest in stored(number).arrests)


def renumbered_case(feed: Feed) -> dict[str, Callable[[], Any]]:
    """Return three files of a night in which S1 is arrested and the case renumbered."""
    later = feed.now
    case = a_case_row(number=NEW, former_number=NUMBER, row_time=local(later))
    tonight = {"arrested_at": local(later - HOUR), "row_time": local(later - HOUR)}
    arrests = [one("S1", number=NEW, **tonight), one("S2", number=NEW)]
    return {
        "cases": lambda: feed.drop("cases", case, at=later),
        "arrests": lambda: feed.drop("arrests", *arrests, at=later),
        "people": lambda: feed.drop("people", *people(NEW), at=later),
    }


class TestRenumberedCase:
    @pytest.mark.parametrize("before", [("S2",), ("S1",)])
    @pytest.mark.parametrize("order", list(permutations(("cases", "people", "arrests"))))
    def test_is_told_its_new_arrest_once(
        self, feed: Feed, order: tuple[str, ...], before: tuple[str, ...]
    ) -> None:
        feed.drop("arrests", *(one(s) for s in before))
        send(feed)
        was = told()
        assert len(was) == len(before)
        feed.now = NOW + timedelta(days=20)
        files = renumbered_case(feed)
        if before != ("S2",):  # then S2's is the arrest of the night
            rows = [
                one("S1", number=NEW),
                one("S2", number=NEW, arrested_at=local(feed.now - HOUR)),
            ]
            files["arrests"] = lambda: feed.drop("arrests", *rows, at=feed.now)
        for _ in range(2):
            for kind in order:
                files[kind]()
            send(feed, NEW)
            feed.now += 2 * HOUR
        assert suspects(NEW) == ["S1", "S2"]
        other = beside("A1", "S1" if before == ("S2",) else "S2")
        assert told(NUMBER, NEW) == ["arrest:A1", f"arrest:{other}"]
        assert set(was) <= set(told(NUMBER, NEW))

    def test_keeps_both_arrests_when_swapped(self, feed: Feed) -> None:
        feed.drop("arrests", one("S2"))
        feed.drop("arrests", one("S1"), at=NOW + HOUR)
        send(feed)
        before = told()
        feed.now = NOW + 2 * HOUR
        rows = [one(s, number=NEW, row_time=local(NOW)) for s in ("S1", "S2")]
        feed.drop("arrests", *rows, at=feed.now)
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        for _ in range(2):
            feed.drop("cases", row, at=feed.now)
            feed.drop("arrests", *rows, at=feed.now)
            send(feed, NEW)
        assert len(before) == 2
        assert told(NUMBER, NEW) == before
        assert suspects(NEW) == ["S1", "S2"]

    def test_keeps_the_notice_of_each_suspect(self, feed: Feed) -> None:
        """Old A1 is S2's. In the new case A1 was S1's, and has a number of its own by now."""
        feed.drop("arrests", one("S2"))
        send(feed)
        feed.now = NOW + 2 * HOUR
        feed.drop("arrests", one("S1", number=NEW), at=NOW + HOUR)
        named = one("S1", number=NEW, id="B1", former_id="A1", row_time=local(NOW))
        feed.drop("arrests", named, at=feed.now)
        row = a_case_row(number=NEW, former_number=NUMBER, row_time=local(NOW))
        for _ in range(2):
            feed.drop("cases", row, at=feed.now)
            feed.drop("arrests", named, one("S2", number=NEW), at=feed.now)
            send(feed, NEW)
        assert suspects(NEW) == ["S1", "S2"]
        assert told(NUMBER, NEW) == ["arrest:A1", f"arrest:{beside('A1', 'S1')}"]

    def test_old_number_hides_no_other_arrest(self, feed: Feed) -> None:
        feed.drop("arrests", one("S1"))
        send(feed)
        named = one("S1", id="B1", former_id="A1", row_time=local(NOW))
        feed.drop("arrests", named, at=NOW + HOUR)
        for n in (2, 3):
            feed.drop("arrests", one("S2", arrested_at=local(NOW)), named, at=NOW + n * HOUR)
            late = feed.drop("arrests", one("S1"), at=NOW + n * HOUR)  # a late row changes nothing
            assert late["older"] == 1
            send(feed)
        assert suspects() == ["S1", "S2"]
        assert told() == ["arrest:A1", f"arrest:{beside('A1', 'S2')}"]

    def test_tells_the_second_suspects_hearing(self, feed: Feed) -> None:
        feed.drop("arrests", one("S1"), one("S2"))
        send(feed)
        named = one("S1", id="B1", former_id="A1", row_time=local(NOW))
        feed.drop("arrests", named, at=NOW + HOUR)
        hearing = one("S2", row_time=local(NOW), appearance_at=local(NOW + 30 * HOUR))
        feed.drop("arrests", hearing, at=NOW + 2 * HOUR)
        send(feed)
        assert {a.suspect: a.appearance_at is not None for a in stored().arrests} == {
            "S1": False,
            "S2": True,
        }
        assert told() == ["arrest:A1", f"arrest:{beside('A1', 'S2')}"]


class TestRenumberedSuspect:
    @pytest.mark.parametrize("first", ["people", "arrests"])
    @pytest.mark.parametrize("who", ["S1", "S2"])
    def test_is_told_once_in_any_file_order(self, feed: Feed, first: str, who: str) -> None:
        feed.drop("arrests", one("S1"), one("S2"))
        send(feed)
        before = told()
        person = a_suspect_row(id="S9", former_id=who, row_time=local(NOW))
        hearing = {"row_time": local(NOW), "appearance_at": local(NOW + 30 * HOUR)}
        files = [
            lambda: feed.drop("people", person, at=feed.now),
            lambda: feed.drop("arrests", one("S9", **hearing), at=feed.now),
        ]
        for n in (1, 2):
            feed.now = NOW + n * HOUR
            for drop in files if first == "people" else files[::-1]:
                drop()
                send(feed)
        assert len(before) == 2
        assert told() == before
        assert len(stored().arrests) == 2
        assert [a.appearance_at is not None for a in stored().arrests].count(True) == 1
