"""`make bench ONLY=clicks`: clicks, page loads, keys and pixels scrolled of the desk's usual work.

A clerk works through the desk's list in a real browser, on the sample agency's cases, and records
for each of ten people that they were told. Then each other job is done once. A pointer clicks only
what is in view: the rig scrolls as far as needed and counts that. Going to a field is a click. The
ten are told too on the desk as it was before the work queue: there each notice was listed apart on
the case's page, and the list was opened again after each.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page

from infra.harness.staff_browser import StaffBrowser
from infra.local.desk_server import DeskServer, stage_with_cases
from infra.local.headless_browser import started
from infra.repository import ROOT

NOW = datetime(2026, 11, 26, 16, 30, tzinfo=UTC)  # 9:30 in Arizona
CASES, PEOPLE = 300, 10
WIDE, NARROW = 1280, 360
HEIGHTS = {WIDE: 900, NARROW: 740}
WHY = "By phone, herself, at the number in the report."
NEW_PHONE = "520-555-0199"
OUT = ROOT / "build/clicks.json"


@dataclass
class Effort:
    """What a piece of work took."""

    clicks: int = 0
    loads: int = 0
    pixels: int = 0
    keys: int = 0


class Clerk:
    """Someone at the desk with a pointer, whose every click, load and scrolled pixel counts."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.url, self.effort = page, url, Effort()
        size = page.viewport_size
        self.width = size["width"] if size else WIDE

    def top_of(self, selector: str) -> float:
        """Return how far down the page something begins."""
        top: float = self.page.locator(selector).evaluate(
            "element => element.getBoundingClientRect().top + scrollY"
        )
        return top

    def open(self, path: str) -> None:
        """Open a page by its address: where the work starts."""
        self.page.goto(f"{self.url}/{path}")

    def click(self, what: Locator, loads: bool = True) -> None:
        """Bring something into view, as little as needed, and click it."""
        before = self.page.evaluate("scrollY")
        what.evaluate("element => element.scrollIntoView({block: 'nearest', inline: 'nearest'})")
        self.effort.pixels += abs(round(self.page.evaluate("scrollY") - before))
        self.effort.clicks += 1
        if not loads:
            what.click()
            return
        with self.page.expect_navigation():
            what.click()
        self.effort.loads += 1

    def write(self, what: Locator, text: str) -> None:
        """Bring a field into view and type into it; moving there counts as a click."""
        self.click(what, loads=False)
        what.fill(text)

    def list_before(self) -> list[str]:
        """Return the cases of the list's first page, most urgent first, each once."""
        links = self.page.locator("tbody th a[href^=case]")
        return list(dict.fromkeys(links.all_inner_texts()))

    def tell_before(self, number: str) -> int:
        """Tell everybody of a case as the desk was before; return how many people."""
        self.click(self.page.locator("tbody th a", has_text=number).first)
        people = self.page.locator("article:has(form[action=correct]) h3").count() or 1
        while (button := self.page.locator("form[action=telephoned] button")).count():
            self.click(button.first)
            self.write(self.page.locator("#why"), WHY)
            self.click(self.page.locator("form[action=telephoned] button"))
        self.click(self.page.locator("nav.menu a[href=tasks]"))
        return people

    def tell_now(self) -> None:
        """Tell the person of the task at hand; the desk goes on to the next."""
        form = self.page.locator(".todo form[action=telephoned]").first
        if (who := form.locator("[name=who][type=radio]")).count():
            self.click(who.first, loads=False)
        elif (why := form.locator("[name=why][required]")).count():
            self.write(why, WHY)
        self.click(form.locator("button").first)  # by phone


def tell(clerk: Clerk, people: int) -> Effort:
    """Tell so many people, and return what it took."""
    clerk.open("tasks")
    if clerk.page.locator("[data-queue]").count() == 0:
        done = 0
        while done < people:
            done += clerk.tell_before(clerk.list_before()[0])
        return clerk.effort
    clerk.click(clerk.page.locator("[data-queue] .open").first)
    for _ in range(people):
        clerk.tell_now()
    return clerk.effort


def release(clerk: Clerk) -> None:
    """Send a notice anyway that a restriction holds, with a reason."""
    clerk.open("tasks?held_for=restricted")
    clerk.click(clerk.page.locator("[data-queue] .open").first)
    clerk.click(clerk.page.locator(".todo form[action=release] button").first)
    confirm(clerk)


