"""Victims who share a contact and get one message are each counted as told."""

from aviso.domain.notice import State
from aviso.providers.receipts import Outcome
from tests.integration.reporting.told_together import arrest, one_phone, tell_both


class TestToldTogether:
    def test_both_count_as_told(self, world):
        tell_both(world)
        assert world.value("arrest_notices") == 2
        assert world.value("victims_notified") == 2
        assert world.total("told") == 2
        assert world.differences() == []

    def test_before_it_arrived_only_one_counts(self, world):
        world.tell(one_phone())
        world.tally()
        assert world.value("arrest_notices") == 1
        assert world.differences() == []

    def test_a_bounce_takes_the_second_back(self, world):
        tell_both(world)
        bounced = {"permanent": True, "reason": "invalid_address"}
        world.receipt(1, Outcome.FAILED, notice=arrest(world, "v1"), **bounced)
        assert arrest(world, "v2").state is State.PLANNED
        world.tally()
        assert world.total("told") == 1  # hers stays: her phone's first receipt said delivered
        assert world.differences() == []
