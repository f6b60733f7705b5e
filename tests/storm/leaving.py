"""Visitors who leave a contact on the portal, some with a code, some with a warning."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from greenlet import greenlet

from tests.rig.browser import PORTAL, Browser, form_of
from tests.rig.calls import Sent
from tests.rig.functions import Functions
from tests.rig.model.contacts import CONFIRMED, leavers
from tests.rig.model.scenario import CODE, Left, Person, Scenario

SOON, LATER = 12 * 60.0, 90 * 60.0  # seconds after the first export
OFFER = re.compile(r'name="send" value="([^"]+)"')
TYPED = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b")
TRIES, PAUSE = 4, 40.0


@dataclass
class Leavers:
    """Everybody who leaves a contact in a run."""

    functions: Functions
    scenario: Scenario
    left: dict[str, Left] = field(init=False)
    codes: dict[str, list[float]] = field(default_factory=dict)  # case -> when codes were asked for
    _victims: dict[str, Person] = field(init=False)

    def __post_init__(self) -> None:
        """Draw who they are, and when they come."""
        self.cloud = self.functions.cloud
        self.dice = Random(f"leavers {self.scenario.seed}")
        self.left = leavers(self.scenario)
        self._victims = {c.number: v for c in self.scenario.cases for v in c.before.victims[:1]}
        for one in self.left.values():
            self.cloud.time.after(
                self.dice.uniform(SOON, LATER), partial(self._start, one, self._come)
            )

    def hear(self, message: Sent, case: str, kind: str) -> None:
        """Let who got something by knowledge warn of the victim's own contact.

        Where that is an email, at news that it does not have half a second later.
        """
        one = self.left.get(case)
        if one is None or not one.warns or message.address != one.address:
            return
        if kind != CONFIRMED or not all("@" in address for address in one.own):
            self.cloud.time.after(0.5, partial(self._consider, one, message.notice))

    def _consider(self, one: Left, notice: str) -> None:
        told = {m.address for m in self.cloud.sent if m.notice == notice}
        if not (told & set(one.own) or one.warned_from):
            self._start(one, self._warn)

    def _start(self, one: Left, act: Callable[[Left], None]) -> None:
        self.cloud.time.start(greenlet(partial(act, one)))

    def _come(self, one: Left) -> None:
        for _ in range(TRIES):
            browser = self._enter(one)
            if browser and (one.proof != CODE or self._type_code(one, browser)):
                one.asked_from = one.asked_from or self.cloud.time.utc
                self._fill(browser, one.address, "yes")
            if id := self._stored(one, one.address, safe=True):
                one.id, one.stored_by = id, self.cloud.time.utc
                return
            self.cloud.time.sleep(PAUSE)

    def _warn(self, one: Left) -> None:
        one.warned_from = self.cloud.time.utc
        for _ in range(TRIES):
            if browser := self._enter(one):
                self._fill(browser, one.own[0], "no")
            if self._stored(one, one.own[0], safe=False):
                one.warned_by = self.cloud.time.utc
                return
            self.cloud.time.sleep(1)
        one.warned_from = None

    def _enter(self, one: Left) -> Browser | None:
        """Type what the victim knows; return the browser if that opens the case."""
        victim = self._victims[one.case]
        browser = Browser(self.functions, PORTAL, f"198.51.100.{int(one.case[-2:]) + 20}")
        born = f"{victim.born:%Y-%m-%d}"
        browser.post("verify", number=one.case, last_name=victim.last, birth_date=born)
        return browser if browser.url.endswith("/status") else None

    def _type_code(self, one: Left, browser: Browser) -> bool:
        """Have a code sent to a contact that is offered, and type it."""
        page = browser.get("code")
        if not (offered := OFFER.search(page.body)):
            return False
        asked = self.cloud.time.now
        self.codes.setdefault(one.case, []).append(asked)
        browser.post("code", **form_of(page, send=offered[1]))
        texts = (m for m in reversed(self.cloud.sent) if m.left >= asked and not m.notice)
        code = next(
            (t for m in texts if m.address in one.own and (t := TYPED.search(m.words))), None
        )
        if code is None:
            return False
        browser.post("code", **form_of(page, code=code[0]))
        return browser.url.endswith("/status")

    def _fill(self, browser: Browser, address: str, safe: str) -> None:
        page, way = browser.get("alerts"), "email" if "@" in address else "phone"
        typed = {way: address, f"{way}_safe": safe, f"{way}_language": "en", "consent": "yes"}
        browser.post("enroll", **form_of(page, **typed))

    def _stored(self, one: Left, address: str, *, safe: bool) -> str:
        """Return the id of a contact as it is stored, empty if it is not."""
        rows = self.cloud.tables.leader.tables["Cases"].items
        row = rows.get((f"CASE#{one.case}", f"ENROLLMENT#{one.victim}"), {})
        given = (contact["M"] for contact in row.get("contacts", {}).get("L", ()))
        found = (c for c in given if (c["address"]["S"], c["safe"]["BOOL"]) == (address, safe))
        return next((str(c["id"]["S"]) for c in found), "")
