"""The last word a victim has is the last word of the case, and a day is the agency's day."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given, strategies
from msgspec.structs import replace

from aviso.domain.duties import owed
from aviso.domain.facts import facts, first_seen
from aviso.domain.model import Kind
from aviso.domain.notice import Notice, State
from aviso.domain.reasons import HoldReason
from aviso.notices import planning
from aviso.storage import notices
from infra.harness.builders import NOW, NUMBER, a_notice, case_at
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
DAYS = [local(NOW + timedelta(days=n)) for n in range(4)]


class Told:
    """Imports rows, and counts every duty as told at once."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.ledger: dict[str, Notice] = {}
        on = {k: replace(v, on=True, told="always") for k, v in feed.settings.kinds.items()}
        self.settings = replace(feed.settings, kinds=on)
        self.hours = 0

    def drop(self, kind, *rows) -> list[Kind]:
        """Import rows an hour later, twice; return the kinds that are told because of it."""
        self.hours += 1
        self.feed.now = NOW + self.hours * HOUR
        for again in range(2):
            dated = [r | {"row_time": local(NOW + self.hours * HOUR)} for r in rows]
            self.feed.drop(kind, *dated, at=self.feed.now + again * timedelta(minutes=1))
        case = stored(rows[0]["number"])
        fresh = [
            duty
            for duty in owed(
                case_at(case, self.settings, self.feed.now, told=list(self.ledger.values()))
            )
            if duty.id not in self.ledger
        ]
        for duty in fresh:
            same = {name: getattr(duty, name) for name in ("id", "fact_at", "first_seen")}
            self.ledger[duty.id] = a_notice(
                duty.kind, duty.fact, victim=duty.victim, state=State.DELIVERED, told_at=NOW, **same
            )
        return [duty.kind for duty in fresh]


@pytest.fixture
def told(aws, settings) -> Told:
    told = Told(Feed(settings))
    told.drop("cases", a_case_row())
    told.drop("people", a_person_row(), a_suspect_row())
    return told


OLD = {
    "cases": a_case_row(
        number="1901020001",
        reported_at="01/02/2019 08:00",
        status="CLEARED_ARREST",
        status_at="03/04/2019 09:00",
        assigned="Luz Ochoa",
        assigned_at="01/03/2019 08:00",
    ),
    "arrests": an_arrest_row(number="1901020001", arrested_at="03/04/2019 08:30"),
}


class TestLostDate:
    @pytest.fixture
    def told(self, aws, settings) -> Told:
        told = Told(Feed(settings))
        number = {"number": "1901020001"}
        told.drop("people", a_person_row(**number), a_suspect_row(**number))
        for kind, row in OLD.items():
            assert told.drop(kind, row) == []
        return told

    @pytest.mark.parametrize(
        ("kind", "column"),
        [(kind, name) for kind, row in OLD.items() for name in row if name.endswith("_at")],
    )
    def test_makes_no_news_of_history(self, told: Told, kind: str, column: str) -> None:
        row = OLD[kind] | {column: ""}
        for touched in (row, row, OLD[kind], row):
            assert told.drop(kind, touched) == []
        told.hours += 24 * 60
        assert told.drop(kind, row) == []

    @pytest.mark.parametrize("column", ["reported_at", "status_at", "assigned_at"])
    def test_is_taken_from_another_row_of_the_file(self, told: Told, column: str) -> None:
        number = {"number": "1901020003"}
        told.drop("people", a_person_row(**number))
        row = OLD["cases"] | number
        assert told.drop("cases", row, row | {column: ""}) == []
        assert told.drop("cases", row | {column: ""}, row) == []

    @pytest.mark.parametrize("column", ["reported_at", "status_at", "assigned_at"])
    def test_is_kept_under_a_new_number(self, told: Told, column: str) -> None:
        row = OLD["cases"] | {column: "", "number": "1901020002", "former_number": "1901020001"}
        assert told.drop("cases", row) == []
        assert told.drop("people", a_person_row(number=row["number"])) == []
        assert told.drop("cases", row | {"former_number": ""}) == []

    def test_of_a_new_status_is_the_rows_time(self, told: Told) -> None:
        row = OLD["cases"] | {"status": "REOPENED", "status_at": ""}
        assert told.drop("cases", row) == [Kind.CASE_REOPENED]


# What a file says of a field, and what the next one says.
FIELDS = {
    "status": (a_case_row, {"status": "CLOSED"}, {"status": "ACTIVE"}),
    "detective": (a_case_row, {"assigned": "Luz Ochoa"}, {"assigned": "Ed Roy"}),
    "warrant": (a_case_row, {"warrant_at": local(NOW)}, {}),
}
YES = {
    *("status:CLOSED", "assigned:luz-ochoa", "warrant:2026-11-24"),
}


class Flips:
    """Imports one field of a case, now so and now so, and sends what that plans."""

    def __init__(self, feed: Feed) -> None:
        on = {k: replace(v, on=True, told="always") for k, v in feed.settings.kinds.items()}
        feed.settings = replace(feed.settings, kinds=on)
        self.feed, self.streams = feed, Streams(feed.settings)
        feed.drop("cases", a_case_row(status="ACTIVE"))
        feed.drop("people", a_person_row())
        self.streams.settle()

    def say(self, field: str, word: int, day: int, *, sent: bool = True) -> list[Notice]:
        """Import a word of a field; return the notices that say yes, the first one first."""
        row, *words = FIELDS[field]
        self.feed.now = self.streams.now = at = NOW + timedelta(days=day)
        dated = {"row_time": local(at)}
        if row is a_case_row:
            dated |= {"status_at": local(at), "status": "ACTIVE"}
        kind = "cases" if row is a_case_row else "people"
        self.feed.drop(
            kind,
            row(**dated | words[word]),
            at=at,
        )
        if sent:
            self.streams.settle()
        else:
            planning.plan(NUMBER, self.feed.settings, at)
        found = [n for n in notices.of_case(NUMBER) if n.kind is not Kind.CORRECTION]
        yes = [n for n in found if any(n.fact.startswith(start) for start in YES)]
        return sorted(yes, key=lambda n: n.first_seen)


