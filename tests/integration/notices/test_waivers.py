"""A waiver by one call to the desk, and whom the word of it reaches."""

from datetime import date

import pytest

from aviso.domain.contacts import DESK
from aviso.domain.model import Enrollment, Kind
from aviso.domain.requests import Right, Rights
from infra.harness.builders import a_case, an_answer
from tests.support.sending import PHONE

HIS, GUARDIAN = "his@example.org", "+15205550177"
CHILD = {"birth_date": date(2015, 4, 12)}
# What counts of the victim, who speaks for them, and who hears of the waiver.
SPOKEN_FOR = {
    "incapacitated": ("guardian", {PHONE}),
    "deceased": ("next_of_kin", {PHONE}),
    "a child": ("guardian", {GUARDIAN, HIS}),
}


class TestWaiver:
    @pytest.mark.parametrize("right", [Right.NEWS, Right.HAND_OFF])
    @pytest.mark.parametrize("who", SPOKEN_FOR)
    def test_by_one_call_is_no_guardians_alone(self, world, provider, right, who):
        """Who speaks for a silenced victim does not hear what the same person asked for."""
        relation, hear = SPOKEN_FOR[who]
        said = CHILD if who == "a child" else {who: True, "judged_at": world.now}
        built = a_case().with_victim("v1", phone=PHONE, email="", **said)
        world.store(built.with_speaker(relation=relation, email=HIS).case)
        answer = an_answer(Rights.WAIVED, right=right, at=world.now, speaker="r1")
        world.change(Enrollment(victim="v1", requests=(answer,)), root=DESK)
        world.deliver()
        changes = {n.id for n in world.all(Kind.CONTACT_CHANGED)}
        assert {m.address for m in provider.sent if m.notice in changes} == hear
