"""A representative whom the records system names: a friend there may have added one."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.requests import Rights
from aviso.domain.text import shown
from aviso.storage import cases
from infra.harness.builders import NOW, NUMBER, a_case
from tests.integration.portal.naming import end, flow
from tests.support.sending import EMAIL, PHONE, arrested
from tests.support.visitor import stored, with_code

HIS = "+15205550178"


class TestReported:
    @pytest.fixture
    def hers(self, world, settings):
        seen = dict.fromkeys(("first_seen", "export_time"), NOW - timedelta(days=1))
        row = {"relation": "representative", "first_name": "Ray", "phone": HIS, "digest": "1"}
        world.store(arrested().with_speaker(**row, **seen).case)
        assert HIS in flow(world)
        return with_code(settings)

    def test_is_on_her_pages(self, hers):
        for page in ("/speaks", "/record"):
            assert "Ray Muñoz-r1" in hers.get(page).text
        assert "The police report names this person" in hers.get("/speaks").text
        assert shown(HIS) in hers.get("/speaks").text
        assert "In the report, to the officer" in hers.get("/record").text

    def test_is_ended_at_once_and_stays_so(self, world, hers):
        for _ in range(2):
            end(hers, "r1")
        assert "Ray" not in hers.get("/speaks").text
        assert "Removed a representative: Ray Muñoz-r1" in hers.get("/record").text
        (ended,) = stored().requests
        assert (ended.about, ended.answer, ended.proof) == ("r1", Rights.WAIVED, "code")
        (row,) = cases.read_case(NUMBER).speakers
        cases.write_row(NUMBER, replace(row, last_name="Rey", digest="later"), row)
        world.store(arrested().with_arrest("a2").case)
        assert flow(world) == {PHONE, EMAIL}

    def test_of_a_child_is_not_hers_to_end(self, world, settings):
        child = a_case().with_victim(minor=True).with_speaker(relation="representative")
        world.store(child.case)
        end(with_code(settings), "r1")
        assert stored().requests == ()
