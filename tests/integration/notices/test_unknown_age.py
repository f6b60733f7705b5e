"""Nobody is written to directly before something says that they are an adult (docs/rules.md#11)."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Channel
from aviso.domain.people import age_unknown, is_minor
from aviso.domain.reasons import HoldReason
from aviso.domain.roster import reach
from aviso.domain.settings import Settings
from aviso.domain.survey_rules import may_be_asked
from aviso.feed.cells import Values
from aviso.notices import planning
from infra.harness.builders import NOW, NUMBER, a_case, case_at
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row, stored
from infra.harness.feed_files import local

TODAY = NOW.date()
NOTHING = {"birth_date": None}


def victim(**known):
    return a_case().with_victim("v1", **NOTHING | known).case


def trouble(case, settings):
    return reach(case_at(case, settings), case.victims[0]).trouble


class TestUnknownAge:
    def test_is_a_persons_task(self, settings: Settings) -> None:
        assert trouble(victim(), settings) == "age_unknown"

    @pytest.mark.parametrize(
        "known", [{"birth_date": date(1985, 4, 12)}, {"age": 18}, {"age": 54}, {"minor": False}]
    )
    def test_ends_with_a_date_an_age_or_a_flag(
        self, settings: Settings, known: dict[str, Any]
    ) -> None:
        found = reach(case_at(case := victim(**known), settings), case.victims[0])
        assert (found.trouble, {c.channel for c in found.contacts}) == (
            None,
            {Channel.SMS, Channel.EMAIL},
        )

    @pytest.mark.parametrize(
        "known",
        [
            {"age": 9},
            {"age": 17, "minor": False},
            {"minor": True, "age": 40},
            {"birth_date": TODAY - timedelta(days=3000), "minor": False},
            {"birth_date": date(1985, 4, 12), "age": 9},
        ],
    )
    def test_is_a_child_if_anything_says_so(
        self, settings: Settings, known: dict[str, Any]
    ) -> None:
        assert trouble(victim(**known), settings) == "minor_without_guardian"

    def test_leaves_the_guardian_told(self, settings: Settings) -> None:
        case = a_case().with_victim("v1", birth_date=None, age=9).with_speaker("r1", "v1").case
        found = reach(case_at(case, settings), case.victims[0])
        assert [c.source for c in found.contacts] == ["representative"]

    @pytest.mark.parametrize(
        ("age", "days_ago", "minor"),
        [
            (17, 364, True),
            (17, 367, False),
            (9, 8 * 365, True),
            (9, 9 * 366, False),
            (17, None, True),
        ],
    )
    def test_ends_when_nobody_can_be_younger(
        self, age: int, days_ago: int | None, minor: bool
    ) -> None:
        at = None if days_ago is None else TODAY - timedelta(days=days_ago)
        assert is_minor(victim(age=age, age_at=at).victims[0], TODAY) is minor

    def test_may_be_adult_by_a_setting_with_its_risk(self, settings: Settings) -> None:
        loose = replace(settings, messages=replace(settings.messages, unknown_age="adult"))
        assert settings.messages.unknown_age == "ask"
        assert trouble(victim(), loose) is None
        assert trouble(victim(age=9), loose) == "minor_without_guardian"

    def test_gets_no_survey(self, settings: Settings) -> None:
        case = victim()
        assert not may_be_asked(case_at(case, settings), case.victims[0])


@pytest.fixture
def feed(aws: None, settings: Settings) -> Feed:
    feed = Feed(settings)
    people = feed.file("people")
    mapped = replace(people, columns={**people.columns, "age": "AGE", "age_at": "AGE_AT"})
    files = tuple(mapped if f.kind == "people" else f for f in feed.settings.feed)
    feed.settings = replace(feed.settings, feed=files)
    return feed


class TestAgeCell:
    @pytest.mark.parametrize(
        ("cell", "age"),
        [
            *(("NN", 0), ("NB", 0), ("bb", 0)),  # a child in its first year
            *(("00", None), ("0", None), ("", None), ("99", None), ("UNK", None), ("999", None)),
            *(("09", 9), ("9", 9), ("034", 34), ("98", 98)),
            *(("2530", 25), ("25 - 30", 25), ("1016", 10), ("8-9", 8)),
            *(("1619", 16), ("16-20", 16), ("0-17", 0), ("0030", 0), ("18-99", 18)),
            *(("0000", None), ("00-99", None), ("9999", None)),
        ],
    )
    def test_is_read_on_the_careful_side(
        self, settings: Settings, cell: str, age: int | None
    ) -> None:
        file = next(f for f in settings.feed if f.kind == "people")
        assert Values({"age": cell}, file, settings.agency.zone, NOW).age("age") == age

    def test_alone_makes_a_child(self, feed: Feed) -> None:
        for _ in range(2):
            feed.drop("people", a_person_row(birth_date="", age="09", age_at="11/20/2026"))
        (child,) = stored().victims
        assert (child.age, child.age_at) == (9, date(2026, 11, 20))
        assert is_minor(child, TODAY)

    @pytest.mark.parametrize("cell", ["16-19", "1619"])
    def test_below_eighteen_beats_the_flag(self, feed: Feed, cell: str) -> None:
        feed.drop("cases", a_case_row())
        feed.drop("people", a_person_row(birth_date="", age=cell, minor="N"), a_suspect_row())
        assert trouble(stored(), feed.settings) == "minor_without_guardian"

    def test_of_two_rows_is_the_younger(self, feed: Feed) -> None:
        for rows in (("34", "09"), ("09", "34"), ("", "09"), ("09", "00")):
            feed.drop("people", *(a_person_row(birth_date="", age=age) for age in rows))
            assert [v.age for v in stored().victims] == [9], rows

    def test_lost_from_a_file_refuses_it(self, feed: Feed) -> None:
        file = feed.file("people")
        text = feed.text("people", [a_person_row(age="9")]).replace("AGE,", "YEARS,")
        assert file.columns["age"] == "AGE"
        feed.put("people.csv", text.encode())
        assert "AGE" in feed.run("people.csv")["reason"]

    def test_completed_later_lets_the_notice_go(self, feed: Feed) -> None:
        from aviso.domain.notice import State
        from aviso.storage import notices

        feed.drop("cases", a_case_row())
        feed.drop("people", a_person_row(birth_date=""), a_suspect_row())
        planning.plan(NUMBER, feed.settings, NOW)
        (notice,) = notices.of_case(NUMBER)
        notices.move(
            notice, State.HELD, due_at=NOW, only_from=[State.PLANNED], reason=HoldReason.AGE_UNKNOWN
        )
        row = a_person_row(row_time=local(NOW))
        feed.drop("people", row, at=NOW + timedelta(hours=1))
        planning.plan(NUMBER, feed.settings, NOW)
        (notice,) = notices.of_case(NUMBER)
        assert notice.state is State.PLANNED

    def test_of_a_database_default_says_nothing(self, feed: Feed, settings: Settings) -> None:
        feed.drop("people", a_person_row(birth_date="01/01/1900"))
        (someone,) = stored().victims
        assert someone.birth_date is None
        assert age_unknown(someone, settings)
