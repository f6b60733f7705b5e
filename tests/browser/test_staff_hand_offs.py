"""A jail reads, downloads and confirms a victim's request, and sees nothing else; callers' wishes.

The desk runs in this process, on the sample agency's cases: see `infra.local.desk_server`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from aviso.domain.receiving_agencies import HandOffConsent
from infra.harness.builders import NUMBER, a_case, a_consent, a_consenting_case
from infra.harness.in_process import Stage
from infra.harness.portal_browser import store
from infra.harness.staff_browser import StaffBrowser, case_address
from infra.local.desk_server import DeskServer, stage_with_cases
from tests.browser.axe import look
from tests.browser.staff_page import Desk

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)  # 9:30 in Arizona
CASES, NAME = 3, "Ana Muñoz-v1"
SAID = {
    "en": ("Victim notification requests", "Confirmed", "Withdrawn"),
    "es": ("Solicitudes de aviso de víctimas", "Confirmadas", "Retiradas"),
}

ENDS_IN_21 = {"en": "the number that ends in 21", "es": "número que termina en 21"}
BECAME = {"en": "withdrawn", "es": "retirada"}
STREET = "12 E Pima St"
HOME = {"street": STREET, "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
LUZ = {"first_name": "Luz", "last_name": "Rey", "typed": "luz@example.org"}


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
    """Give a request that waits for a person; return what is wrong with the pages of that."""
    from aviso.domain.hand_offs import held
    from aviso.domain.reasons import HoldReason
    from aviso.domain.staff import Role
    from tests.support.hand_offs import act

    act(held, HoldReason.NO_SAFE_CONTACT, at=NOW)
    member = StaffBrowser()
    member.sign_in(Role.ADVOCATE)
    context = chromium.new_context(locale={"en": "en-US", "es": "es-MX"}[language])
    page = context.new_page()
    page.request.get(agreed.server.door(member))
    page.goto(f"{agreed.server.url}/agencies")
    expect(page.locator("article")).to_contain_text(NAME)
    wrong = look(page, "desk-agencies", language)
    with page.expect_navigation():
        page.click("form[action=agencies] button >> nth=0")
    wrong += look(page, "desk-agencies-release", language)
    with page.expect_navigation():
        page.click("main form[action=agencies] button.act")
    context.close()
    return wrong


def at_desk(chromium: Browser, server: DeskServer, role: str, language: str) -> Desk:
    """Return the desk as a member sees it, with the case open."""
    from aviso.domain.staff import Role

    member = StaffBrowser()
    member.sign_in(Role(role))
    page = chromium.new_context(locale={"en": "en-US", "es": "es-MX"}[language]).new_page()
    page.request.get(server.door(member))
    desk = Desk(page, server.url, language)
    desk.open(case_address(NUMBER))
    return desk


def because(desk: Desk, why: str, state: str) -> list[str]:
    """Give the reason that a confirmation asks for, and say yes; return what was wrong with it."""
    wrong = look(desk.page, state, desk.language)
    expect(desk.page.locator("#why")).to_have_attribute("required", "")
    desk.page.fill("#why", why)
    desk.confirm()
    return wrong


@pytest.fixture
def called() -> Iterator[DeskServer]:
    """Serve the desk, with an arrest in the case of a victim who has a home."""
    with stage_with_cases(NOW, CASES) as on_stage, DeskServer(on_stage) as server:
        store(a_case().with_victim(**HOME).with_suspect().with_arrest().case)
        yield server


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
    def test_names_a_representative_and_ends_it(self, chromium, called, language):
        desk = at_desk(chromium, called, "advocate", language)
        form = desk.page.locator("form[action=representative]")
        desk.page.click("details:has(form[action=representative]) > summary")
        wrong = look(desk.page, "desk-case-representative", language)
        desk.press("desk_correct_look", form.last)
        expect(desk.page.locator("[role=alert]")).to_contain_text(
            desk.says("desk_speak_name_missing")
        )
        wrong += look(desk.page, "desk-representative-wrong", language)
        desk.page.click("details:has(form[action=representative]) > summary")
        for name, typed in LUZ.items():
            form.last.locator(f"input[name={name}]").fill(typed)
        desk.press("desk_correct_look", form.last)
        desk.sees(desk.says("desk_confirm_representative_name"))
        assert "Luz Rey" in desk.text
        wrong += because(desk, "She called from her phone.", "desk-representative-name")
        desk.page.click("details:has(form[action=representative]) > summary")
        expect(form.first).to_contain_text(desk.says("desk_represent_waits"))
        wrong += look(desk.page, "desk-case-represented", language)
        desk.press("desk_represent_end", form.first)
        wrong += because(desk, "She called again.", "desk-representative-end")
        expect(form).to_have_count(1)
        assert wrong == []
        desk.page.context.close()

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_asks_for_news_and_waives_it(self, chromium, called, language):
        desk = at_desk(chromium, called, "records", language)
        asked = desk.page.locator("details:has(form[action=answer])")
        wrong = []
        for answer in ("requested", "waived"):
            asked.locator("summary").click()
            desk.press(f"desk_answer_{answer}", asked)
            desk.sees(desk.says(f"desk_confirm_answer_{answer}"))
            wrong += because(desk, "She called from her phone.", f"desk-answer-{answer}")
        asked.locator("summary").click()
        for answer in ("requested", "waived"):
            expect(asked).to_contain_text(desk.says(f"desk_asked_news_{answer}"))
        expect(asked).to_contain_text(f"{desk.says('desk_asked_at_desk')} (records)")
        wrong += look(desk.page, "desk-case-asked", language)
        assert wrong == []
        desk.page.context.close()

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_keeps_a_home_confidential(self, chromium, called, language):
        desk = at_desk(chromium, called, "advocate", language)
        assert STREET in desk.text
        desk.page.click("details:has(form[action=answer]) > summary")
        desk.press("desk_answer_hidden")
        wrong = because(desk, "She showed her card.", "desk-answer-hidden")
        assert STREET not in desk.page.content()
        expect(desk.page.locator("main")).to_contain_text(desk.says("desk_home_hidden"))
        assert desk.page.locator("form[action=reveal]").count() == 0
        wrong += look(desk.page, "desk-case-home-hidden", language)
        boss = at_desk(chromium, called, "supervisor", language)
        boss.page.click("details:has(form[action=reveal]) > summary")
        boss.press("desk_reveal")
        wrong += because(boss, "The court asks for it.", "desk-reveal")
        expect(boss.page.locator("main")).to_contain_text(STREET)
        wrong += look(boss.page, "desk-case-home-revealed", language)
        boss.open(case_address(NUMBER))
        assert STREET not in boss.page.content()
        assert wrong == []
        for one in (desk, boss):
            one.page.context.close()

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_does_not_make_a_victim_incapacitated(self, chromium, called, language):
        """A clerk has no button for it; a supervisor gives a reason, and can take it back."""
        desk = at_desk(chromium, called, "records", language)
        assert desk.page.locator("form[action=capacity]").count() == 0
        desk.page.context.close()
        boss = at_desk(chromium, called, "supervisor", language)
        boss.page.click("details:has(form[action=capacity]) > summary")
        boss.page.check("input[name=incapacitated]")
        boss.press("desk_standing_say")
        boss.sees(boss.says("desk_confirm_standing"))
        wrong = because(boss, "The hospital wrote to us.", "desk-incapacitated")
        expect(boss.page.locator("main")).to_contain_text(boss.says("desk_told_instead"))
        wrong += look(boss.page, "desk-case-incapacitated", language)
        boss.page.click("details:has(form[action=capacity]) > summary")
        boss.page.uncheck("input[name=incapacitated]")
        boss.press("desk_standing_say")
        wrong += because(boss, "She came to the station.", "desk-able-again")
        expect(boss.page.locator("main")).not_to_contain_text(boss.says("desk_told_instead"))
        assert wrong == []
        boss.page.context.close()

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
        with page.expect_navigation():
            page.click("button[name=do][value=end]")
        wrong += look(page, "desk-consent-end", language)
        page.fill("#why", "She called from her phone.")
        with page.expect_navigation():
            page.click("form[action=consent] button.act")
        agreed.stage.settle()
        page.reload()
        page.click("details:has(form[action=consent]) > summary")
        expect(page.locator("details[open]:has(form[action=consent])")).to_contain_text(
            BECAME[language]
        )
        page.check("input[name=release]")
        page.fill("input[name=until]", "2027-06-30")
        with page.expect_navigation():
            page.click("form[action=consent] button")
        wrong += look(page, "desk-consent-give", language)
        expect(page.locator("main")).to_contain_text(ENDS_IN_21[language])
        page.fill("#why", "She called from her phone.")
        with page.expect_navigation():
            page.click("form[action=consent] button.act")
        page.click("details:has(form[action=consent]) > summary")
        expect(page.locator("button[name=do][value=end]")).to_be_visible()
        assert wrong == []
        page.context.close()
