"""Which version of Aviso runs: the desk's footer says it to the members, and to nobody else."""

import pytest

from aviso.domain.staff import Role
from infra.harness import cloudformation
from infra.harness.staff_browser import DESK_ENVIRONMENT
from infra.repository import ROOT
from tests.integration.staff.conftest import at_work

RUNS = f"Aviso {DESK_ENVIRONMENT['AVISO_VERSION']}"


class TestVersion:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_footer_shows_it_to_a_member(self, desk, language):
        desk.language = language
        (footer,) = at_work(desk, Role.RECORDS).get("tasks").root.xpath("//footer")
        assert footer.text_content().rstrip().endswith(RUNS)

    def test_nobody_sees_it_before_signing_in(self, desk):
        assert RUNS not in desk.get("sign-in").text

    def test_desk_gets_the_stacks_version(self):
        template = cloudformation.read(ROOT / "template.yaml")
        desk = template["Resources"]["Staff"]["Properties"]["Environment"]["Variables"]
        assert desk["AVISO_VERSION"] == {"Ref": "Version"}
        assert template["Outputs"]["Version"]["Value"] == {"Ref": "Version"}

    def test_portal_does_not_know_it(self):
        template = cloudformation.read(ROOT / "template.yaml")
        portal = template["Resources"]["Portal"]["Properties"]["Environment"]["Variables"]
        assert {"Ref": "Version"} not in portal.values()
