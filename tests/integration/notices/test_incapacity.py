"""The word of the records system that a victim is incapacitated, and whom it reaches."""

from msgspec.structs import replace

from aviso.storage import cases
from infra.harness.builders import NUMBER, a_case
from tests.support.sending import PHONE


class TestIncapacity:
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
