"""A shop's notices: to its contact person, in its words, counted apart; its case by code alone."""

from datetime import date
from typing import Any

import pytest

from aviso.domain.model import Kind
from aviso.domain.staff import Role
from aviso.reporting.counted_facts import ORGANIZATIONS
from aviso.storage import cases
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor
from infra.harness.staff_browser import case_address
from tests.support.counted import Counted
from tests.support.sending import HOME

MARIA, SHOP, BORN = "+15205550177", "Quillwort Hardware LLC", date(1985, 4, 12)


def a_shop(**maria):
    """Return the arrest's case of a shop whose contact person is Maria."""
    shop = {"victim_type": "organization", "first_name": "", "last_name": SHOP, "language": "en"}
    contact = {"first_name": "Maria", "last_name": "Lopez", "phone": MARIA, "language": "en"}
    case = a_case().with_report().with_victim(**shop, birth_date=None, **HOME).with_suspect()
    speaks: dict[str, Any] = contact | {"relation": "representative", "birth_date": BORN} | maria
    return case.with_arrest().with_speaker(**speaks)


@pytest.fixture
def world(aws, settings, provider):
    return Counted(settings, provider)


def arrest(world):
    (notice,) = world.all(Kind.ARREST)
    return notice


class TestNotice:
    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "in your organization's case"), ("es", "en el caso de su organizacion")],
    )
    def test_is_a_text_about_the_organization(self, world, language, said):
        world.tell(a_shop(language=language).case)
        texts = [m for m in world.provider.sent if m.address == MARIA and said in m.text]
        assert texts
        assert {m.address for m in world.provider.sent} == {MARIA}
        assert all(SHOP not in m.text and "Lopez" not in m.text for m in world.provider.sent)


class TestFigures:
    def test_are_apart_from_people(self, world):
        world.tell(a_shop().with_victim("v2").case)
        world.tally()
        assert world.differences() == []
        assert world.total("arrests_owed") == 1
        assert world.total("arrests_owed", ORGANIZATIONS) == 1
        assert world.total("owed", f"kind:{Kind.ARREST}") == 1
        assert world.value("arrests_owed", ORGANIZATIONS) == 1

    def test_are_a_table_of_all_figures(self, world, desk):
        world.tell(a_shop().case)
        world.tally()
        desk.sign_in(Role.SUPERVISOR)
        page = desk.get("figures?first=2026-11-01&last=2026-11-30")
        assert page.root.xpath('//section[h2[@id="by-organizations"]]//th[.="Organizations"]')
        assert not page.root.xpath('//section[h2[@id="by-group"]]//tbody/tr')


class TestPortal:
    @pytest.fixture
    def shop(self, world):
        world.store(a_shop().case)

    @pytest.mark.parametrize("name", ["Lopez", SHOP])
    def test_lets_nobody_in_by_name_and_birth_date(self, shop, name):
        assert Visitor().verify(NUMBER, name, "4/12/1985").status == 200  # in: 303

    def test_opens_with_a_code_and_names_the_organization(self, shop, settings):
        visitor = Visitor()
        code = access_codes.issue(NUMBER, "v1", CodePurpose.POST, NOW, settings)
        assert visitor.post("/verify", number=NUMBER, code=code).status == 303
        page = visitor.get("/status").text
        assert "The case of your organization" in page
        assert SHOP in page
        assert 'href="speaks"' not in page
        assert visitor.get("/speaks").status == 404
        assert "home" not in visitor.get("/manage").text.lower()


class TestDesk:
    def test_marks_the_organization(self, world, desk):
        world.tell(a_shop().case)
        desk.sign_in(Role.RECORDS)
        page = desk.get(case_address(NUMBER))
        assert page.root.xpath('//h2[contains(., "Quillwort")]/span[.="Organization"]')
        assert cases.read_case(NUMBER).victims[0].victim_type == "organization"
