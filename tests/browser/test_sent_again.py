"""While a table throttles, the page about it keeps what was typed: a visitor's, a clerk's."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from playwright.sync_api import Browser, Page

from infra.harness.builders import NUMBER, an_arrest_case
from infra.harness.in_process import Stage
from infra.harness.portal_browser import store
from infra.harness.staff_browser import StaffBrowser, case_address
from infra.local.desk_server import DeskServer, stage_with_cases
from tests.browser.axe import look
from tests.browser.feed_cases import Known
from tests.browser.portal_page import Keyboard, Portal, strings

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)
WHY = "Her sister says that he reads this phone."
WRITES = ("TransactWriteItems", "UpdateItem", "PutItem")
HERE = Known(NUMBER, "Munoz-v1", "04/12/1985")


class Tables:
    """Whether writes are throttled now."""

    busy = False


@pytest.fixture
def fresh_attempts() -> None:
    """Leave local AWS alone: nothing here needs it."""


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Tables:
    """Give what says whether writes are throttled."""
    made, there = Tables(), Stage.answer

    def answer(self: Stage, client, operation, params):
        if made.busy and operation in WRITES:
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, operation)
        return there(self, client, operation, params)

    monkeypatch.setattr(Stage, "answer", answer)
    return made


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Give a stage with one case that both know."""
    with stage_with_cases(NOW, 1) as on_stage:
        store(an_arrest_case().case)
        on_stage.settle()
        yield on_stage


@pytest.fixture(params=["en", "es", "es without script"])
def window(request: pytest.FixtureRequest, chromium: Browser) -> Iterator[tuple[Page, str, bool]]:
    """Give a phone's page, its language, and whether it runs script, as axe needs."""
    language, _, without = request.param.partition(" ")
    context = chromium.new_context(
        locale={"en": "en-US", "es": "es-MX"}[language],
        java_script_enabled=not without,
        viewport={"width": 360, "height": 740},
    )
    context.set_default_timeout(30_000)
    yield context.new_page(), language, not without
    context.close()


class TestWhatWasTyped:
    def test_by_a_visitor_is_sent_again_by_keyboard(
        self, stage: Stage, tables: Tables, window: tuple[Page, str, bool]
    ) -> None:
        page, language, script = window
        with DeskServer(stage, "portal") as server:
            portal = Portal(page, server.url)
            tables.busy = True
            portal.enter(HERE)
            portal.sees(strings(language)["error_503_heading"])
            assert not script or look(page, "sent-again", language) == []
            tables.busy = False
            with page.expect_navigation():
                Keyboard(page).press("form#unsent button")
            portal.sees(strings(language)["status_heading"])
            assert page.url == f"{server.url}/status"

    def test_by_a_clerk_is_sent_again(
        self, stage: Stage, tables: Tables, window: tuple[Page, str, bool]
    ) -> None:
        from aviso.domain.staff import Role

        page, language, script = window
        member = StaffBrowser()
        with DeskServer(stage) as server:
            member.sign_in(Role.SUPERVISOR)
            page.request.get(server.door(member))
            page.goto(f"{server.url}/{case_address(NUMBER)}")
            page.locator(".contact summary").first.click()
            page.locator("form[action=unsafe] button").first.click()
            page.fill("#why", WHY)
            tables.busy = True
            page.locator("main form button").first.click()
            page.wait_for_selector(f"text={strings(language)['again_kept']}")
            assert not script or look(page, "desk-sent-again", language) == []
            tables.busy = False
            with page.expect_navigation():
                page.locator("main form button").click()
            page.goto(f"{server.url}/{case_address(NUMBER)}")
            assert page.inner_text("main").count(WHY) == 1
