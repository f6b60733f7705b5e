"""Victims who share a contact and get one message are each counted as told."""

from datetime import timedelta

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.providers.receipts import Outcome
from infra.harness.builders import a_case
from tests.support.sending import PHONE

HOMES = [
    {"street": street, "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
    for street in ("12 E Pima St", "9 N Elm St")
]


def one_phone():
    """Return a case of two victims with one phone, and homes of their own."""
    case = a_case().with_report(division="West").with_suspect().with_arrest()
    for victim, home in zip(("v1", "v2"), HOMES, strict=True):
        case = case.with_victim(victim, phone=PHONE, email="", **home)
    return case.case


def arrest(world, victim):
    (notice,) = [n for n in world.all(Kind.ARREST) if n.victim == victim]
    return notice


def tell_both(world):
    world.store(one_phone())
    world.plan()
    world.send()
    world.receipt(1, Outcome.DELIVERED, notice=arrest(world, "v1"))
    for _ in range(3):
        world.chase(timedelta(minutes=6))
        world.send()
    world.tally()
    assert arrest(world, "v2").reason == "told_together"


class TestToldTogether:
    def test_both_count_as_told(self, world):
        tell_both(world)
        assert world.value("arrest_notices") == 2
        assert world.value("victims_notified") == 2
        assert world.total("told") == 2
        assert world.differences() == []

    def test_before_it_arrived_only_one_counts(self, world):
        world.store(one_phone())
        world.plan()
        world.send()
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
