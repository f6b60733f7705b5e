"""Who comes: visitors of the portal and members of the desk.

Each visitor comes at a moment of their own, however slow the answers are.
"""

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from random import Random

from greenlet import greenlet

from infra.harness.web_page import Page
from tests.bad_day.answers import Answer
from tests.bad_day.people import BORN_TYPED, Case
from tests.rig.browser import DESK, PORTAL, Browser, form_of, member
from tests.rig.functions import Functions
from tests.rig.model.observed import DELIVERED

HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
LINK = re.compile(r'href="(case\?c=[^"]+)"')
SIGN_UPS = 0.05  # of visitors
PAUSE = 12.0  # usual seconds from one round of a member's work to the next
AT_THE_DESK = ("records", "advocate", "supervisor")


@dataclass(kw_only=True)
class Timed(Browser):
    """A browser whose owner notes what came of each page."""

    who: str
    keep: Callable[[Answer], None]

    def look(
        self, name: str, method: str, path: str, form: dict[str, str] | None = None
    ) -> Page | None:
        """Ask for a page; return it, None for an error's."""
        time = self.functions.cloud.time
        began = time.now
        page = self.ask(method, path, form)
        heading = HEADING.search(page.body)
        words = html.unescape(re.sub(r"<[^>]+>", "", heading[1])).strip() if heading else ""
        good = page.status == 200
        self.keep(
            Answer(
                at=began,
                who=self.who,
                page=name,
                status=page.status,
                ms=(time.now - began) * 1000,
                heading="" if good else words,
                polite=good or (bool(words) and "<a " in page.body),
                says_when="retry-after" in map(str.lower, page.headers),
                by_gateway=self.failed,
            )
        )
        return page if good else None


@dataclass
class Crowd:
    """Everybody who asks for a page, and what they got."""

    functions: Functions
    cases: Sequence[Case]
    a_minute: int  # visitors
    pause: float  # seconds from one round of a member's work to the next
    answers: list[Answer] = field(default_factory=list)
    visits: int = 0
    here: int = 0  # people whose visit is not over

    def __post_init__(self) -> None:
        self.dice = Random("crowd")
        self.open = [case for case in self.cases if case.end == DELIVERED]  # others show nothing

    def come(self, seconds: float) -> None:
        """Let people come from now on, for so long; the desk works meanwhile."""
        time = self.functions.cloud.time
        until = time.now + seconds
        for n in range(round(seconds / 60 * self.a_minute)):
            at = time.now + (n + self.dice.random()) * 60 / self.a_minute
            time.at(at, partial(self._start, self._visit))
        for name in AT_THE_DESK:
            member = self._member(name)
            self._start(partial(self._work, member, until))

    def _start(self, person: Callable[[], None]) -> None:
        """Let a person begin."""
        self.here += 1
        self.functions.cloud.time.start(greenlet(person))

    def _visit(self) -> None:
        """Find the case, see its status, perhaps sign up, and leave."""
        self.visits += 1
        source = f"198.18.{self.dice.randrange(256)}.{self.dice.randrange(1, 255)}"
        browser = self._browser(PORTAL, source, "visitor")
        self._journey(browser, self.dice.choice(self.open))
        self.here -= 1

    def _browser(self, function: str, source: str, who: str) -> Timed:
        return Timed(self.functions, function, source, who=who, keep=self.answers.append)

    def _journey(self, browser: Timed, case: Case) -> None:
        if browser.look("first page", "GET", "") is None:
            return
        page = browser.look("find", "POST", "find", {"number": case.number})
        if page is None:
            return
        self._read(0.5, 3)
        typed = {"last_name": case.victim.last, "birth_date": BORN_TYPED}
        page = browser.look("verify, then status", "POST", "verify", form_of(page, **typed))
        if page is None or "status" not in browser.url:
            return
        self._read(1, 5)
        if self.dice.random() < SIGN_UPS:
            self._sign_up(browser, case)
        if browser.look("help", "GET", "help") is not None:
            browser.look("status again", "GET", "status")

    def _sign_up(self, browser: Timed, case: Case) -> None:
        """Leave an email of one's own."""
        page = browser.look("alerts", "GET", "alerts")
        if page is not None:
            said = {"email": case.signed_up, "email_safe": "yes", "consent": "yes"}
            browser.look("sign up", "POST", "enroll", form_of(page, **said) | {"language": "en"})

    def _read(self, low: float, high: float) -> None:
        self.functions.cloud.time.sleep(self.dice.uniform(low, high))

    def _member(self, name: str) -> Timed:
        """Return the browser of a member who has signed in."""
        browser = self._browser(DESK, "198.51.100.7", "desk")
        browser.jar |= member(self.functions, name, browser.source).jar
        return browser

    def _work(self, browser: Timed, until: float) -> None:
        """Look again and again at what a morning's work looks at."""
        time = self.functions.cloud.time
        while time.now < until:
            began = time.now
            self._round(browser)
            time.sleep(max(0.0, began + self.pause - time.now))
        self.here -= 1

    def _round(self, browser: Timed) -> None:
        tasks = browser.look("desk: tasks", "GET", "tasks")
        found = LINK.findall(tasks.body if tasks else "")
        if found:
            browser.look("desk: case", "GET", html.unescape(self.dice.choice(found)))
        browser.look("desk: inbox", "GET", "inbox")
        page = browser.look("desk: find", "GET", "find")
        if page is not None:
            number = self.dice.choice(self.cases).number
            browser.look("desk: find", "POST", "find", form_of(page, q=number, number=number))
        browser.look("desk: figures", "GET", "figures")
