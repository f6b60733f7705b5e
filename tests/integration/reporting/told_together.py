"""Two victims with one phone who were told of an arrest together."""

from datetime import timedelta

from aviso.domain.model import Kind
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
    """Return a victim's notice of the arrest."""
    (notice,) = [n for n in world.all(Kind.ARREST) if n.victim == victim]
    return notice


def tell_both(world):
    """Tell the first victim of the arrest: that ends the other's notice too."""
    world.tell(one_phone())
    world.receipt(1, Outcome.DELIVERED, notice=arrest(world, "v1"))
    for _ in range(3):
        world.go_on(timedelta(minutes=6))
    world.tally()
    assert arrest(world, "v2").reason == "told_together"
