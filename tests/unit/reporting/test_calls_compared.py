"""What the report says of closing calls: both halves of the comparison, and small counts hidden."""

from datetime import date

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.report_dimensions import Stamp
from aviso.reporting import Figures
from aviso.reporting.periods import Period
from aviso.reporting.report import report_of
from aviso.web.staff.report_words import comparison

TODAY = date(2026, 11, 24)
CALLS = {"call_backs_made": 30, "call_backs_not_made": 12, "call_backs_not_drawn": 90}
ANSWERS = {
    "called": {2: 5, 4: 6, 5: 9},
    "not_called": {1: 8, 3: 9, 4: 7},
    "neither": {3: 10, 4: 11},
}


@pytest.fixture
def settings(settings):
    on = replace(settings.kinds[Kind.CALL_BACK], on=True)
    return replace(settings, kinds={**settings.kinds, Kind.CALL_BACK: on})


def calls(settings, answers=ANSWERS, counts=CALLS):
    found = {name: {"all": n} for name, n in counts.items()}
    responses = {half: sum(given.values()) for half, given in answers.items()}
    found["responses"] = {"all": sum(responses.values())} | {
        f"half:{half}": n for half, n in responses.items()
    }
    for value in range(1, 6):
        cuts = {f"half:{half}": given[value] for half, given in answers.items() if value in given}
        found[f"answer.satisfaction.{value}"] = {"all": sum(cuts.values())} | cuts
    figures = Figures(first=TODAY, last=TODAY, counts={TODAY: found}, settings=settings)
    return report_of(Period(first=TODAY, last=TODAY), figures).calls


class TestCallsCompared:
    def test_have_a_row_for_each_half(self, settings):
        said = calls(settings)
        assert (said.chosen.value, said.made.value) == (42, 30)
        assert [row.half for row in said.rows] == ["called", "not_called"]
        assert [row.answers.value for row in said.rows] == [20, 24]
        assert [row.satisfaction.value for row in said.rows] == [3.95, pytest.approx(63 / 24)]

    def test_say_how_many_answered_in_each_half(self, settings):
        words = {
            "desk_report_calls_about": "{made} of {chosen}.",
            "desk_report_calls_chance": "({answers})",
            "desk_report_half_called": "Chosen",
            "desk_report_half_not_called": "Others",
            "desk_report_none": "",
        }
        assert comparison(calls(settings), words).about == "30 of 42. (Chosen: 20, Others: 24)"

    def test_are_none_where_the_agency_calls_nobody(self, settings):
        off = replace(settings.kinds[Kind.CALL_BACK], on=False)
        kinds = {**settings.kinds, Kind.CALL_BACK: off}
        assert calls(replace(settings, kinds=kinds)) is None

    def test_hide_a_half_of_few_and_another(self, settings):
        few = ANSWERS | {"called": {4: 1, 5: 2}}
        rows = {row.half: row for row in calls(settings, few).rows}
        assert rows["called"].answers.hidden
        assert rows["called"].satisfaction.hidden

    @pytest.mark.parametrize("few", CALLS)
    def test_hide_every_number_that_tells_a_small_one(self, settings, few):
        said = calls(settings, counts=CALLS | {few: 3})
        assert said.chosen.hidden
        assert said.made.hidden

    def test_hide_what_the_surveys_of_neither_half_would_tell(self, settings):
        few = ANSWERS | {"neither": {3: 2}}
        assert any(row.answers.hidden for row in calls(settings, few).rows)


class TestStamp:
    @pytest.mark.parametrize("enrolled", [True, False])
    @pytest.mark.parametrize("half", ["", "called", "neither"])
    def test_is_read_as_it_was_written(self, enrolled, half):
        stamp = Stamp(
            group="burglary", division="West", language="es", enrolled=enrolled, half=half
        )
        assert Stamp.read(stamp.text) == stamp
