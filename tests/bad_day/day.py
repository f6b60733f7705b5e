"""The bad day in one process: the rig of `make storm` without its random faults.

Tables are in memory, and one scheduler owns the time. So an hour of refusals takes as long as the
functions need for its work, and the same day comes out the same every time. Every function is the
product's own; what the rig decides is in docs/bad-day.md.
"""

import io
import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any

from infra.harness import provider_events
from tests.bad_day import alarms, people
from tests.bad_day.alarms import AGE, ERRORS, LEFT, VISIBLE
from tests.bad_day.crowd import Crowd
from tests.bad_day.people import Case
from tests.rig.calls import Outage, Sent
from tests.rig.faults import Faults
from tests.rig.functions import Ended, Functions
from tests.rig.streams import HEAD
from tests.rig.waits import OPEN
from tests.rig.world import Done, World

MINUTE, HOUR = 60.0, 3600.0
TABLE, TABLE_SHARE = "Cases", 0.7  # what is throttled, and for which share of its calls
# What happens at which part of the visitors' time.
POISON, TABLE_FROM, TABLE_TO, RELEASE, MESSAGES_TO = 0.1, 0.25, 0.4, 0.6, 0.75
NOTICED = 0.05  # of that time: a person at work acts so long after the brake's alarm
NINE = datetime(2026, 11, 30, 16, tzinfo=UTC)  # a Monday in Arizona
BEFORE, AFTER = HOUR, 12 * HOUR  # what is played before nine, and at most after it
BRAKE_ON = "BrakeOn"  # the alarm and its figure
RECEIPT = (2.0, 60.0)  # seconds until a provider says that a message has arrived


class Fair(Faults):
    """The weather of a day on which only what is planned goes wrong."""

    def of_call(self, role: str, *, again: bool) -> str:
        """Let no call fail by chance."""
        return ""

    def of_delivery(self) -> str:
        """Deliver everything once, at once."""
        return ""


class Log(io.TextIOBase):
    """What the functions print: lines with figures are kept."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[str] = []

    def write(self, text: str) -> int:
        """Keep a line of figures."""
        if '"_aws"' in text:
            self.figures.append(text)
        return len(text)


class Watched(Functions):
    """The functions, with what AWS would count of them."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.seen: dict[str, list[tuple[float, float]]] = {}
        self.made: dict[str, float] = {}  # stream records by their numbers: when they were made
        self.at_once: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    def invoke(
        self, function: str, event: Any, ended: Ended, *, later: bool = False, seconds: float = 0
    ) -> None:
        """Start a function; count its errors and how many of it run at once."""
        name = "".join(word.capitalize() for word in function.split("_"))
        self.at_once[function] += 1
        self.most[function] = max(self.most[function], self.at_once[function])
        first = event["Records"][0].get("dynamodb") if "Records" in event else None
        if first:
            age = self.cloud.time.now - self.made[first["SequenceNumber"]]
            self.count(f"{AGE} {name}", age * 1000)

        def counted(found: Any, failed: bool) -> None:
            self.at_once[function] -= 1
            if failed:
                self.count(f"{ERRORS} {name}", 1.0)
            ended(found, failed)

        super().invoke(function, event, counted, later=later, seconds=seconds)

    def count(self, key: str, value: float) -> None:
        """Keep a figure of now."""
        self.seen.setdefault(key, []).append((self.cloud.time.now, value))


