"""The whole way through, in both languages, with nothing but the keys and with script off."""

import pytest

from tests.browser.conftest import Visit
from tests.browser.feed_cases import BY_KEYBOARD, LEFT
from tests.browser.portal_page import Keyboard, Portal, strings


class TestKeyboard:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_alone_is_enough_without_script(
        self, visit: Visit, portal_url: str, language: str
    ) -> None:
        page = visit(language, script=False)
        portal, keys, said = Portal(page, portal_url), Keyboard(page), strings(language)
        known = BY_KEYBOARD[language]
        portal.open()
        portal.sees(said["find_heading"])
        keys.type("#number", known.number)
        page.keyboard.press("Enter")

        portal.sees(said["verify_heading"])
        keys.type("#last_name", known.last_name)
        keys.type("#birth_date", known.birth_date)
        page.keyboard.press("Enter")

        portal.sees(said["status_heading"])
        assert "Det. Rosa Quintero" in portal.text
        assert known.number not in page.url + page.title()
        keys.press("a[href=alerts]")
        portal.sees(said["enroll_heading"])
        keys.type("#phone", "520-555-0117" if language == "en" else "520-555-0118")
        keys.press("input[name=phone_safe]", "Space")
        keys.press("#consent", "Space")
        keys.press("form#enroll button.act")

        portal.sees(said["done_heading"])
        assert said["done_on_sms"] in portal.text
        portal.leave(lambda: keys.press(".leave"))

    def test_goes_on_with_enter_and_keeps_the_language(self, visit: Visit, portal_url: str) -> None:
        portal = Portal(visit("es"), portal_url)
        portal.open()
        portal.fill(number=BY_KEYBOARD["es"].number)
        portal.page.keyboard.press("Enter")
        portal.sees(strings("es")["verify_heading"])


class TestForm:
    def test_keeps_what_was_typed_in_another_language(self, visit: Visit, portal_url: str) -> None:
        known = BY_KEYBOARD["en"]
        portal = Portal(visit("en"), portal_url)
        portal.open()
        portal.fill(number=known.number)
        portal.page.click("button[name=lang]")
        assert portal.page.input_value("#number") == known.number
        portal.send("step")
        portal.fill(last_name=known.last_name, birth_date=known.birth_date)
        portal.page.click("button[name=lang]")
        portal.sees(strings("en")["verify_heading"])
        portal.page.click("button[name=lang]")
        portal.sees(strings("es")["verify_heading"])
        assert portal.page.input_value("#last_name") == known.last_name
        portal.send("step")
        portal.sees(strings("es")["status_heading"])

    def test_keeps_what_was_typed_after_staying(self, visit: Visit, portal_url: str) -> None:
        portal = Portal(visit(), portal_url)
        portal.enter(LEFT)
        portal.open("alerts")
        portal.fill(email="ines@example.com")
        assert not portal.page.is_visible(".stay")
        portal.time_passes()
        with portal.page.expect_navigation():
            portal.page.click(".stay .act")
        assert portal.page.input_value("#email") == "ines@example.com"
        assert not portal.page.is_visible(".stay")