class TestFlippingField:
    @pytest.mark.parametrize("field", FIELDS)
    def test_is_one_task_from_the_third_change(self, feed: Feed, field: str) -> None:
        flips = Flips(feed)
        said = [flips.say(field, n % 2, 1 + n) for n in range(5)]
        held = [[n.reason for n in yes if n.state is State.HELD] for yes in said]
        why = HoldReason.KEEPS_CHANGING
        assert held == [[], [], [why], [], [why]]
        assert [n.told_at is not None for n in said[-1]] == [True, False, False]

    def test_is_taken_back_at_once(self, feed: Feed) -> None:
        flips = Flips(feed)
        for n in range(2):
            flips.say("warrant", n, n + 1)
        (taken_back,) = [n for n in notices.of_case(NUMBER) if n.kind is Kind.CORRECTION]
        assert taken_back.told_at

    def test_is_news_when_the_first_word_was_never_told(self, feed: Feed) -> None:
        flips = Flips(feed)
        (never,) = flips.say("status", 0, 1, sent=False)
        flips.say("status", 1, 2)
        assert notices.read(never.id).told_at is None
        assert flips.say("status", 0, 7)[-1].told_at

    def test_is_told_once_a_person_releases_it(self, feed: Feed) -> None:
        flips = Flips(feed)
        for n in range(3):
            *_, held = flips.say("status", n % 2, 2 * n + 1)
        notices.move(held, State.PLANNED, due_at=None, overruled=(HoldReason.KEEPS_CHANGING,))
        assert flips.say("status", 0, 5)[-1].told_at

    def test_is_news_after_two_quiet_weeks(self, feed: Feed) -> None:
        flips = Flips(feed)
        for n in range(2):
            flips.say("status", n, n + 1)
        assert flips.say("status", 0, 16)[-1].told_at


class TestRepeatedFact:
    def test_hearing_moved_and_back_is_told_again(self, told: Told) -> None:
        assert told.drop("arrests", an_arrest_row(appearance_at=DAYS[1])) == [Kind.ARREST]
        before = 1
        for day in (2, 1, 1, 2, 3, 1):
            moved = told.drop("arrests", an_arrest_row(appearance_at=DAYS[day]))
            assert moved == ([Kind.INITIAL_APPEARANCE] if day != before else [])
            before = day
            (hearing,) = [
                f for f in facts(stored(), told.settings) if f.kind is Kind.INITIAL_APPEARANCE
            ]
            assert f"{stored().arrests[0].appearance_at:%Y-%m-%d}" in hearing.key

    def test_a_detective_who_returns_is_told_again(self, told: Told) -> None:
        names = ["Luz Ochoa", "Ed Roy", "Luz Ochoa"]
        assert [told.drop("cases", a_case_row(assigned=name)) for name in names] == [
            [Kind.DETECTIVE_ASSIGNED]
        ] * 3
        assert told.drop("cases", a_case_row(assigned="Luz Ochoa", division="North")) == []

    @pytest.mark.parametrize(
        ("column", "kind"),
        [("warrant_at", Kind.WARRANT), ("prosecutor_at", Kind.SENT_TO_PROSECUTOR)],
    )
    def test_taken_back_and_said_again_is_told_again(self, told, column, kind) -> None:
        said, unsaid = a_case_row(**{column: local(NOW)}), a_case_row()
        assert [told.drop("cases", row) for row in (said, unsaid, said, unsaid)] == [
            [kind],
            [Kind.CORRECTION],
            [kind],
            [Kind.CORRECTION],
        ]

    def test_an_evening_edit_makes_no_new_fact(self, told: Told) -> None:
        """At 17:00 in Arizona a new day begins in UTC."""
        afternoon = NOW.replace(hour=23, minute=50)  # 16:50 in Arizona
        evening = afternoon + timedelta(minutes=20)
        closed = next(c for c, s in told.settings.statuses.items() if s.tells is Kind.CASE_CLOSED)
        for column, kind in (("status_at", Kind.CASE_CLOSED), ("warrant_at", Kind.WARRANT)):
            values = {"status": closed} if column == "status_at" else {}
            first, *later = [
                told.drop("cases", a_case_row(**values | {column: local(at)}))
                for at in (afternoon, evening)
            ]
            assert first == [kind]
            assert later == [[]]

    @given(strategies.lists(strategies.sampled_from("ABC"), min_size=1, max_size=12))
    def test_every_change_is_new_and_no_repetition(self, said) -> None:
        seen: dict[str, datetime] = {}
        before: list[str] = []
        changes = 0
        for n, value in enumerate(said):
            latest = f"x:{value}"
            while f"{latest.partition('#')[0]}#{int(latest.partition('#')[2] or 1) + 1}" in seen:
                latest = f"{latest.partition('#')[0]}#{int(latest.partition('#')[2] or 1) + 1}"
            grown = first_seen([latest], before, seen, NOW + n * HOUR)
            changes += not n or said[n - 1] != value
            assert len(grown) == changes
            assert grown.items() >= seen.items()
            before = [key for key in grown if key not in seen] or before
            seen = grown
