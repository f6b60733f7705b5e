"""One run with one seed, from the first export to the last receipt.

Time marches in the events that chase and reconcile are given, so that hours pass in seconds; the
functions that stream records start live in the present throughout. That is why every march waits
until no function is at work: a claim made now would otherwise look hours old.
"""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from infra.local.drop_feed import release_brake, wait_for_import
from tests.chaos import agencies, receipts, stream_faults
from tests.chaos.agencies import Clerks
from tests.chaos.environment import DIED, World
from tests.chaos.named_people import NamedPeople
from tests.chaos.receipts import Carriers
from tests.rig.agencies import Requests, unfinished
from tests.rig.model import exports, generator, speakers
from tests.rig.model.hand_offs import EARLY, LATE, agreements
from tests.rig.model.observed import Evidence, Sent, was_cut_short
from tests.rig.model.scenario import Scenario
from tests.rig.waits import OPEN

# When each round of chase takes place, after the start: leases and retries, then the time texts
# and emails have for their receipts, then what these set in motion.
MARCH = [timedelta(minutes=m) for m in (14, 28, 155, 170, 420, 435)]
ROUNDS = 11
# Steps of chase after which nothing is due at once.
QUIETLY = {
    *("overdue", "held", "over", "not_mailed_yet", "still_waiting", "out_of_time"),
    *("hand_off_watched", "hand_off_waits"),
}
IMPORTED_BY = 600  # seconds: AWS tries an import that failed twice more, minutes apart
IMPORTS_AT_ONCE = 3
UNSEEN = 3  # files whose records age out before the planner sees them
SWITCHED_OFF = 4.0  # seconds that the kill switch is on
UNDER_WAY_SHARE = 0.7  # messages a case that have left when cases begin to change
ANSWERS = 240.0  # seconds in which people who were named may answer before their cases change
READ = 90  # seconds at most until agencies have read a name that is ended later
UNDER_WAY = 1.5  # seconds in which a message decided on before may still leave


