"""A jail reads, downloads and confirms a victim's request, and sees nothing else.

The desk runs in this process, on the sample agency's cases: see `infra.harness.desk_server`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from aviso.domain.receivers import HandOffConsent
from infra.harness.builders import NUMBER, a_consent, a_consenting_case
from infra.harness.desk_server import DeskServer, stage_with_cases
from infra.harness.in_process import Stage
from infra.harness.portal_browser import store
from infra.harness.staff_browser import StaffBrowser, case_address
from tests.browser.axe import look

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)  # 9:30 in Arizona
CASES, NAME = 3, "Ana Muñoz-v1"
SAID = {
    "en": ("Requests of victims", "Confirmed", "Taken back"),
    "es": ("Peticiones de víctimas", "Confirmadas", "Retiradas"),
}

BECAME = {"en": "taken back", "es": "retirada"}


@pytest.fixture
def fresh_attempts() -> None:
    """Leave local AWS alone: nothing here uses it."""


@dataclass
class Agreed:
    """A served desk, and a victim who lets the jail have her request."""

    server: DeskServer
    stage: Stage

    def consent(self, given: HandOffConsent) -> None:
        """Store a consent, as the portal does; let every function do its work."""
        from aviso.storage import cases, enrollments

        before = cases.read_case(NUMBER).enrollment_of("v1")
        enrollments.write_enrollment(NUMBER, replace(before, hand_off=given), before)
        self.stage.settle()


@pytest.fixture
def agreed() -> Iterator[Agreed]:
    """Serve the desk, with a victim of an arrest who lets the jail have her request."""
    from aviso.storage import enrollments

    with stage_with_cases(NOW, CASES) as on_stage, DeskServer(on_stage) as server:
        case = a_consenting_case().with_arrest().case
        store(case)
        enrollments.write_enrollment(NUMBER, replace(case.enrollments[0], hand_off=None))
        found = Agreed(server, on_stage)
        found.consent(a_consent("c1", at=NOW - timedelta(hours=1)))
        yield found


def at_the_jail(chromium: Browser, server: DeskServer, language: str) -> Page:
    """Return a browser of somebody who works at the jail."""
    from aviso.domain.staff import Account, Role
    from aviso.storage import staff_accounts

    made = Account(id="night-shift", name="night-shift", receiver="county_jail")
    staff_accounts.save_account(made, NOW)
    member = StaffBrowser()
    member.sign_in(Role.RECEIVER, id="night-shift")
    context = chromium.new_context(
        locale={"en": "en-US", "es": "es-MX"}[language], viewport={"width": 1280, "height": 740}
    )
    page = context.new_page()
    page.request.get(server.door(member))
    return page


def a_clerk_finds_it(chromium: Browser, agreed: Agreed, language: str) -> list[str]:
    """Open the desk's page of tasks for other agencies; return what is wrong with it."""
    from aviso.domain.hand_offs import HandOffHold, HandOffState
    from aviso.domain.staff import Role
    from aviso.storage import cases, hand_offs

    (one,) = hand_offs.of(cases.read_case(NUMBER))
    why = HandOffHold.NOT_CONFIRMED
    hand_offs.move(one, HandOffState.HELD, due_at=NOW + timedelta(hours=4), reason=why)
    member = StaffBrowser()
    member.sign_in(Role.ADVOCATE)
    context = chromium.new_context(locale={"en": "en-US", "es": "es-MX"}[language])
    page = context.new_page()
    page.request.get(agreed.server.door(member))
    page.goto(f"{agreed.server.url}/agencies")
    expect(page.locator("article")).to_contain_text(NAME)
    wrong = look(page, "desk-agencies", language)
    page.click("form[action=agencies] button >> nth=0")
    wrong += look(page, "desk-agencies-release", language)
    context.close()
    return wrong


class TestJail:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_reads_confirms_and_sees_what_is_taken_back(self, chromium, agreed, language):
        heading, confirmed, taken_back = SAID[language]
        wrong = a_clerk_finds_it(chromium, agreed, language)
        page = at_the_jail(chromium, agreed.server, language)
        page.goto(f"{agreed.server.url}/")
        expect(page.locator("h1")).to_have_text(heading)
        expect(page.locator("article")).to_contain_text(NAME)
        wrong += look(page, "receiver-waiting", language)
        with page.expect_download() as file:
            page.click("form[action=hand-offs-csv] button")
        assert NAME in file.value.path().read_text(encoding="utf-8")
        with page.expect_navigation():
            page.click("form[action=hand-offs] button")
        expect(page.locator("main")).not_to_contain_text(NAME)
        expect(page.locator("main")).to_contain_text(confirmed)
        wrong += look(page, "receiver-confirmed", language)
        agreed.consent(a_consent("c1", at=NOW - timedelta(hours=1), ended_at=NOW))
        page.goto(f"{agreed.server.url}/hand-offs")
        expect(page.locator("main")).to_contain_text(taken_back)
        wrong += look(page, "receiver-taken-back", language)
        assert page.goto(f"{agreed.server.url}/tasks").status == 404
        assert wrong == []
        page.context.close()


class TestCaller:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_takes_the_consent_back_and_gives_it_again(self, chromium, agreed, language):
        from aviso.domain.staff import Role

        member = StaffBrowser()
        member.sign_in(Role.ADVOCATE)
        page = chromium.new_context(locale={"en": "en-US", "es": "es-MX"}[language]).new_page()
        page.request.get(agreed.server.door(member))
        page.goto(f"{agreed.server.url}/{case_address(NUMBER)}")
        page.click("details:has(form[action=consent]) > summary")
        wrong = look(page, "desk-case-consent", language)
        page.click("button[name=do][value=end]")
        wrong += look(page, "desk-consent-end", language)
        page.fill("#why", "She called from her phone.")
        with page.expect_navigation():
            page.click("form[action=consent] button.act")
        agreed.stage.settle()
        page.reload()
        page.click("details:has(form[action=consent]) > summary")
        expect(page.locator("details[open]")).to_contain_text(BECAME[language])
        page.check("input[name=release]")
        page.fill("input[name=until]", "2027-06-30")
        page.click("form[action=consent] button")
        wrong += look(page, "desk-consent-give", language)
        expect(page.locator("main")).to_contain_text("520-555-0121")
        page.fill("#why", "She called from her phone.")
        page.click("form[action=consent] button.act")
        page.click("details:has(form[action=consent]) > summary")
        expect(page.locator("button[name=do][value=end]")).to_be_visible()
        assert wrong == []
        page.context.close()
