"""A clerk works through the queue with the keys alone, and never loses the list.

The desk runs in this process, on the sample agency's cases: see `infra.local.desk_server`.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, Page, expect

from infra.harness.staff_browser import StaffBrowser
from infra.local.desk_server import DeskServer, stage_with_cases
from tests.browser.axe import look
from tests.browser.portal_page import Keyboard

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)  # 9:30 in Arizona
CASES, TASKS = 300, 10
TELL = ".todo form[action=telephoned] button"
BORDERS = """() => [...document.querySelectorAll("main .act")].map(each => {
  const style = getComputedStyle(each);
  return [parseFloat(style.borderTopWidth), style.borderTopStyle];
})"""
OPENED = {"case-reached": 0, "case-told": 1, "case-handed": 2}  # which fold of the card
STATES = ("case", *OPENED, "queue-filters", "queue-keys")


@pytest.fixture
def fresh_attempts() -> None:
    """Leave local AWS alone: nothing here uses it."""


@pytest.fixture(scope="module")
def server() -> Iterator[DeskServer]:
    """Serve the desk, with people who wait to be told."""
    with stage_with_cases(NOW, CASES) as on_stage, DeskServer(on_stage) as running:
        yield running


def open_desk(chromium: Browser, server: DeskServer, language: str, script: bool = False) -> Page:
    """Return a browser at the desk, signed in as a supervisor."""
    from aviso.domain.staff import Role

    member = StaffBrowser()
    member.sign_in(Role.SUPERVISOR)
    context = chromium.new_context(
        locale={"en": "en-US", "es": "es-MX"}[language],
        java_script_enabled=script,
        viewport={"width": 1280, "height": 740},
    )
    page = context.new_page()
    page.request.get(server.door(member))
    return page


class TestKeyboard:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_alone_ends_ten_tasks_in_one_list(self, chromium, server, language):
        page = open_desk(chromium, server, language)
        page.goto(f"{server.url}/tasks?whose=nobody")
        before = page.locator("tbody tr").count()
        assert before > TASKS
        keys = Keyboard(page, most=120)
        with page.expect_navigation():
            keys.press("a.open")
        of = {"en": "1 of", "es": "1 de"}[language]
        for left in range(before, before - TASKS, -1):
            expect(page.locator(".trail-of")).to_contain_text(f"{of} {left}")
            assert "whose=nobody" in page.url
            if page.locator(".todo").first.locator("[name=who][type=radio]").count():
                keys.press(".todo [name=who]", "Space")
            if page.locator(".todo").first.locator("[name=why][required]").count():
                keys.type(".todo [name=why]", "By phone, her mother.")
            with page.expect_navigation():
                keys.press(TELL)
        expect(page.locator("[role=status]")).to_be_visible()
        keys = Keyboard(page, most=120)
        keys.press(".trail-of a")
        expect(page.locator("tbody tr")).to_have_count(before - TASKS)
        page.context.close()

    def test_tells_nobody_with_enter_in_the_note(self, chromium, server):
        page = open_desk(chromium, server, "en")
        page.goto(f"{server.url}/tasks?whose=nobody")
        with page.expect_navigation():
            page.locator("a.open").first.click()
        before = page.url
        note = page.locator(".todo [name=why]").first
        note.fill("Her mother.")
        note.press("Enter")
        page.wait_for_load_state()
        assert page.url == before
        expect(note).to_have_value("Her mother.")
        expect(page.locator(".todo [type=submit][disabled]").first).to_be_hidden()
        page.context.close()


class TestKeys:
    def test_move_select_open_and_answer(self, chromium, server):
        page = open_desk(chromium, server, "en", script=True)
        page.goto(f"{server.url}/tasks")
        rows, focused = page.locator("tbody tr"), page.locator(":focus")
        for keys, row in (("j", 0), ("k", 0), ("jj", 2), ("k", 1)):
            page.keyboard.type(keys)
            expect(focused).to_have_text(rows.nth(row).locator(".open").inner_text())
        page.keyboard.press("x")
        expect(rows.nth(1).locator("input")).to_be_checked()
        expect(page.locator(".picked-count")).to_have_text("Selected: 1")
        with page.expect_navigation():
            page.keyboard.press("e")
        page.keyboard.press("e")
        expect(page.locator(".tell").first.locator(":focus")).to_have_count(1)
        page.context.close()

    def test_lead_to_the_tasks_beside_a_case(self, chromium, server):
        page = open_desk(chromium, server, "en", script=True)
        page.goto(f"{server.url}/tasks")
        with page.expect_navigation():
            page.locator("a.open").first.click()
        for key, place in (("j", "2 of"), ("k", "1 of")):
            with page.expect_navigation():
                page.keyboard.press(key)
            expect(page.locator(".trail-of")).to_contain_text(place)
        page.context.close()

    @pytest.mark.parametrize("how", ["typed in a field", "with Ctrl", "turned off"])
    def test_do_nothing(self, chromium, server, how):
        page = open_desk(chromium, server, "en", script=True)
        page.goto(f"{server.url}/tasks")
        keys = ["?", "j"]
        if how == "typed in a field":
            page.locator(".seek [name=what]").focus()
        elif how == "with Ctrl":
            keys = ["Control+?", "Control+j"]
        else:
            page.keyboard.press("?")
            page.locator("dialog input").uncheck()
            page.locator("dialog button").click()
            page.reload()
        for key in keys:
            page.keyboard.press(key)
        expect(page.locator("dialog")).to_be_hidden()
        expect(page.locator(".open:focus")).to_have_count(0)
        page.context.close()


class TestPages:
    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_pass_the_rules_in_each_state(self, chromium, server, language, state):
        page = open_desk(chromium, server, language, script=True)
        page.goto(f"{server.url}/tasks")
        if state.startswith("case"):
            with page.expect_navigation():
                page.locator("a.open").first.click()
        if state in OPENED:
            page.locator(".others summary").nth(OPENED[state]).click()
            page.locator(".contact summary").first.click()
        if state == "queue-filters":
            page.locator(".more summary").click()
            page.locator("tbody input").first.check()
        if state == "queue-keys":
            page.keyboard.press("?")
        assert look(page, f"desk-{state}", language) == []
        page.context.close()

    @pytest.mark.parametrize("name", ["tasks", "letters", "inbox", "find"])
    def test_show_their_buttons_in_forced_colors(self, chromium, server, name):
        page = open_desk(chromium, server, "en", script=True)
        page.emulate_media(forced_colors="active")
        page.goto(f"{server.url}/{name}")
        assert page.evaluate(BORDERS)
        assert all(width >= 1 and style == "solid" for width, style in page.evaluate(BORDERS))
        page.context.close()


class TestSample:
    def test_has_the_arrest_of_the_story(self, chromium, server):
        page = open_desk(chromium, server, "en")
        page.goto(f"{server.url}/find")
        page.locator("main [name=what]").fill("Lucía Muñoz-Peña")
        page.locator("main [name=what]").press("Enter")
        page.locator(".found a").click()
        knows = page.locator(".knows details", has_text="Lucía Muñoz-Peña")
        expect(knows.get_by_text("Arrest", exact=True)).to_be_visible()
        page.context.close()