def fix_a_phone(clerk: Clerk) -> None:
    """Replace a phone that the victim says is old."""
    clerk.open("tasks?held_for=unreached")
    clerk.click(clerk.page.locator("[data-queue] .open").first)
    contact = clerk.page.locator(".contact", has_text="555").first
    clerk.click(contact.locator("summary"), loads=False)
    clerk.write(contact.locator("[name=typed]"), NEW_PHONE)
    clerk.click(contact.locator("form[action=correct] button"))
    confirm(clerk)


def confirm(clerk: Clerk) -> None:
    """Answer what the page asks: whether a home is safe, and the reason; press its button."""
    form = clerk.page.locator("main form").first
    for box in form.locator("[type=checkbox][required]").all():
        clerk.click(box, loads=False)
    if (why := form.locator("[name=why]")).count():
        clerk.write(why, WHY)
    clerk.click(form.locator("button"))


def print_letters(clerk: Clerk) -> None:
    """Have the letters printed; the file is not there before the page is loaded again."""
    clerk.open("tasks")
    clerk.click(clerk.page.locator(".rail a[href=letters]"))
    clerk.click(clerk.page.locator("form[action=print] button"))


def find_what_she_was_told(clerk: Clerk) -> None:
    """Find by name what a victim was told, and scroll until it can be read."""
    clerk.open("tasks")
    name = clerk.page.locator("[data-queue] .open").first.inner_text()
    clerk.write(clerk.page.locator(".seek [name=what]"), name)
    clerk.click(clerk.page.locator(".seek button"))
    clerk.click(clerk.page.locator(".found a").first)
    clerk.effort.pixels += max(0, round(clerk.top_of(".knows")) - HEIGHTS[clerk.width])


def reach_the_bar(clerk: Clerk) -> None:
    """Pick two people and get to the first button for them, by keyboard alone."""
    clerk.open("tasks")
    for keys in ("j", "x", "j", "x"):
        clerk.page.keyboard.press(keys)
        clerk.effort.keys += 1
    bar = clerk.page.locator(".bulk button").first
    while not bar.evaluate("button => button === document.activeElement"):
        clerk.page.keyboard.press("Shift+Tab")
        clerk.effort.keys += 1


JOBS = {
    "release": release,
    "fix a phone": fix_a_phone,
    "print letters": print_letters,
    "find what a victim was told": find_what_she_was_told,
    "reach the bar by keyboard": reach_the_bar,
}


@contextmanager
def clerk_at(browser: Browser, server: DeskServer, width: int, language: str) -> Iterator[Clerk]:
    """Give an advocate at the desk, in a window of this width."""
    from aviso.domain.staff import Role

    colleague = StaffBrowser()
    colleague.sign_in(Role.SUPERVISOR)
    locale = {"en": "en-US", "es": "es-MX"}[language]
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS[width]}, locale=locale, reduced_motion="reduce"
    )
    page = context.new_page()
    page.request.get(server.door(colleague))
    yield Clerk(page, server.url)
    context.close()


def main() -> int:
    """Measure, take pictures when asked, print and write; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--pictures", type=Path, help="a folder for pictures of queue and case")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    found = {}
    with started() as browser:
        for width in (WIDE, NARROW):
            with stage_with_cases(NOW, options.cases) as on_stage, DeskServer(on_stage) as server:
                if options.pictures:
                    take(browser, server, width, options.pictures)
                with clerk_at(browser, server, width, "en") as clerk:
                    found[f"{PEOPLE} told by phone, {width} px"] = asdict(tell(clerk, PEOPLE))
                for job, does in JOBS.items():
                    with clerk_at(browser, server, width, "en") as clerk:
                        does(clerk)
                        found[f"{job}, {width} px"] = asdict(clerk.effort)
    for job, effort in found.items():
        print(f"clicks: {job}: {effort}")
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return 0


def take(browser: Browser, server: DeskServer, width: int, folder: Path) -> None:
    """Take pictures of the list and of its first case, in both languages."""
    folder.mkdir(parents=True, exist_ok=True)
    for language in ("en", "es"):
        with clerk_at(browser, server, width, language) as clerk:
            clerk.open("tasks")
            clerk.page.screenshot(path=folder / f"queue-{language}-{width}.png", full_page=True)
            clerk.page.locator("main a[href^='case?']").first.click()
            clerk.page.wait_for_load_state()
            clerk.page.screenshot(path=folder / f"case-{language}-{width}.png", full_page=True)


if __name__ == "__main__":
    sys.exit(main())
