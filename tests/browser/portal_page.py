"""The portal's pages as a visitor meets them: what there is to open, type and press."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml
from playwright.sync_api import Page, expect

from infra.repository import ROOT
from tests.browser.feed_cases import Known

NEUTRAL = "https://www.weather.gov/"


@cache
def strings(language: str) -> Mapping[str, str]:
    """Return what the pages say in a language."""
    path = ROOT / "templates" / "locales" / language / "strings.yaml"
    said: dict[str, str] = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return said


@dataclass
class Portal:
    """A visitor at the portal, with a pointer."""

    page: Page
    url: str

    def open(self, path: str = "", **query: str) -> None:
        """Open a page by its address under the portal's own."""
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        self.page.goto(f"{self.url}/{path}" + (f"?{asked}" if asked else ""))

    def fill(self, **fields: str) -> None:
        """Type into fields by their id; open the part of the page that hides one."""
        for name, value in fields.items():
            if not self.page.is_visible(f"#{name}"):
                self.page.click(f"details:has(#{name}) > summary")
            self.page.fill(f"#{name}", value)

    def send(self, form: str) -> None:
        """Press a form's own button."""
        with self.page.expect_navigation():
            self.page.click(f"form#{form} button.act")

    def find(self, known: Known) -> None:
        """Go from the first page to the second."""
        self.open()
        self.fill(number=known.number)
        self.send("step")

    def verify(self, known: Known) -> None:
        """Prove who one is."""
        self.fill(last_name=known.last_name, birth_date=known.birth_date)
        self.send("step")

    def enter(self, known: Known) -> None:
        """Go from the first page to the status page."""
        self.find(known)
        self.verify(known)

    def sees(self, heading: str) -> None:
        """Wait for the page with this first heading."""
        expect(self.page.locator("h1").first).to_have_text(heading)

    def time_passes(self) -> None:
        """Let the time pass until the visit is about to end, as the stylesheet counts it."""
        self.page.evaluate("document.getAnimations().forEach(a => a.finish())")

    def leave(self, press: Callable[[], None] | None = None) -> None:
        """Leave at once, for the weather; the browser finds no such place in these tests."""
        with self.page.expect_event("requestfailed", lambda r: r.url == NEUTRAL):
            press() if press else self.page.click(".leave")
        self.page.wait_for_url("chrome-error://**")

    @property
    def text(self) -> str:
        """All that the page says."""
        return self.page.inner_text("body")


@dataclass
class Keyboard:
    """A visitor who has nothing but the keys."""

    page: Page
    most: int = 80

    def reach(self, selector: str) -> None:
        """Press Tab until the focus is there, seeing it on the way (WCAG 2.4.7, 2.4.11)."""
        for _ in range(self.most):
            self.page.keyboard.press("Tab")
            focus: dict[str, Any] = self.page.evaluate(FOCUS, selector)
            assert focus["seen"], f"the focus is hidden at {focus['what']}"
            if focus["there"]:
                return
        raise AssertionError(f"the Tab key does not reach {selector}")

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        self.reach(selector)
        self.page.keyboard.type(text)

    def press(self, selector: str, key: str = "Enter") -> None:
        """Press a key on a button, a link or a choice."""
        self.reach(selector)
        self.page.keyboard.press(key)


# Whether what has the focus is the element meant, shows that it has it, and is not covered.
FOCUS = """selector => {
  const found = document.activeElement;
  if (!found || found === document.body) return {there: false, seen: true, what: "the page"};
  const box = found.getBoundingClientRect();
  const top = document.elementFromPoint(
    Math.min(Math.max(box.left + box.width / 2, 0), innerWidth - 1),
    Math.min(Math.max(box.top + box.height / 2, 0), innerHeight - 1));
  const free = top !== null && (found.contains(top) || top.contains(found));
  const marked = getComputedStyle(found).outlineStyle !== "none";
  return {there: found.matches(selector), seen: free && marked, what: found.outerHTML.slice(0, 90)};
}"""
