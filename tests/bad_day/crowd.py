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

from infra.harness.in_process import ENVIRONMENT
from infra.harness.staff_browser import StaffBrowser
from tests.bad_day.answers import Answer
from tests.bad_day.browser import Browser, form
from tests.bad_day.people import BORN_TYPED, TOLD, Case
from tests.rig.functions import Functions

LINK = re.compile(r'href="(case\?c=[^"]+)"')
SIGN_UPS = 0.05  # of visitors
PAUSE = 12.0  # usual seconds from one round of a member's work to the next
AT_THE_DESK = ("records", "advocate", "supervisor")


@dataclass
class Crowd:
    """Everybody who asks for a page, and what they got.

    Attributes:
        a_minute: visitors.
        pause: seconds from one round of a member's work to the next.
    """

    functions: Functions
    cases: Sequence[Case]
    a_minute: int
    pause: float
    answers: list[Answer] = field(default_factory=list)
    visits: int = 0
    here: int = 0  # people whose visit is not over

    def __post_init__(self) -> None:
        self.dice = Random("crowd")
        self.open = [case for case in self.cases if case.end == TOLD]  # others show nothing

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
        base = ENVIRONMENT["PORTAL_URL"]
        browser = Browser(self.functions, "portal", base, "visitor", source, self.answers.append)
        self._journey(browser, self.dice.choice(self.open))
        self.here -= 1

    def _journey(self, browser: Browser, case: Case) -> None:
        if browser.ask("first page", "GET", "") is None:
            return
        page = browser.ask("find", "POST", "find", {"number": case.number})
        if page is None:
            return
        self._read(0.5, 3)
        typed = {"last_name": case.last_name, "birth_date": BORN_TYPED}
        page = browser.ask("verify, then status", "POST", "verify", form(page, **typed))
        if page is None or "status" not in browser.url:
            return
        self._read(1, 5)
        if self.dice.random() < SIGN_UPS:
            self._sign_up(browser, case)
        if browser.ask("help", "GET", "help") is not None:
            browser.ask("status again", "GET", "status")

    def _sign_up(self, browser: Browser, case: Case) -> None:
        """Leave an email of one's own."""
        page = browser.ask("alerts", "GET", "alerts")
        if page is not None:
            said = {"email": case.signed_up, "email_safe": "yes", "consent": "yes"}
            browser.ask("sign up", "POST", "enroll", form(page, **said) | {"email_language": "en"})

    def _read(self, low: float, high: float) -> None:
        self.functions.cloud.time.sleep(self.dice.uniform(low, high))

    def _member(self, name: str) -> Browser:
        """Return the browser of a member who has signed in."""
        from aviso.domain.staff import Role

        signed_in = StaffBrowser()
        signed_in.sign_in(Role(name))
        base = ENVIRONMENT["STAFF_URL"]
        browser = Browser(
            self.functions, "staff", base, "desk", "198.51.100.7", self.answers.append
        )
        browser.jar |= signed_in.jar
        return browser

    def _work(self, browser: Browser, until: float) -> None:
        """Look again and again at what a morning's work looks at."""
        time = self.functions.cloud.time
        while time.now < until:
            began = time.now
            self._round(browser)
            time.sleep(max(0.0, began + self.pause - time.now))
        self.here -= 1

    def _round(self, browser: Browser) -> None:
        tasks = browser.ask("desk: tasks", "GET", "tasks")
        found = LINK.findall(tasks or "")
        if found:
            browser.ask("desk: case", "GET", html.unescape(self.dice.choice(found)))
        browser.ask("desk: inbox", "GET", "inbox")
        page = browser.ask("desk: find", "GET", "find")
        if page is not None:
            number = self.dice.choice(self.cases).number
            browser.ask("desk: find", "POST", "find", form(page, q=number, number=number))
        browser.ask("desk: figures", "GET", "figures")
