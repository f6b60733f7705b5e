"""The closing calls at the desk: the list, the card with its script, and what came of a call.

The desk runs in this process, at an agency that calls everybody when work on the case stops.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from playwright.sync_api import Browser, Page, expect

from infra.harness.staff_browser import StaffBrowser
from infra.local.desk_server import DeskServer, stage_with_cases
from tests.browser.axe import look

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)  # 9:30 in Arizona
CASES = 120
LIST = "tasks?kind=call_back"
WORDS = {
    "en": ("Closing calls", "No one has been arrested", "A promise", "No answer"),
    "es": ("Llamadas de cierre", "No se ha arrestado a nadie", "Una promesa", "No contestó"),
}


@pytest.fixture
def fresh_attempts() -> None:
    """Leave local AWS alone: nothing here uses it."""


@pytest.fixture(scope="module")
def server() -> Iterator[DeskServer]:
    """Serve the desk of an agency with closing calls to make."""
    from aviso.domain.call_back_settings import CallBackSettings
    from aviso.domain.model import Kind
    from aviso.domain.settings import Settings

    with pytest.MonkeyPatch.context() as patch, stage_with_cases(NOW, CASES) as on_stage:
        sample = Settings.current()
        long = timedelta(days=3650)
        call = replace(sample.kinds[Kind.CALL_BACK], on=True, deadline=long, age_limit=long)
        ended = frozenset({"CLOSED", "CLEARED_OTHER", "UNFOUNDED", "SUSPENDED", "INFO"})
        rules = CallBackSettings(statuses=ended, shares=dict.fromkeys(sample.offense_groups, 100))
        kinds = {**sample.kinds, Kind.CALL_BACK: call}
        calling = replace(sample, kinds=kinds, call_backs=rules)
        patch.setattr(Settings, "current", staticmethod(lambda: calling))
        on_stage.schedule("reconcile")
        on_stage.settle()
        with DeskServer(on_stage) as running:
            yield running


def open_list(chromium: Browser, server: DeskServer, language: str, width: int = 1280) -> Page:
    """Return a browser at the list of closing calls, signed in as records staff."""
    from aviso.domain.staff import Role

    member = StaffBrowser()
    member.sign_in(Role.RECORDS)
    context = chromium.new_context(
        locale={"en": "en-US", "es": "es-MX"}[language], viewport={"width": width, "height": 740}
    )
    page = context.new_page()
    page.request.get(server.door(member))
    page.goto(f"{server.url}/{LIST}&lang={language}")
    return page


def waiting(page: Page) -> int:
    """Return how many calls the menu counts."""
    return int(page.locator(f"nav.rail a[href='{LIST}'] .n").inner_text())


class TestList:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_is_in_the_menu_and_passes_the_rules(self, chromium, server, language):
        page = open_list(chromium, server, language)
        expect(page.locator("h1")).to_have_text(WORDS[language][0])
        expect(page.locator("nav.rail a[aria-current=page]")).to_contain_text(WORDS[language][0])
        assert 0 < page.locator("tbody tr").count() <= waiting(page)
        assert look(page, "desk-calls", language) == []
        page.context.close()

    def test_is_apart_from_what_is_owed(self, chromium, server):
        page = open_list(chromium, server, "en")
        page.goto(f"{server.url}/tasks")
        assert page.locator("tbody tr").count() > 0
        assert page.locator("tbody .pill", has_text=WORDS["en"][0]).count() == 0
        page.context.close()


class TestCard:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_has_the_script_and_passes_the_rules(self, chromium, server, language):
        page = open_list(chromium, server, language, width=360)
        page.locator("a.open").first.click()
        card = page.locator(".todo").first
        for words in WORDS[language][1:3]:
            expect(card).to_contain_text(words)
        expect(card.locator("a.call").first).to_be_visible()
        page.locator(".others summary").first.click()
        assert look(page, "desk-call", language) == []
        page.context.close()

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_takes_what_came_of_each_call(self, chromium, server, language):
        page = open_list(chromium, server, language, width=360)
        before = waiting(page)
        page.locator("a.open").first.click()
        page.locator(".others summary").first.click()
        page.get_by_label(WORDS[language][3]).check()
        with page.expect_navigation():
            page.locator("form[action=call] button").first.click()
        assert "kind=call_back" in page.url
        with page.expect_navigation():
            page.locator("form[action=telephoned] button").first.click()
        expect(page.locator("[role=status]")).to_be_visible()
        assert waiting(page) == before - 1
        page.context.close()
