"""A shop that is a victim: its contact person at the portal by a code, and the desk's case page.

Portal and desk run in this process, on the sample agency's cases: see `infra.local.desk_server`.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.harness.builders import NUMBER, a_case
from infra.harness.in_process import Stage
from infra.harness.portal_browser import store
from infra.harness.staff_browser import StaffBrowser, case_address
from infra.local.desk_server import DeskServer, stage_with_cases
from tests.browser.axe import look
from tests.browser.portal_page import Portal, strings

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)  # 9:30 in Arizona
SHOP, BORN = "Quillwort Hardware LLC", date(1985, 4, 12)
LOCALE = {"en": "en-US", "es": "es-MX"}
PAGES = ("manage", "alerts", "share", "record", "rights")
MARKED = {"en": "Organization", "es": "Organización"}


@pytest.fixture
def fresh_attempts() -> None:
    """Leave local AWS alone: nothing here uses it."""


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Set a stage on which a shop's case has an arrest, and Maria is its contact person."""
    shop = {"victim_type": "organization", "first_name": "", "last_name": SHOP}
    maria = {"first_name": "Maria", "last_name": "Lopez", "phone": "+15205550177"}
    case = (
        a_case()
        .with_report()
        .with_victim(**shop, birth_date=None, email="", phone="")
        .with_suspect()
        .with_arrest()
        .with_speaker(relation="representative", birth_date=BORN, **maria)
        .case
    )
    with stage_with_cases(NOW, 1) as on_stage:
        store(case)
        on_stage.settle()
        yield on_stage


def a_page(chromium: Browser, language: str) -> Page:
    """Open a browser that prefers a language."""
    context = chromium.new_context(locale=LOCALE[language], viewport={"width": 360, "height": 740})
    return context.new_page()


def a_code() -> str:
    """Return a code as an officer's card has it."""
    from aviso.domain.settings import Settings
    from aviso.victims import access_codes
    from aviso.victims.access_codes import CodePurpose

    return access_codes.issue(NUMBER, "v1", CodePurpose.CARD, NOW, Settings.current())


class TestContactPerson:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_comes_in_by_a_code_alone(self, chromium, stage, language):
        said, code = strings(language), a_code()
        with DeskServer(stage, function="portal") as server:
            portal = Portal(a_page(chromium, language), server.url)
            portal.open()
            portal.fill(number=NUMBER)
            portal.send("step")
            portal.fill(last_name=SHOP, birth_date=f"{BORN:%m/%d/%Y}")
            portal.send("step")
            assert said["status_heading_organization"] not in portal.text
            portal.open()
            portal.fill(number=NUMBER)
            portal.send("step")
            portal.page.click("form#step summary")
            portal.fill(code=code)
            portal.send("step")
            portal.sees(said["status_heading_organization"])
            assert SHOP in portal.text
            wrong = look(portal.page, "organization-status", language)
            for path in PAGES:
                portal.open(path)
                wrong += look(portal.page, f"organization-{path}", language)
            assert wrong == []
            portal.page.context.close()


class TestDesk:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_marks_the_shop_and_who_is_told(self, chromium, stage, language):
        from aviso.domain.staff import Role

        member = StaffBrowser()
        member.sign_in(Role.ADVOCATE)
        with DeskServer(stage) as server:
            page = a_page(chromium, language)
            page.request.get(server.door(member))
            page.goto(f"{server.url}/{case_address(NUMBER)}")
            expect(page.locator("h2", has_text=SHOP)).to_contain_text(MARKED[language])
            expect(page.locator("main")).to_contain_text("Maria Lopez")
            assert look(page, "desk-organization", language) == []
            page.context.close()
