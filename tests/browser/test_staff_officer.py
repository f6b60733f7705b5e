"""An officer on a phone: the cases assigned to them, and "I told them" with one hand.

The desk runs in this process: see `infra.local.desk_server`.
"""

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from infra.harness.builders import NUMBER, STALKING, a_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import StaffBrowser
from infra.local.desk_server import DeskServer, stage_with_cases
from tests.browser.axe import look

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)  # 9:30 in Arizona
RUIZ, NAME = "ruiz@city.example.org", "Ana Muñoz-v1"
SAID = {"en": ("I gave", "I told", "on paper"), "es": ("Le di", "Le avisé", "en papel")}


@pytest.fixture
def fresh_attempts() -> None:
    """Leave local AWS alone: nothing here uses it."""


class TestCard:
    @pytest.mark.parametrize("language", SAID)
    def test_leads_to_the_sign_up_on_a_phone(self, chromium: Browser, language: str) -> None:
        with stage_with_cases(NOW, 2) as stage, DeskServer(stage, "portal") as server:
            page = chromium.new_context(
                locale={"en": "en-US", "es": "es-MX"}[language],
                viewport={"width": 360, "height": 740},
            ).new_page()
            page.goto(f"{server.url}/card?card=7KQ2M9XD4T")
            assert look(page, "card", language) == []
            page.click("#early button.act")
            assert look(page, "card-empty", language) == []
            page.fill("#number", NUMBER)
            page.fill("#last_name", "Muñoz")
            page.fill("#birth_date", "4/12/1985")
            page.fill("#phone", "520 555 0142")
            page.check("[name=phone_safe][value=yes]")
            page.check("#consent")
            page.click("#early button.act")
            expect(page.locator("#early")).to_have_count(0)
            assert look(page, "card-done", language) == []


class TestOfficer:
    @pytest.mark.parametrize("language", SAID)
    def test_records_what_they_told(self, chromium: Browser, language: str) -> None:
        from aviso.domain.staff import Role

        gave, told, way = SAID[language]
        with stage_with_cases(NOW, 2) as stage, DeskServer(stage) as server:
            theirs = {"assigned": "Det. Carla Ruiz", "assigned_email": RUIZ}
            store(
                a_case().with_report(offense=STALKING, **theirs).with_victim().with_suspect().case
            )
            stage.settle()
            officer = StaffBrowser()
            officer.sign_in(Role.OFFICER, id="c.ruiz", name="c.ruiz", email=RUIZ, now=NOW)
            context = chromium.new_context(
                locale={"en": "en-US", "es": "es-MX"}[language],
                viewport={"width": 360, "height": 740},
            )
            page = context.new_page()
            page.request.get(server.door(officer))
            page.goto(f"{server.url}/officer")
            expect(page.locator("main")).to_contain_text(NUMBER)
            assert look(page, "desk-officer", language) == []
            page.click("main li a")
            expect(page.locator("h2")).to_contain_text(NAME)
            page.click(f"summary:has-text('{told}')")
            page.click(f"summary:has-text('{gave}')")
            assert look(page, "desk-officer-case", language) == []
            with page.expect_navigation():
                page.click(f"button:has-text('{gave}')")
            expect(page.locator(".timeline")).to_contain_text(way)
            assert look(page, "desk-officer-told", language) == []
            context.close()
