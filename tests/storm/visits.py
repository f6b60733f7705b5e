"""People on the portal: victims who look at their case again and again, and strangers who guess.

A visit must end when nobody used it for a while, when it is old, when its case becomes restricted,
and when its victim is said to be incapacitated. The bounds are the promise (docs/security.md),
written down here once more.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from greenlet import greenlet

from infra.harness.web_page import Page
from tests.rig.browser import PORTAL, Browser
from tests.rig.cloud import Cloud
from tests.rig.functions import Functions
from tests.rig.model import incapacity, oracle
from tests.rig.model.scenario import Case, Judged, Person, Scenario, State

IDLE, LONGEST = 15 * 60.0, 2 * 3600.0  # seconds
# How long after the last page each one comes: a reader, somebody who forgot the page, and
# somebody who keeps a page open all day.
READER, FORGOT, ALL_DAY = (60.0, 300.0), (240.0, 1000.0, 60.0), (600.0,) * 14
CHANCE = 0.15  # of a case that somebody visits
# What shuts a case for visits by name and birth date.
SHUT = {
    "restricted": lambda _, state: oracle.restricted(state),
    "others act for the victim": incapacity.cannot_look,
}


@dataclass
class Visits:
    """All visits of a run."""

    cloud: Cloud
    functions: Functions
    scenario: Scenario
    changed: dict[str, list[float]]
    first_late: set[str]
    opened: int = 0
    pages: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)  # case, what was shown
    seen: list[tuple[Case, float, str]] = field(default_factory=list)  # asked when, what was shown
    judged: dict[str, Judged] = field(default_factory=dict)  # what a supervisor said of a victim

    def plan(self, seed: int) -> None:
        """Let some victims visit in the first hours, and some strangers try."""
        dice = Random(f"visits {seed}")
        for case in self.scenario.cases:
            victims = case.before.victims
            if not victims or dice.random() > CHANCE:
                continue
            at = dice.uniform(15 * 60, 4 * 3600)
            again = dice.choice((READER, FORGOT, ALL_DAY))
            self._after(at, Visit(self, case, victims[0], again))
            stranger = Visit(self, case, victims[0], READER, last_name=f"Nobody-{case.number}")
            self._after(at + dice.uniform(0, 60), stranger)

    def _after(self, seconds: float, visit: "Visit") -> None:
        time = self.cloud.time
        time.after(seconds, partial(lambda act: time.start(greenlet(act)), visit.make))

    def mistakes(self) -> list[tuple[str, str]]:
        """Return what was shown wrongly, by case; ask when all files are imported.

        A case's change comes in up to three files. It is known for certain after the last.
        """
        shut = [
            (case.number, f"{what} although {why}")
            for case, at, what in self.seen
            for why, holds in SHUT.items()
            if self._by(case, at, holds) and not self._unsure(case, why, at)
        ]
        return self.wrong + shut

    def _unsure(self, case: Case, why: str, at: float) -> bool:
        """Whether a minor may have been one from the first row on, or a doubt may be over."""
        since = self.judged[case.number].since if case.number in self.judged else None
        over = since is not None and at >= since.timestamp()
        return (over or case.number in self.first_late) and why != "restricted"

    def _by(self, case: Case, at: float, holds: Callable[[Case, State], bool]) -> bool:
        """Whether something is certain to be known of a case at a time."""
        before, after = holds(case, case.before), holds(case, case.after)
        by = self.changed.get(case.number, [0.0, float("inf")])[1]
        return after and (before or at > by)


@dataclass
class Visit:
    """One visit, and when its pages were shown."""

    visits: Visits
    case: Case
    victim: Person
    again: tuple[float, ...]
    last_name: str = ""  # another one than the victim's
    begun: float = 0.0
    used: float = 0.0

    def make(self) -> None:
        """Type what the victim knows, and look at the case again and again."""
        time, born = self.visits.cloud.time, self.victim.born
        browser = Browser(self.visits.functions, PORTAL, "198.51.100.1")
        form = {
            "number": self.case.number,
            "last_name": self.last_name or self.victim.last,
            "birth_date": f"{born:%Y-%m-%d}" if born else "",
        }
        self.begun = self.used = time.now
        page = browser.post("verify", **form)
        if page.status != 200 or not browser.url.endswith("/status"):
            return
        self.visits.opened += 1
        self.shown(page, self.begun, "opened")
        for seconds in self.again:
            time.sleep(seconds)
            asked = time.now
            self.shown(browser.get("status"), asked, "shown")

    def shown(self, page: Page, asked: float, what: str) -> None:
        """Judge what a page shows that was asked for at a moment."""
        if page.status >= 500:  # the session may have been used before the failure
            self.used = self.visits.cloud.time.now
        if page.status != 200:
            return
        self.visits.pages += 1
        if self.last_name:
            self._wrong("opened to a stranger")
        numbers = {self.case.number, self.case.later_number} - {""}
        if not any(number in page.body for number in numbers):  # pages show the latest one
            self._wrong("shown another case")
        if asked > self.used + IDLE:
            self._wrong("shown to somebody who had been away")
        if asked > self.begun + LONGEST + 60:
            self._wrong("shown after two hours")
        self.visits.seen.append((self.case, asked, what))
        self.used = self.visits.cloud.time.now

    def _wrong(self, what: str) -> None:
        self.visits.wrong.append((self.case.number, what))
