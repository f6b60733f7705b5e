"""The day itself: what happens when, on a clock that is AWS's own until the visitors have gone.

From nine on everything takes the time that it takes. Only afterwards, when nobody visits any more,
`chase` is told a later time, so that what still waits for its next try need not be waited for.
"""

import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra.local import staff_accounts
from infra.local.drop_feed import release_brake, wait_for_import
from infra.local.http_browser import Browser
from infra.local.stack import wait_for
from infra.repository import ROOT
from tests.bad_day import people
from tests.bad_day.people import Case
from tests.bad_day.visitors import Visitors
from tests.bad_day.world import BusyWorld
from tests.chaos.environment import DIED
from tests.support import next_release

OPEN = frozenset({"planned", "waiting", "claimed", "failed", "unconfirmed"})
AT_THE_DESK = ("sample-records", "sample-advocate", "sample-supervisor")
TABLE, TABLE_SHARE = "CasesTable", 0.7  # what is throttled, and for which share of its calls
# What happens at which part of the visitors' time.
POISON, TABLE_FROM, TABLE_TO, MESSAGES_TO, RELEASE = 0.1, 0.25, 0.4, 0.5, 0.6
NOTICED = 0.05  # of the visitors' time: a person at work acts so long after the brake or its alarm
LATER = timedelta(minutes=2)  # of a step of `chase` once nobody visits any more
STEPS = 60
REFUSED_BY = 180.0  # seconds