@dataclass
class Day(World):
    """A day under way; `say` prints progress."""

    functions: Watched
    cases: Sequence[Case]
    seconds: float  # that visitors come
    visitors_a_minute: int
    desk_pause: float
    say: Callable[[str], None]
    events: list[tuple[float, str]] = field(default_factory=list)
    brakes: int = 0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.nine = NINE.timestamp()
        self.crowd = Crowd(self.functions, self.cases, self.visitors_a_minute, self.desk_pause)
        self.log = Log()
        self.dice = Random("receipts")
        self.over = False
        self._braked_at = 0.0

    def play(self) -> None:
        """Play from eight until nothing is open any more."""
        time, part = self.cloud.time, self.seconds
        self._release_brake()
        for file in people.files(self.cases, self.now):
            self._drop(file.name, file.body)
        time.at(time.now, self._minute)
        self._plan(
            (-1 * MINUTE, self._as_any_morning),
            (0.0, self._nine),
            (POISON * part, self._poison),
            (
                TABLE_FROM * part,
                partial(self._note, f"{TABLE}Table refuses {TABLE_SHARE:.0%} of calls"),
            ),
            (TABLE_TO * part, partial(self._note, f"{TABLE}Table takes every call again")),
            (MESSAGES_TO * part, partial(self._note, "SNS and SES take messages again")),
            (RELEASE * part, self._release),
            (part, partial(self._note, "the last visitor comes")),
        )
        began, ended = (self.nine + share * part for share in (TABLE_FROM, TABLE_TO))
        self.cloud.outages += [
            Outage("sns", self.nine, self.nine + MESSAGES_TO * part, 1.0),
            Outage("sesv2", self.nine, self.nine + MESSAGES_TO * part, 1.0),
            Outage("dynamodb", began, ended, TABLE_SHARE, TABLE),
        ]
        time.run(self.nine + AFTER, lambda: self.over)
        self._note("nothing is open any more" if not self.open() else "some notices stay open")

    def _plan(self, *plans: tuple[float, Callable[[], None]]) -> None:
        for since_nine, act in plans:
            self.cloud.time.at(self.nine + since_nine, act)

    # ---- what happens

    def _as_any_morning(self) -> None:
        """Take back the release of the brake, which was for the cases of the day before."""
        assert "brake" not in self.switches, "the cases of the day before owe nothing"
        self.switch("REMOVE brake_released_until, released_notices, released_corrections")

    def _nine(self) -> None:
        self._note("SNS refuses every text, SES every email")
        self.say(f"{len(self.cases):,} arrests in one file")
        self.crowd.come(self.seconds)
        arrests = people.arrests(self.cases, self.now)
        self._drop("arrests.csv", arrests, partial(self._note, "the file of arrests is read"))

    def _poison(self) -> None:
        self._note("a poison file arrives")
        self._drop("arrests_poison.csv", people.poison())

    def _release(self) -> None:
        self._note("a release: every function begins in new processes")
        self.functions.renew()

    def _drop(self, name: str, body: bytes, read: Callable[[], None] = lambda: None) -> None:
        event = self.drop(name, body)
        self.give("import_feed", event, lambda good: read() if good else None)

    def give(self, function: str, event: Any, done: Done = lambda _: None) -> None:
        """Give a function an event; note one that it never took."""

        def ended(good: bool) -> None:
            if not good:
                self.functions.count(f"{VISIBLE} {LEFT}", 1.0)
            done(good)

        super().give(function, event, ended)

    def look(self) -> None:
        """See what a call has changed, and when each stream record was made."""
        for change in self.cloud.tables.leader.changes:
            self.functions.made[f"{change.number:010d}"] = self.cloud.time.now
        super().look()

    def arrive(self, message: Sent) -> None:
        """Let the receipt of a message come."""
        self.cloud.time.after(self.dice.uniform(*RECEIPT), partial(self._receipt, message))

    def _receipt(self, message: Sent) -> None:
        self.give("record_receipt", provider_events.event(message, "delivered", self.now))

    # ---- schedules and people

    def _minute(self) -> None:
        """Do what the schedules do in this minute; see the brake, and whether the day is over."""
        time, now = self.cloud.time, self.now
        if not self.over:
            time.at(time.now + MINUTE, self._minute)
        event = {"time": now.isoformat(timespec="seconds")}
        self.give("chase", event)
        if now.minute == 7:
            self.give("reconcile", event)
        self._look_at_the_brake()
        if now.minute % 10 == 0:
            got, sent = len(self.crowd.answers), len(self.cloud.sent)
            self.say(f"{now:%H:%M} UTC: {got:,} pages, {sent:,} messages, {self.open():,} open")
        late = time.now > self.nine + self.seconds
        quiet = not self.crowd.here and self.streams.empty and not self.functions.running
        self.over = late and quiet and not self.open()

    def _look_at_the_brake(self) -> None:
        """Release the brake as a person would who has heard the alarm, and then looks at cases."""
        time = self.cloud.time
        if "brake" not in self.switches:
            self._braked_at = 0.0
        elif not self._braked_at:
            self._braked_at = time.now
            self.brakes += 1
            self._note("the brake stops all messages")
        elif time.now >= self._rings_at() + NOTICED * self.seconds:
            self._release_brake()
            self._note("a supervisor who heard the alarm releases the brake")

    def _rings_at(self) -> float:
        """Return when the alarm of this brake rang; it may be later than now."""
        lines = (line for line in self.log.figures if f'"{BRAKE_ON}"' in line)
        figures, now = alarms.own_figures(lines), self.cloud.time.now
        rang, _ = alarms.judge(figures, self._braked_at, now)
        return next((one.at for one in rang if one.name == BRAKE_ON), math.inf)

    def _release_brake(self) -> None:
        from aviso.storage import sending_controls

        sending_controls.turn(**sending_controls.released(self.now))

    # ---- what came of it

    def open(self) -> int:
        """Return how many notices still wait for something."""
        notices = self.cloud.tables.leader.tables["Notices"].items.values()
        return sum(row["sk"] == HEAD and row["state"]["S"] in OPEN for row in notices)

    def _note(self, what: str) -> None:
        since = round(self.cloud.time.now - self.nine, 1)
        self.events.append((since, what))
        self.say(f"+{since:.0f} s: {what}")
