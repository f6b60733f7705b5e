"""The play: exports, receipts, STOPs, switches and visits, from the first to the last.

The cases and exports are those of `tests/chaos`. Here their days pass on the rig's own clock, so
quiet hours, patience and deadlines are the sample agency's, unchanged.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from infra.harness import provider_events
from infra.harness.web_page import complete, request
from tests.rig import growth
from tests.rig.calls import Outage, Sent
from tests.rig.cloud import Cloud
from tests.rig.faults import Faults
from tests.rig.functions import Functions
from tests.rig.model import exports, generator, heard, incapacity, renumbered
from tests.rig.model.hand_offs import EARLY
from tests.rig.model.scenario import Case, Scenario
from tests.rig.scheduler import Scheduler
from tests.rig.streams import HEAD
from tests.rig.world import World
from tests.storm.agencies import Agencies
from tests.storm.leaving import Leavers
from tests.storm.schedules import Schedules
from tests.storm.supervisor import Supervisor
from tests.storm.visits import Visits

MINUTE, HOUR = 60.0, 3600.0
CONFIRM = 3.4 * HOUR  # after the start, at the earliest: every export is there by then
STORM = 6 * HOUR  # how long calls fail
AT_LEAST, AT_MOST = 9 * HOUR, 120 * HOUR  # how long a run takes
LOST, LATE, TWICE = 0.05, 0.2, 0.2  # shares of receipts
LATE_AFTER = 10 * MINUTE  # a receipt after this may find that the next step was taken
UNSUBSCRIBES = 0.02
MAIL_DOWN = 0.4  # share of runs in which no email goes when cases change
SWITCHES = 0.01  # share of messages after which somebody turns the kill switch for a while
FIRST_DAY = datetime(2026, 3, 2, tzinfo=UTC)
# In a restricted case these are only on the page. The sample agency has none.
ON_PAGE = frozenset({"detective_assigned", "status_changed", "case_closed"})


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides a run: the same plan gives the same run, byte for byte, at one commit."""

    seed: int
    cases: int
    keep: tuple[int, ...] = ()  # places of the cases that are played; none for all
    first: int = 1 << 60  # the number of the first fault that does not happen