@dataclass
class Morning:
    """A day under way.

    Attributes:
        events: what happened, and how many seconds after nine.
        ahead: from which moments on, in epoch seconds, `chase` was told a time how much later.
    """

    world: BusyWorld
    cases: Sequence[Case]
    seconds: float  # that visitors come
    visitors_a_minute: int
    say: Callable[[str], None]
    events: list[tuple[float, str]] = field(default_factory=list)
    ahead: list[tuple[float, float]] = field(default_factory=list)
    nine: float = 0.0
    imported: dict[str, Any] = field(default_factory=dict)
    brakes: int = 0
    release_seconds: float = 0.0
    visitors: Visitors | None = None
    _brake_since: float = 0.0
    _stop: threading.Event = field(default_factory=threading.Event)

    def bring(self) -> None:
        """Bring the cases of the day before; they owe nothing yet."""
        release_brake(self.world.aws)
        for name, body in people.files(self.cases, datetime.now(UTC)).items():
            self._import(name, body, 3600)
        for start in (self.world.aws.portal_url, self.world.aws.staff_url):
            Browser(start).open()  # the first page of a morning is not measured
        self.world.aws.wait_until_quiet(at_most=3600)
        # The release of the brake was for these; the day itself begins as any other.
        self.world.switch(
            "REMOVE brake, brake_released_until, released_notices, released_corrections"
        )

    def play(self, template: Path) -> None:
        """Let the day pass: visitors, arrests, throttling, a poison file and a release."""
        aws = self.world.aws
        accounts = staff_accounts.make(aws.client("cognito-idp"), aws.outputs["StaffPool"])
        at_work = {name: accounts[name] for name in AT_THE_DESK}
        self.visitors = Visitors(
            aws.portal_url,
            aws.staff_url,
            self.cases,
            visitors=self.visitors_a_minute,
            accounts=at_work,
            seconds=self.seconds,
        )
        watch = threading.Thread(target=self._watch_the_brake, daemon=True)
        with self.visitors:
            self.nine = time.time()
            watch.start()
            self._throttle("sns", 1.0, "SNS refuses every text")
            self._throttle("ses", 1.0, "SES refuses every email")
            importing = threading.Thread(target=self._arrest, daemon=True)
            importing.start()
            self._at(POISON)
            self._put("arrests_poison.csv", people.poison())
            self._note("a poison file arrives")
            self._at(TABLE_FROM)
            self._throttle(TABLE, TABLE_SHARE, f"{TABLE} refuses {TABLE_SHARE:.0%} of the calls")
            self._at(TABLE_TO)
            self._until_refused(TABLE)
            self._throttle(TABLE, 0.0, f"{TABLE} takes every call again")
            self._at(MESSAGES_TO)
            self._until_refused("sns")
            self._until_refused("ses")
            self._throttle("sns", 0.0, "SNS takes texts again")
            self._throttle("ses", 0.0, "SES takes emails again")
            self._at(RELEASE)
            self._release(template)
            self.visitors.wait()
            self._note("the last visitor leaves")
            importing.join()
        self._afterwards()
        self._stop.set()
        watch.join()

    # ---- what happens

    def _arrest(self) -> None:
        """Drop the file of arrests, and note when it was read."""
        self.say(f"{len(self.cases)} arrests in one file")
        self.imported = self._import("arrests.csv", people.arrests(self.cases, self._now()), 7200)
        self._note("the file of arrests is read")

    def _release(self, template: Path) -> None:
        """Deploy another release: every function's version changes."""
        began = time.monotonic()
        self._note("a release begins")
        self.world.deploy(next_release.of(template))
        self.release_seconds = time.monotonic() - began
        self._note("the release is done")

    def _afterwards(self) -> None:
        """Let time pass for what still waits, until nothing is open or nothing will be due."""
        ahead = timedelta()
        for _ in range(STEPS):
            self.world.settle(limit=900)
            self.world.aws.wait_until_quiet(at_most=900)
            still = [row for row in self.world.ledger() if row["state"] in OPEN]
            if not still or (ahead and not any("due_at" in row for row in still)):
                break  # nothing waits for another moment
            ahead += LATER
            self.ahead.append((time.time(), ahead.total_seconds()))
            self.say(f"{len(still)} still open; chase looks {ahead} later")
            for function in ("chase", "reconcile"):
                with contextlib.suppress(*DIED):  # it comes again with the next step
                    self.world.aws.invoke(function, {"time": (self._now() + ahead).isoformat()})
        self._note("nothing is open any more" if not self.open() else "some notices stay open")

    def _watch_the_brake(self) -> None:
        """Release the brake as a person would who looks at the desk: no alarm is judged here."""
        while not self._stop.wait(2):
            with contextlib.suppress(BotoCoreError, ClientError, subprocess.CalledProcessError):
                self._look_at_the_brake()

    def _look_at_the_brake(self) -> None:
        if not self.world.is_braked():
            self._brake_since = 0.0
            return
        now = time.time()
        if not self._brake_since:
            self._brake_since = now
            self.brakes += 1
            self._note("the brake stops all messages")
        if now - self._brake_since > NOTICED * self.seconds:
            subprocess.run(
                [sys.executable, "-m", "infra.ops", "switch", "--kill", "", "--trial", "",
                 "--guests", "", "--brake", "release", "--by", "supervisor"],
                cwd=ROOT, env=os.environ | self.world.aws.credentials,
                capture_output=True, check=True,
            )  # fmt: skip
            self._note("a supervisor releases the brake")
            self._brake_since = 0.0

    # ---- what came of it

    def open(self) -> int:
        """Return how many notices still wait for something."""
        return sum(row["state"] in OPEN for row in self.world.ledger())

    def since_nine(self, moment: float) -> float:
        """Return how many seconds after nine something was, as the product's clock had it."""
        ahead = [seconds for at, seconds in self.ahead if at <= moment]
        return moment - self.nine + (ahead[-1] if ahead else 0.0)

    # ---- small things

    def _import(self, name: str, body: bytes, seconds: float) -> dict[str, Any]:
        at = datetime.now(UTC)
        found: dict[str, Any] = wait_for_import(self.world.aws, self._put(name, body), at, seconds)
        return found

    def _put(self, name: str, body: bytes) -> str:
        bucket, key = self.world.aws.outputs["FeedBucket"], f"incoming/{name}"
        self.world.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=body)
        return key

    def _throttle(self, what: str, share: float, says: str) -> None:
        self.world.throttle(what, share)
        self._note(says)

    def _at(self, part: float) -> None:
        """Wait until a part of the visitors' time is over."""
        time.sleep(max(0.0, self.nine + part * self.seconds - time.time()))

    def _until_refused(self, what: str) -> None:
        """Wait until something was refused at least once, however slow this machine is."""
        name = self.world.aws.outputs.get(what, what)
        wait_for(
            lambda: self.world.told()["refused"].get(name), REFUSED_BY, f"{what} to refuse a call"
        )

    def _note(self, what: str) -> None:
        self.events.append((round(time.time() - self.nine, 1), what))
        self.say(f"+{self.events[-1][0]:.0f} s: {what}")

    def _now(self) -> datetime:
        return datetime.now(UTC)
