"""Requests given to other agencies as figures: sent, confirmed in time, taken back."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.domain.hand_offs import told
from aviso.domain.report_dimensions import Stamp
from aviso.storage import cases, enrollments
from infra.harness.builders import NOW, NUMBER, a_consent, a_consenting_case
from tests.support.hand_offs import act, confirm, the_hand_off

HAND_OFFS = ("hand_offs_sent", "hand_offs_confirmed", "hand_offs_taken_back")


@pytest.fixture
def one(world):
    """Return a planned hand-off to the jail."""
    world.begin(a_consenting_case().with_arrest().with_report(division="West").case)
    return the_hand_off()


def counted(world):
    """Return sent, confirmed in time and taken back; a recount has the same."""
    world.tally()
    assert world.differences() == []
    return tuple(world.total(name) for name in HAND_OFFS)


class TestHandOff:
    def test_counts_once_its_agency_was_told(self, world, one):
        assert counted(world) == (0, 0, 0)
        act(told, at=NOW)
        assert counted(world) == (1, 0, 0)
        assert world.total("hand_offs_sent", "division:West") == 1
        group = Stamp.read(the_hand_off().stamp).group
        assert world.total("hand_offs_sent", f"group:{group}") == 1

    @pytest.mark.parametrize(("late", "in_time"), [(0, 1), (1, 0)])
    def test_is_in_time_until_the_deadline(self, world, one, late, in_time):
        act(told, at=NOW)
        confirm("receiver:jail", at=one.deadline + timedelta(seconds=late))
        assert counted(world) == (1, in_time, 0)

    def test_by_telephone_counts_too(self, world, one):
        confirm("staff:ada", at=NOW)
        assert counted(world) == (1, 1, 0)

    @pytest.mark.parametrize(("was_told", "counts"), [(True, (1, 0, 1)), (False, (0, 0, 0))])
    def test_taken_back_counts_if_it_was_given(self, world, one, was_told, counts):
        if was_told:
            act(told, at=NOW)
        self.end(world)
        assert counted(world) == counts

    def test_of_an_erased_victim_still_counts(self, world, one):
        act(told, at=NOW)
        assert counted(world) == (1, 0, 0)
        retention.erase(NUMBER, "v1", "operator", world.settings, NOW)
        assert counted(world)[0] == 1

    def end(self, world):
        enrollment = cases.read_case(NUMBER).enrollment_of("v1")
        ended = a_consent("c1", ended_at=NOW)
        enrollments.write_enrollment(NUMBER, replace(enrollment, hand_off=ended), enrollment)
        world.plan()