@dataclass
class Days(World):
    """One run of a plan."""

    plan: Plan
    scenario: Scenario
    outcomes: dict[str, str] = field(default_factory=dict)  # message -> the receipt that was taken
    late: set[str] = field(default_factory=set)
    stopped: dict[str, float] = field(default_factory=dict)  # address -> the opt-out acts since
    texted: dict[str, list[float]] = field(default_factory=dict)  # phone -> when it sent texts
    changed: dict[str, list[float]] = field(default_factory=dict)  # case -> from, by
    known: set[str] = field(default_factory=set)  # cases whose first people were imported ...
    first_late: set[str] = field(default_factory=set)  # ... or not yet when they changed
    killed: list[tuple[float, float]] = field(default_factory=list)  # the kill switch is on between
    changing: int = 0  # files with changes that are still to be taken
    pending: int = 0  # receipts and texts that are still to come
    finished: bool = False

    @classmethod
    def of(cls, plan: Plan, set_clock: Any, *, journal: bool = False) -> "Days":
        """Set up a run; nothing has happened yet."""
        dice = Random(f"start {plan.seed}")
        minutes = dice.randrange(20 * 24 * 60)
        start = FIRST_DAY + timedelta(minutes=minutes)
        scenario = generator.make(plan.seed, plan.cases, start)
        incapacity.mark(scenario)
        incapacity.mark_later(scenario)
        growth.mark(scenario)
        heard.mark(scenario)
        scenario.only_on_page = ON_PAGE
        renumbered.mark(scenario)
        if plan.keep:
            scenario.cases = [scenario.cases[n] for n in plan.keep]
        time = Scheduler(start.timestamp(), set_clock)
        faults = Faults(plan.seed, plan.first, late=True)
        cloud = Cloud(time, faults, plan.seed, journal=[] if journal else None)
        cloud.tables.growth.room //= growth.LESS
        return cls(Functions(cloud), plan, scenario)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.dice = Random(f"days {self.plan.seed}")
        self.turns = Random(f"switches {self.plan.seed}")
        self.start = self.cloud.time.now
        self._texts = 0
        told = (self.changed, self.first_late)
        self.visits = Visits(self.cloud, self.functions, self.scenario, *told)
        self.leavers = Leavers(self.functions, self.scenario)
        self.agencies = Agencies(self.functions, self.scenario, self.leavers.left)
        self.supervisor = Supervisor(self.functions, self.scenario)
        self.schedules = Schedules(self.functions, self.plan.seed, self.dice)
        self._braked = self._looked = False

    def play(self) -> None:
        """Play until nothing is open, and nothing is to come."""
        time = self.cloud.time
        self._exports()
        for phone in self.scenario.stops:
            self._in(5 * MINUTE, 4 * HOUR, partial(self._stop, phone))
        off = self.start + self.dice.uniform(5 * MINUTE, HOUR)
        self._kill(off, off + self.dice.uniform(3 * MINUTE, 15 * MINUTE))
        if self.dice.random() < 0.4:
            down = self.start + self.dice.uniform(0, 3 * HOUR)
            service = self.dice.choice(("sns", "sesv2", "dynamodb"))
            long = 20.0 if service == "dynamodb" else 20 * MINUTE
            until = down + self.dice.uniform(5, long)
            self.cloud.outages.append(Outage(service, down, until))
        self.visits.plan(self.plan.seed)
        time.at(self.start + CONFIRM, self._agencies)
        time.at(self.start + STORM, self._calm)
        time.at(MINUTE * (1 + self.start // MINUTE), self._minute)
        time.run(self.start + AT_MOST, lambda: self.finished)

    def _in(self, low: float, high: float, act: Any) -> None:
        self.cloud.time.after(self.dice.uniform(low, high), act)

    # ---- files

    def _exports(self) -> None:
        for file in exports.first(self.scenario):
            self._in(0, 10 * MINUTE, partial(self._drop, file, ()))
        later = self.dice.uniform(20 * MINUTE, 3 * HOUR)
        if self.turns.random() < MAIL_DOWN:
            down = self.start + later
            self.cloud.outages.append(Outage("sesv2", down, down + 25 * MINUTE, share=1.0))
        self.cloud.time.after(later, partial(self.agencies.take_back, EARLY))
        for case in (c for c in self.scenario.cases if c.later_number):
            self._in(later, later + HOUR / 2, partial(self._renumber, case))
        changed = exports.second(self.scenario, self.now + timedelta(seconds=later))
        for file in changed:
            cases: list[Case] = []
            self.changing += "_2-" in file.name
            if "_2-" in file.name:
                cases = [c for c in self.scenario.cases if c.number.encode() in file.body]
            self._in(later, later + 10 * MINUTE, partial(self._drop, file, cases))

    def _drop(self, file: exports.Export, changes: Any) -> None:
        """Put a file into the feed bucket; note when a case begins to change, and has changed."""
        now = self.cloud.time.now
        event = self.drop(file.name, file.body)
        self.cloud.note(f"FILE {file.name}")
        for case in changes:
            self.changed.setdefault(case.number, [now, now])
            self.first_late |= {case.number} - self.known
        self._until_taken("import_feed", event, lambda: self._imported(file, changes))

    def _imported(self, file: exports.Export, changes: Any) -> None:
        self.changing -= bool(changes)
        for case in changes:
            self.changed[case.number][1] = self.cloud.time.now
        if file.name.startswith("people_") and not changes:
            here = {c.number for c in self.scenario.cases if c.number.encode() in file.body}
            self.known |= here
            self.agencies.agree(here)

    def _renumber(self, case: Case) -> None:
        """Export a case under another number once it is known under the first one."""
        rows = self.cloud.tables.leader.tables["Cases"].items
        if case.number not in self.known or (f"CASE#{case.number}", "CASE") not in rows:
            self.cloud.time.after(10 * MINUTE, partial(self._renumber, case))
            return
        first, then = exports.renumbered(case, self.now)

        def taken() -> None:
            for file in then:
                self._drop(file, ())

        self._until_taken("import_feed", self.drop(first.name, first.body), taken)

    def _until_taken(self, function: str, event: Any, taken: Any) -> None:
        """Give a function an event; what it never takes, a person gives it again in an hour."""
        self.pending += 1

        def done(good: bool) -> None:
            self.pending -= 1
            if good:
                taken()
            else:
                self.pending += 1
                self.cloud.time.after(HOUR, again)

        def again() -> None:
            self.pending -= 1
            self._until_taken(function, event, taken)

        self.give(function, event, done)

    # ---- what becomes of messages

    def arrive(self, message: Sent) -> None:
        """Draw a receipt, whether the reader presses the button, and a switch before the mark."""
        row = self.cloud.tables.leader.tables["Notices"].items[message.notice, "NOTICE"]
        self.leavers.hear(message, row["case"]["S"], row["kind"]["S"])
        if self.turns.random() < SWITCHES and self.cloud.faults.on:
            now = self.cloud.time.now
            self._kill(now, now + self.turns.choice((1.0, MINUTE, 20 * MINUTE)))
        dice = self.dice.random()
        to = message.address
        if to not in self.scenario.silent and dice >= LOST:
            fate = "dead" if to in self.scenario.dead else "delivered"
            wait = self.dice.uniform(2, 60)
            if dice < LOST + LATE:
                wait = self.dice.uniform(MINUTE, 5 * HOUR)
            for _ in range(2 if self.dice.random() < TWICE else 1):
                self.pending += 1
                self.cloud.time.after(wait, lambda: self._receipt(message, fate))
                wait += self.dice.uniform(0, HOUR)
        if (
            message.unsubscribe
            and to not in self.scenario.dead
            and self.dice.random() < UNSUBSCRIBES
        ):
            self._in(MINUTE, 3 * HOUR, lambda: self._unsubscribe(message))

    def _receipt(self, message: Sent, fate: str) -> None:
        self.pending -= 1
        event = provider_events.event(message, fate, self.now)

        def taken() -> None:
            self.outcomes[message.id] = "failed" if fate == "dead" else fate
            if self.cloud.time.now > message.left + LATE_AFTER:
                self.late.add(message.id)

        self._until_taken("record_receipt", event, taken)

    def _stop(self, phone: str) -> None:
        self._texts += 1
        self.texted.setdefault(phone, []).append(self.cloud.time.now)
        event = provider_events.text_from(phone, "Stop", self._texts, self.now)
        self._until_taken("record_receipt", event, lambda: self._heeded(phone))

    def _unsubscribe(self, message: Sent) -> None:
        """Press the mail program's button, which posts by itself (RFC 8058)."""
        path, _, token = message.unsubscribe.partition("?t=")
        way, host = f"/{path.rpartition('/')[2]}", "portal.example.org"
        asked = request("POST", way, host, "203.0.113.7", query=f"t={token}")
        event = complete(asked, {}, {"List-Unsubscribe": "One-Click"})

        def ended(page: Any, failed: bool) -> None:
            if (not failed and page["statusCode"] == 200) or self._is_opted_out(message):
                self._heeded(message.address)

        self.functions.invoke("portal", event, ended, later=not message.marked)

    def _is_opted_out(self, message: Sent) -> bool:
        """Whether an opt-out is stored, although nobody saw the page that says so."""
        rows, attempt = self.cloud.tables.rows, f"ATTEMPT#{int(message.tags['attempt']):03}"
        keys = {
            f"OPTOUT#{row['address_key']['S']}"
            for row in rows("Notices")
            if row["pk"]["S"] == message.notice and row["sk"]["S"] == attempt
        }
        return any(row["pk"]["S"] in keys for row in rows("Guards"))

    def _heeded(self, address: str) -> None:
        self.stopped.setdefault(address, self.cloud.time.now)
        self.cloud.note(f"STOPPED {address}")

    # ---- schedules and people

    def _minute(self) -> None:
        """Do what the schedules and people do in this minute."""
        time, now = self.cloud.time, self.now
        time.at(time.now + MINUTE, self._minute)
        self.schedules.minute(now)
        if now.minute % 5 == 0:
            self._people()
        if now.minute % 10 == 0:
            self._check()

    def _people(self) -> None:
        """Let somebody release the brake ten minutes after it was pulled, having looked."""
        if "brake" in self.switches and not self._braked:
            self._braked = True
            self.cloud.time.after(10 * MINUTE, self._release)

    def _agencies(self) -> None:
        """Let the desk work once every change is known: then a page is judged by all of it."""
        if self.changing:
            self.cloud.time.after(10 * MINUTE, self._agencies)
        else:
            self.agencies.work()
            self.supervisor.work(self.first_late)
            self.visits.judged = self.supervisor.judged

    def _release(self) -> None:
        self._braked = False
        until = self.now + timedelta(hours=12)
        self.switch(
            "SET brake_released_until = :until, released_notices = :all,"
            " released_corrections = :all, released_words = :all REMOVE brake",
            {
                ":until": {"S": until.strftime("%Y-%m-%dT%H:%M:%S.%fZ")},
                ":all": {"N": "100000"},
            },
        )

    def _kill(self, off: float, on: float) -> None:
        if all(off > end or on < begin for begin, end in self.killed):
            self.killed.append((off, on))
            for when, kill in ((off, True), (on, False)):
                self.cloud.time.at(when, partial(self._switch, kill=kill))

    def _switch(self, *, kill: bool) -> None:
        self.cloud.note(f"KILL SWITCH {kill}")
        self.switch("SET kill = :kill", {":kill": {"BOOL": kill}})

    def _calm(self) -> None:
        """From now on nothing fails: what is owed must find its end."""
        self.cloud.faults.on = False

    def _check(self) -> None:
        """See what waits for too long, and whether the run is over."""
        time = self.cloud.time
        rows = self.cloud.tables.leader.tables["Notices"].items.values()
        heads = (n for n in rows if n["sk"] == HEAD)
        waiting = self.streams.waits.check(heads, time.now, self.start + STORM)
        waiting |= self.agencies.open
        quiet = not (waiting or self.pending or self.functions.running)
        over = quiet and self.streams.empty and time.now > self.start + AT_LEAST
        self.finished = over and self._looked
        if over and not self._looked:
            self._looked = True
            self.agencies.look()