@dataclass(slots=True)
class Run:
    """A run under way."""

    world: World
    scenario: Scenario
    say: Callable[[str], None]
    carriers: Carriers = field(init=False)
    evidence: Evidence = field(default_factory=Evidence)
    done: Counter[str] = field(default_factory=Counter)  # what the driver did, for the report
    sent_while_off: int = 0
    requests: Requests = field(init=False)
    clerks: Clerks = field(init=False)
    speakers: NamedPeople = field(init=False)
    _started: datetime = field(default_factory=lambda: datetime.now(UTC))
    _places: dict[str, int] = field(default_factory=dict)
    _unseen: range = range(0)

    def __post_init__(self) -> None:
        self.carriers = Carriers(self.scenario)
        self.requests = Requests(agreements(self.scenario))
        self.clerks = Clerks(self.world, self.requests)
        self.speakers = NamedPeople(self.world, speakers.named(self.scenario))

    def go(self) -> None:
        """Play everything."""
        self.world.faults(on=True)
        self._first_exports()
        with self.speakers.answering():
            self._change_under_way()
        # First what no record told of, or the records that come again would hide that it was lost.
        self._reconcile(datetime.now(UTC))
        self.say(f"reconcile found {self.done['found_by_reconcile']} that aged out")
        self._redeliver()
        self.say("every stream record delivered again")
        self._march()
        self.world.faults(on=False)
        self.requests.last = self.clerks.read()

    # ---- exports

    def _first_exports(self) -> None:
        """Load the first exports; of the last ones' stream records the planner sees nothing."""
        files = exports.first(self.scenario)
        self._load(files[:-UNSEEN])
        self._until_under_way()
        trigger = stream_faults.lose_from_here(self.world)
        begin = stream_faults.length(self.world, "CasesTable")
        self._load(files[-UNSEEN:])
        self._unseen = range(begin, stream_faults.length(self.world, "CasesTable"))
        stream_faults.resume(self.world, trigger)
        self.done["records_aged_out"] = len(self._unseen)
        agencies.agree(self.world, self.requests.agreed)
        self.speakers.name()
        self.say(f"{len(files)} files imported; messages are under way")

    def _until_under_way(self) -> None:
        """Wait until a share of the messages has left."""
        wanted = UNDER_WAY_SHARE * len(self.scenario.cases)
        self._wake_until(lambda: self.world.status()["sends"] >= wanted, 90)

    def _wake_until(self, enough: Callable[[], bool], seconds: float) -> None:
        """Wake what waits for imports or the brake until it is enough or the time is over.

        A third of the time later, and again, what a fault struck gets its next try too: a claim
        whose worker died is sent again twelve minutes later.
        """
        for later in (None, *MARCH[:2]):
            if later:
                self.world.settle()
                self._chase(datetime.now(UTC) + later)
            end = time.monotonic() + seconds / 3
            while time.monotonic() < end:
                if enough():
                    return
                self._wake()
                time.sleep(1)

    def _wake(self) -> None:
        """Let go what the brake or imports held; no claim is given up that early."""
        self._release_brake()
        self._chase(datetime.now(UTC) + timedelta(minutes=6), times=1)

    def _load(self, files: list[exports.Export]) -> None:
        bucket = self.world.aws.outputs["FeedBucket"]
        dropped: deque[tuple[str, datetime]] = deque()
        for file in files:
            if len(dropped) == IMPORTS_AT_ONCE:
                wait_for_import(self.world.aws, *dropped.popleft(), IMPORTED_BY)
            key = f"incoming/{file.name}"
            dropped.append((key, datetime.now(UTC)))
            self.world.aws.client("s3").put_object(Bucket=bucket, Key=key, Body=file.body)
        for key, at in dropped:
            wait_for_import(self.world.aws, key, at, IMPORTED_BY)
        self.done["files"] += len(files)

    def _change_under_way(self) -> None:
        """Turn the kill switch, let people text STOP and cases change while messages leave."""
        self._kill_switch()
        self._wake()
        for phone in self.scenario.stops:
            receipts.stop(self.world, phone, again=False)
        self.evidence.change_from = datetime.now(UTC)
        agencies.take_back(self.world, self.requests.agreed, EARLY)
        named = self.speakers.named
        self._load(exports.second(self.scenario, self.evidence.change_from, named))
        self._wake_until(self.speakers.nearly_all_answered, ANSWERS)
        self.say(f"{self.speakers.answered} of {len(named)} people named have answered")
        # What comes now is news to those who said yes.
        self.evidence.news_from = datetime.now(UTC)
        self._load(exports.third(self.scenario, self.evidence.news_from, named))
        self.evidence.change_by = datetime.now(UTC) + timedelta(seconds=UNDER_WAY)
        self._wake_until(self._names_are_read, READ)
        read = self.requests.shown
        self.say(f"agencies read {len(read)} requests, {sum(bool(r.speaker) for r in read)} names")
        self.speakers.late = True
        self._give()
        self.world.settle()
        for phone in self.scenario.stops:
            receipts.stop(self.world, phone, again=True)
        self.world.settle()
        self.clerks.confirm()
        agencies.take_back(self.world, self.requests.agreed, LATE)
        self.requests.taken_back_by = datetime.now(UTC)
        self.done["hand_offs_confirmed"] = len(self.requests.confirmed)
        self.evidence.stopped = dict.fromkeys(self.scenario.stops, datetime.now(UTC))
        self.say(
            f"kill switch, STOPs, changed cases; {self.world.status()['sends']} messages so far"
        )

    def _names_are_read(self) -> bool:
        """Whether agencies, which look again, have read a name that a victim ends late."""
        shown = self.clerks.read()
        late = [one.surname for one in self.speakers.named.values() if one.ends == "late"]
        return any(name in one.speaker for one in shown for name in late)

    def _kill_switch(self) -> None:
        """Switch everything off and on again; nothing leaves meanwhile."""
        self.world.switch("SET kill = :yes", {":yes": {"BOOL": True}})
        off = time.time() + UNDER_WAY
        time.sleep(SWITCHED_OFF)
        on = time.time()
        self.world.switch("SET kill = :no", {":no": {"BOOL": False}})
        sends = self.world.journal()["sends"]
        under_way = [s for s in sends if s["notice"] and off < s["at"] < on]
        self.sent_while_off = sum(off < s["since"] for s in under_way)
        self.done["kill_switch"] += 1

    def _release_brake(self) -> None:
        """Look at what the brake stopped, as a person would, and let it go on."""
        if self.world.is_braked():
            release_brake(self.world.aws)
            self.done["brake_released"] += 1

    # ---- again, and later

    def _redeliver(self) -> None:
        """Deliver every stream record that has come since the last time once more."""
        for table, function, unseen in (
            ("CasesTable", "plan_notices", self._unseen),
            ("NoticesTable", "send_notice", range(0)),
        ):
            place, records = stream_faults.redeliver(
                self.world,
                table,
                function,
                self.scenario.seed,
                skip=self._places.get(table, 0),
                unseen=unseen,
            )
            self._places[table] = place
            self.done["records_delivered_again"] += records

    def _march(self) -> None:
        """Let hours pass, with receipts in between, until nothing is open."""
        for n in range(ROUNDS):
            self._release_brake()
            self._give()
            self.world.settle()
            later = MARCH[min(n, len(MARCH) - 1)] + timedelta(minutes=15) * max(
                0, n - len(MARCH) + 1
            )
            at = self._started + later
            if n == 2:
                self._reconcile(at)  # half a case has waited long enough: a person's task
                self.world.settle()
            steps = self._chase(at)
            self._redeliver()
            self.world.settle()
            still = sum(row["state"] in OPEN for row in self.world.ledger())
            handed = [row for rows in agencies.rows(self.world).values() for row in rows]
            still += sum(map(unfinished, handed))
            said = ", ".join(f"{count} {step}" for step, count in steps.most_common(5))
            minutes = int(later.total_seconds()) // 60
            clock = f"+{minutes // 60}:{minutes % 60:02d}"
            self.say(f"{clock}: {said or 'nothing due'}; {still} open")
            if n >= len(MARCH) - 2:
                self.world.faults(on=False)  # the storm ends; what is left must find its end
            if n >= len(MARCH) - 1 and not still and not self.carriers.waiting:
                return

    def _give(self) -> None:
        self.carriers.notice(self.world.journal()["sends"])
        self.carriers.give(self.world)

    def _chase(self, at: datetime, times: int = 12) -> Counter[str]:
        """Chase as of a time, until it finds nothing to do or as often as is said."""
        steps: Counter[str] = Counter()
        for n in range(times):
            try:
                now = Counter(self.world.aws.invoke("chase", {"time": at.isoformat()}))
            except DIED:
                self.done["chase_failed"] += 1  # it comes again a minute later
                continue
            steps += now
            if not set(now) - QUIETLY or n == times - 1:
                break
            self.world.settle()
        return steps

    def _reconcile(self, at: datetime) -> None:
        start = ""
        for _ in range(12):
            try:
                found = self.world.aws.invoke("reconcile", {"time": at.isoformat(), "start": start})
            except DIED:
                self.done["reconcile_failed"] += 1
                continue
            self.done["found_by_reconcile"] += found["missing"]
            start = found["go_on_at"]
            if not start and not found["failed"]:
                return

    # ---- what came of it

    def gather(self, ledger: list[dict[str, str]]) -> Evidence:
        """Complete the evidence with what was sent for whom."""
        keys = {r["pk"]: (r["case"], r["victim"], r["kind"], r["fact"]) for r in ledger}
        journal = self.world.journal()
        for send in journal["sends"]:
            if send["notice"] in keys:
                self.evidence.sent.setdefault(keys[send["notice"]], []).append(
                    Sent(
                        to=send["to"],
                        at=datetime.fromtimestamp(send["at"], UTC),
                        channel=send["channel"],
                        crash=send["crash"],
                        receipt=self.carriers.outcomes.get(send["id"], ""),
                        late=send["id"] in self.carriers.late,
                        since=datetime.fromtimestamp(send["since"], UTC),
                    )
                )
        self.evidence.named = self.speakers.named
        self.evidence.disturbed = {keys[n] for n in journal["disturbed"] if n in keys}
        self.evidence.cut_short = {keys[n] for n in self._cut_short() if n in keys}
        return self.evidence

    def _cut_short(self) -> set[str]:
        """Return the notices of which one message may be enough, by their own history."""
        images: dict[str, list[dict[str, str]]] = {}
        for record in stream_faults.read(self.world, "NoticesTable"):
            change = record["dynamodb"]
            row = {n: next(iter(v.values())) for n, v in change.get("NewImage", {}).items()}
            if row.get("sk") == "NOTICE":
                row["~at"] = change["ApproximateCreationDateTime"]
                images.setdefault(row["pk"], []).append(row)
        return {notice for notice, found in images.items() if was_cut_short(found)}


def play(world: World, seed: int, cases: int, say: Callable[[str], None]) -> Run:
    """Make a scenario of this seed and play it in a deployed world."""
    run = Run(world, generator.make(seed, cases, datetime.now(UTC)), say)
    run.go()
    return run
