"""The word of the records system that a victim is incapacitated, and whom it reaches."""

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.storage import cases, sending_controls
from infra.harness.builders import NUMBER, a_case
from tests.support.sending import PHONE


class TestIncapacity:
    @pytest.mark.parametrize("mark", ["incapacitated", "deceased", "minor"])
    @pytest.mark.parametrize("told", [True, False], ids=["told", "not told yet"])
    def test_that_comes_and_goes_is_told_once(self, world, provider, mark, told):
        said = {mark: True, f"{mark}_at": world.now}
        world.store(a_case().with_victim(phone=PHONE, email="", **said).case)
        for n, (word, sends) in enumerate([(True, told), (False, True), (True, True)]):
            (before,) = cases.read_case(NUMBER).victims
            row = replace(before, **{mark: word}, digest=str(n))
            cases.write_row(NUMBER, row, before)
            world.plan()
            if sends:
                world.send()
        assert [message.address for message in provider.sent] == [PHONE]

    def test_is_not_told_to_a_relative_in_between(self, world, provider):
        """A later file calls the victim dead too, while the word waits."""
        said = {"incapacitated": True, "incapacitated_at": world.now}
        built = a_case().with_victim(phone=PHONE, email="", **said)
        kin = {"relation": "next_of_kin", "phone": "+15205550177"}
        world.store(built.with_speaker(**kin).case)
        world.plan()
        (before,) = cases.read_case(NUMBER).victims
        cases.write_row(NUMBER, replace(before, deceased=True, digest="2"), before)
        world.plan()
        world.send()
        assert {message.address for message in provider.sent} == {PHONE}

    @pytest.mark.parametrize("mark", ["incapacitated", "deceased", "minor"])
    def test_of_many_at_once_pulls_the_brake(self, world, provider, mark):
        small = replace(world.settings.brake, floor=3, multiple=2)
        world.settings = replace(world.settings, brake=small)
        built = a_case()
        for n in range(5):
            own = {"phone": f"+1520555011{n}", "email": ""}
            said = {mark: True, f"{mark}_at": world.now}
            built = built.with_victim(f"v{n}", **own, **said)
        world.store(built.case)
        world.plan()
        world.send()
        changes = [n.fact.change for n in world.all(Kind.CONTACT_CHANGED)]
        assert changes == ["incapacitated"] * 5
        assert (sending_controls.switches().brake, provider.sent) == ("notices", [])

    @pytest.mark.parametrize(
        ("speaks", "said"),
        [
            (None, "We do not write to you any more"),
            ({"relation": "next_of_kin"}, "We write to who speaks for you"),
            ({"relation": "guardian"}, "We do not write to you any more"),
        ],
        ids=["nobody", "a relative", "nobody who may"],
    )
    def test_is_told_with_whether_somebody_speaks(self, world, provider, speaks, said):
        dead = {"deceased": True, "deceased_at": world.now, "phone": "", "language": "en"}
        built = a_case().with_victim(email="v1@example.com", **dead)
        world.store((built.with_speaker(**speaks) if speaks else built).case)
        world.plan()
        world.send()
        (message,) = [m for m in provider.sent if m.address == "v1@example.com"]
        assert message.subject.endswith(said)
        assert ("the people who speak for you" in message.text) is said.startswith("We write")
