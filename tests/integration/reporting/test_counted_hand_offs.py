"""Requests given to other agencies as figures: sent, confirmed in time, taken back."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.domain.hand_offs import HandOffState
from aviso.domain.report_dimensions import Stamp
from aviso.storage import cases, enrollments, hand_offs
from infra.harness.builders import NOW, NUMBER, a_consent, a_consenting_case

S = HandOffState
HAND_OFFS = ("hand_offs_sent", "hand_offs_confirmed", "hand_offs_taken_back")


@pytest.fixture
def one(world):
    """Return a planned hand-off to the jail."""
    world.store(a_consenting_case().with_arrest().with_report(division="West").case)
    world.plan()
    return the_hand_off()


def the_hand_off():
    (found,) = hand_offs.of(cases.read_case(NUMBER))
    return found


def give(at=NOW):
    hand_offs.move(the_hand_off(), S.GIVEN, due_at=at, told_at=at, emails=1)


def confirm(at):
    hand_offs.move(the_hand_off(), S.CONFIRMED, due_at=at, confirmed_at=at, confirmed_by="x")


def counted(world):
    """Return sent, confirmed in time and taken back; a recount has the same."""
    world.tally()
    assert world.differences() == []
    return tuple(world.total(name) for name in HAND_OFFS)


class TestHandOff:
    def test_counts_once_its_agency_was_told(self, world, one):
        assert counted(world) == (0, 0, 0)
        give()
        assert counted(world) == (1, 0, 0)
        assert world.total("hand_offs_sent", "division:West") == 1
        group = Stamp.read(the_hand_off().stamp).group
        assert world.total("hand_offs_sent", f"group:{group}") == 1

    @pytest.mark.parametrize(("late", "in_time"), [(0, 1), (1, 0)])
    def test_is_in_time_until_the_deadline(self, world, one, late, in_time):
        give()
        confirm(one.deadline + timedelta(seconds=late))
        assert counted(world) == (1, in_time, 0)

    def test_given_again_has_no_later_deadline(self, world, one):
        give()
        at = one.deadline + timedelta(hours=1)
        hand_offs.move(the_hand_off(), S.HELD, due_at=at, reason="not_confirmed")
        hand_offs.move(the_hand_off(), S.PLANNED, due_at=at, deadline=at + timedelta(days=1))
        confirm(at)
        assert counted(world) == (1, 0, 0)

    def test_by_telephone_counts_too(self, world, one):
        hand_offs.move(the_hand_off(), S.HELD, due_at=NOW, reason="not_told")
        confirm(NOW)
        assert counted(world) == (1, 1, 0)

    def test_taken_back_stays_sent(self, world, one):
        give()
        hand_offs.move(the_hand_off(), S.WITHDRAWING, due_at=NOW, withdrawn_at=NOW)
        assert counted(world) == (1, 0, 1)

    def test_taken_back_before_it_was_given_counts_nothing(self, world, one):
        hand_offs.move(the_hand_off(), S.WITHDRAWN, due_at=None, withdrawn_at=NOW)
        assert counted(world) == (0, 0, 0)

    def test_of_an_erased_victim_still_counts(self, world, one):
        give()
        assert counted(world) == (1, 0, 0)
        retention.erase(NUMBER, "v1", "operator", world.settings, NOW)
        assert counted(world)[0] == 1

    def test_owed_again_counts_when_it_is_given_again(self, world, one):
        give()
        enrollment = cases.read_case(NUMBER).enrollment_of("v1")
        ended = a_consent("c1", ended_at=NOW)
        enrollments.write_enrollment(NUMBER, replace(enrollment, hand_off=ended), enrollment)
        world.plan()
        assert counted(world) == (1, 0, 1)
