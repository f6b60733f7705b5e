"""Closing calls as figures: who was chosen, who was told, and what each half answers."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.call_back_settings import CallBackSettings
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.survey_rules import FIRST
from aviso.storage import notices
from infra.harness.builders import NOW, NUMBER, a_case
from tests.integration.staff.conftest import at_work
from tests.support.counted import Counted
from tests.support.sending import PHONE

CALLS = ("call_backs_made", "call_backs_not_made", "call_backs_not_drawn")


def ended(world: Counted, share: int) -> None:
    """End a case without an arrest, at an agency that calls so many of a hundred victims."""
    on = {Kind.CALL_BACK, Kind.SURVEY}
    kinds = {k: replace(v, on=k in on) for k, v in world.settings.kinds.items()}
    calls = CallBackSettings(statuses=frozenset({"CLOSED"}), shares={"burglary": share})
    world.settings = replace(world.settings, kinds=kinds, call_backs=calls)
    report = {"status": "CLOSED", "reported_at": NOW - timedelta(days=1)}
    world.store(a_case().with_report(**report).with_victim(phone=PHONE).case)
    world.plan()
    world.send()
    world.tally()


def counted(world: Counted) -> list[int]:
    world.tally()
    assert world.differences() == []
    return [world.total(name) for name in CALLS]


def surveyed(world: Counted, days: int) -> None:
    """Ask the victim so many days after the report, and let them answer."""
    world.now = NOW + timedelta(days=days - 1)
    world.enter_surveys()
    world.send()
    (asked,) = [n for n in world.all(Kind.SURVEY) if n.fact == FIRST]
    world.answer(asked, {"satisfaction": "4", "still_called": "0"})
    world.tally()


def halves(world: Counted) -> dict[str, list[float | None]]:
    found = world.figures().by("half")
    names = ("surveys_sent", "responses", "satisfaction")
    return {half: [of[name].value for name in names] for half, of in found.items()}


class TestChoice:
    @pytest.mark.parametrize(("share", "numbers"), [(100, [0, 1, 0]), (1, [0, 0, 1])])
    def test_is_counted_apart_from_notices(self, world, share, numbers):
        ended(world, share)
        assert counted(world) == numbers
        assert [world.total(f"notices.{state}") for state in State] == [0] * len(State)
        assert world.total("owed") == 0

    def test_counts_a_call_that_told_the_victim(self, world, desk):
        ended(world, 100)
        (call,) = notices.of_case(NUMBER)
        pick = {f"pick-{call.id}": "yes"}
        at_work(desk).post("telephoned", confirmed="yes", who="Ana", how="phone", why="", **pick)
        assert counted(world) == [1, 0, 0]
        assert world.total("calls_reached") == 1
        desk.post("untell", confirmed="yes", **pick)
        assert counted(world) == [0, 1, 0]
        assert world.total("calls_reached") == 0


class TestSurvey:
    @pytest.mark.parametrize(("share", "half"), [(100, "called"), (1, "not_called")])
    def test_counts_in_its_half(self, world, share, half):
        ended(world, share)
        surveyed(world, days=14)
        assert halves(world) == {half: [1, 1, 4]}
        assert counted(world) is not None

    def test_before_the_call_could_act_counts_in_neither(self, world):
        world.settings = replace(
            world.settings, survey=replace(world.settings.survey, days_after=2)
        )
        ended(world, 100)
        surveyed(world, days=2)
        assert halves(world) == {"neither": [1, 1, 4]}

    def test_has_no_half_without_a_call_back_list(self, world):
        ended(world, 100)
        kinds = world.settings.kinds
        off = kinds | {Kind.CALL_BACK: replace(kinds[Kind.CALL_BACK], on=False)}
        world.settings = replace(world.settings, kinds=off)
        surveyed(world, days=14)
        assert halves(world) == {}
        assert world.value("satisfaction") == 4
