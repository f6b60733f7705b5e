"""The schedules of a run: chase, the hourly reconcile, and the night in its parts.

The night is the template's state machine `Nightly`: parts of the table at once, each by one call
after another until its end, each call tried again, and a last call that sums the parts up. Four
parts are enough. The runbook lets a person start it too: each storm has one under its faults.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from random import Random
from typing import Any

from tests.rig.cloud import Cloud
from tests.rig.functions import Functions

MINUTE, HOUR = 60.0, 3600.0
NIGHT = 10  # hour, in UTC, of Arizona's three o'clock, when every case is planned
HOURLY = 7  # minute
PARTS = 4
AGAIN_AFTER = (5.0, 15.0, 45.0)  # seconds until a call of the state machine is tried again
SOON = 5.0  # seconds until a night begins: by then each read sees the cases that were counted
TWICE = 0.1  # share of nights that the schedule starts twice
# How long a call may take instead of the template's time, in seconds, and how often: `reconcile`
# stops 20 seconds before its end. So it goes on in another call, or dies in the middle.
GOES_ON, DIES = (20.0, 20.15), (0.02, 0.2)
GOES_ON_SHARE, DIES_SHARE = 0.35, 0.2
NOTHING = {"cases": 0, "missing": 0, "failed": 0, "go_on_at": ""}
Found = dict[str, Any]


class Schedules:
    """What the clock starts, minute by minute."""

    def __init__(self, functions: Functions, seed: int, days: Random) -> None:
        """Draw when the hourly run comes, and when a person starts a night."""
        self.functions, self.cloud, self.days = functions, functions.cloud, days
        self.start = self.cloud.time.now
        self.dice = Random(f"schedules {seed}")
        self.wrong: list[str] = []  # nights that missed a case
        self.hourly = self.dice.choice((0, HOURLY))  # with the night, or after it
        self.cloud.time.after(self.dice.uniform(10 * MINUTE, 4 * HOUR), self._by_hand)

    def minute(self, now: datetime) -> None:
        """Do what the schedules do in this minute; chase is left out when nothing is due."""
        faults = self.cloud.faults
        event = {"time": now.isoformat(timespec="seconds")}
        if now.minute == 0 or (faults.is_beat(now.minute) and self._due(now)):
            self.functions.send("chase", event)
            if faults.overlap and faults.on:
                self.cloud.time.after(
                    self.days.uniform(0.05, 2), lambda: self.functions.send("chase", event)
                )
        if (now.hour, now.minute) == (NIGHT, 0):
            self._night(event["time"])
            if faults.on and self.dice.random() < TWICE:
                self._night(event["time"])
        since = self.cloud.time.now - self.start
        # An hour after the last export, a person must get what is unsettled still.
        if now.minute == self.hourly and (since < 5 * HOUR or now.hour % 6 == 4):
            self.functions.send("reconcile", event)

    def _due(self, now: datetime) -> bool:
        index = self.cloud.tables.leader.tables["Notices"].indexes["due_index"]
        until = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        return any(
            rows and rows[0][0] <= until
            for shard, rows in index.entries.items()
            if shard != "LETTERS"
        )

    def _by_hand(self) -> None:
        self._night(self.cloud.time.utc.isoformat(timespec="seconds"))

    def _night(self, at: str) -> None:
        self.cloud.note(f"NIGHT {at}")
        Night(self.functions, self.dice, at, self.wrong).begin()


@dataclass
class Night:
    """One run of the state machine."""

    functions: Functions
    dice: Random
    at: str
    wrong: list[str]
    parts: dict[int, Found | None] = field(default_factory=dict)
    least: int = 0

    def begin(self) -> None:
        """Start all parts at once."""
        self.least = known(self.functions.cloud)
        for part in range(PARTS):
            self.functions.cloud.time.after(SOON, partial(self._plan, part, NOTHING, 0))

    def _plan(self, part: int, found: Found, failures: int) -> None:
        """Go on with a part where it stopped; one whose calls all fail gives up."""

        def ended(answer: Any, failed: bool) -> None:
            if failed and failures < len(AGAIN_AFTER):
                self._again(failures, lambda: self._plan(part, found, failures + 1))
            elif failed:
                self._over(part, None)
            elif answer["go_on_at"]:
                self._plan(part, handed_on(answer), 0)
            else:
                self._over(part, handed_on(answer))

        event = {"time": self.at, "part": part, "of": PARTS, "found": found}
        self.functions.invoke("reconcile", event, ended, seconds=self._time())

    def _time(self) -> float:
        """Draw how long a call may take; 0 for as long as the template says."""
        dice, long, short = (
            self.dice.random(),
            self.dice.uniform(*GOES_ON),
            self.dice.uniform(*DIES),
        )
        if dice < GOES_ON_SHARE:
            return long
        return short if self.functions.cloud.faults.on and dice < GOES_ON_SHARE + DIES_SHARE else 0

    def _again(self, failures: int, act: Any) -> None:
        self.functions.cloud.faults.done["night_again"] += 1
        self.functions.cloud.time.after(AGAIN_AFTER[failures], act)

    def _over(self, part: int, found: Found | None) -> None:
        self.parts[part] = found
        if len(self.parts) == PARTS:
            self._sum_up(0)

    def _sum_up(self, failures: int) -> None:
        def ended(answer: Any, failed: bool) -> None:
            if not failed:
                self._judge(answer)
            elif failures < len(AGAIN_AFTER):
                self._again(failures, lambda: self._sum_up(failures + 1))

        parts = [self.parts[part] for part in range(PARTS)]
        event = {"time": self.at, "of": PARTS, "parts": parts}
        self.functions.invoke("reconcile", event, ended)

    def _judge(self, found: Found) -> None:
        """See that a night went through every case, once, unless a part gave up and it says so."""
        lost = [n for n, part in self.parts.items() if part is None]
        if bool(found["go_on_at"]) != bool(lost):
            self.wrong.append(f"a night that lost the parts {lost} says {found}")
        most = known(self.functions.cloud)
        if not lost and not self.least <= found["cases"] <= most:
            self.wrong.append(f"{found['cases']} cases, and not {self.least} to {most}")


def handed_on(answer: Found) -> Found:
    """Return of an answer what the state machine keeps, as it goes through JSON."""
    kept: Found = json.loads(json.dumps({name: answer[name] for name in NOTHING}))
    return kept


def known(cloud: Cloud) -> int:
    """Return how many cases there are, those of which only an arrest has come included."""
    rows = cloud.tables.leader.tables["Cases"].items
    return len({pk for pk, sk in rows if sk == "CASE" or sk.startswith("ARREST#")})
