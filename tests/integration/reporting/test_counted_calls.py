"""Calls to victims as figures: those that reached somebody, and those that did not."""

import pytest
from msgspec.structs import replace

from aviso.domain.notice import State
from aviso.storage import notices
from infra.harness.builders import NUMBER
from infra.harness.staff_browser import StaffBrowser, case_address
from tests.integration.staff.conftest import at_work
from tests.support.counted import Counted, arrested


@pytest.fixture
def held(world: Counted) -> list[str]:
    """Give two notices to one victim that wait for a person, and return their ids."""
    kinds = {kind: replace(of, on=True) for kind, of in world.settings.kinds.items()}
    world.settings = replace(world.settings, kinds=kinds)
    world.tell(arrested(phone="", email="").case)
    found = [n.id for n in notices.of_case(NUMBER) if n.state is State.HELD]
    assert len(found) > 1
    return found


def tell(desk: StaffBrowser, ids: list[str], how: str = "phone") -> None:
    picked = dict.fromkeys((f"pick-{id}" for id in ids), "yes")
    desk.post("telephoned", confirmed="yes", who="Ana", how=how, why="", **picked)


def counted(world: Counted) -> dict[str, int]:
    """Return the counters of calls, each record delivered twice, as a recount has them."""
    world.tally()
    assert world.differences() == []
    return {name: world.total(name) for name in ("calls_reached", "calls")}


class TestReachedCall:
    def test_counts_once_for_all_that_it_told(self, world, desk, held):
        tell(at_work(desk), held)
        assert counted(world) == {"calls_reached": 1, "calls": 0}
        assert notices.of_case(NUMBER)[0].state is State.SUPPRESSED

    def test_is_none_when_the_victim_was_told_in_person(self, world, desk, held):
        tell(at_work(desk), held, how="person")
        assert counted(world)["calls_reached"] == 0
        assert world.total("told_by_person") >= 1

    def test_that_is_taken_back_counts_no_more(self, world, desk, held):
        clerk = at_work(desk)
        tell(clerk, held)
        assert counted(world)["calls_reached"] == 1
        clerk.post("untell", confirmed="yes", **dict.fromkeys((f"pick-{id}" for id in held), "yes"))
        assert counted(world)["calls_reached"] == 0


class TestFigures:
    def test_say_how_many_calls_reached_somebody(self, world, desk, held):
        clerk = at_work(desk)
        case = {"c": case_address(NUMBER).removeprefix("case?c="), "victim": "v1"}
        clerk.post("call", outcome="no_answer", **case)
        clerk.post("call", outcome="voicemail", **case)
        tell(clerk, held)
        assert counted(world) == {"calls_reached": 1, "calls": 2}
        assert world.value("calls_tried") == 3
        assert world.value("calls_reached_share") == pytest.approx(1 / 3)
