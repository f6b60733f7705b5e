"""Leaving quickly: one touch, the visit is over everywhere, and Back shows nothing."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error

from tests.browser.conftest import Visit
from tests.browser.feed_cases import LEFT
from tests.browser.portal_page import Portal, strings

PRIVATE = ("Quintero", LEFT.number, "Midtown")


class TestLeaving:
    @pytest.mark.parametrize("script", [True, False])
    def test_lets_back_show_nothing(self, visit: Visit, portal_url: str, script: bool) -> None:
        page = visit(script=script)
        portal = Portal(page, portal_url)
        portal.enter(LEFT)
        assert all(word in portal.text for word in PRIVATE)
        portal.leave()
        page.go_back()
        portal.sees(strings("en")["over_heading"])
        assert not any(word in page.content() for word in PRIVATE)
        with suppress(Error):  # the page that asked who is there would have to be sent again
            page.go_back()
        page.wait_for_url("chrome-error://**")
        assert not any(word in page.content() for word in (LEFT.last_name, LEFT.birth_date))

    def test_ends_the_visit_on_the_server(self, visit: Visit, portal_url: str) -> None:
        page = visit()
        portal = Portal(page, portal_url)
        portal.enter(LEFT)
        state = page.context.storage_state()
        portal.leave()
        assert "__Host-visit" not in {c["name"] for c in page.context.cookies()}
        page.context.set_storage_state(state)  # a thief copied the cookie meanwhile
        portal.open("status")
        portal.sees(strings("en")["over_heading"])

    def test_takes_one_touch_in_the_same_place(self, visit: Visit, portal_url: str) -> None:
        portal = Portal(visit(), portal_url)
        places = set()
        for path in ("", "help", "rights", "privacy", "terms", "real", "status"):
            portal.open(path)
            box = portal.page.locator(".leave").bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= 44
            places.add((box["x"], box["y"]))
        assert len(places) == 1


class TestCookies:
    def test_end_with_the_browser_and_no_script_reads_them(
        self, visit: Visit, portal_url: str
    ) -> None:
        page = visit()
        Portal(page, portal_url).enter(LEFT)
        cookies = page.context.cookies()
        assert "__Host-visit" in {c["name"] for c in cookies}
        for cookie in cookies:
            assert cookie["expires"] == -1
            assert cookie["httpOnly"]
            assert cookie["secure"]
            assert cookie["sameSite"] == "Strict"
        assert (
            page.evaluate("document.cookie + localStorage.length + sessionStorage.length") == "00"
        )
