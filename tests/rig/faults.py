"""Which call fails how: drawn from the seed, call by call; in memory and before local AWS.

The proxies of local AWS run this in its environment, so it needs nothing but Python's library.

A fault that does not happen any more still takes its number from the dice, so that a run without
it is the same run up to there. That is how `shrink` finds the last fault that matters.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

TAKEN = ("reply_lost", "5xx_taken")  # the call took effect, and its caller does not know
KILLED = ("killed_before", "killed_after")
# What a service says that does not take a call: code and status.
CODES: Mapping[tuple[str, str], tuple[str, int]] = {
    ("dynamodb", "throttled"): ("ProvisionedThroughputExceededException", 400),
    ("dynamodb", "5xx"): ("InternalServerError", 500),
    ("sns", "throttled"): ("Throttling", 400),
    ("sesv2", "throttled"): ("TooManyRequestsException", 429),
    ("s3", "throttled"): ("SlowDown", 503),
    ("s3", "5xx"): ("InternalError", 500),
    ("secretsmanager", "5xx"): ("InternalServiceError", 500),
    ("lambda", "throttled"): ("TooManyRequestsException", 429),
    ("lambda", "5xx"): ("ServiceException", 500),
}
USUAL = {"throttled": ("ThrottlingException", 400), "5xx": ("InternalFailure", 500)}
# How many of 10,000 calls each fault strikes, by what the call is to the flow.
FAULTS = (
    *("killed_before", "killed_after", "throttled", "5xx", "5xx_taken"),
    *("reset", "no_connection", "reply_lost", "conflict", "slow"),
)
STRIKES = {
    "table": (7, 9, 30, 15, 0, 10, 0, 30, 0, 40),
    "transaction": (7, 30, 30, 15, 0, 10, 0, 40, 40, 30),
    "claim": (10, 50, 30, 20, 0, 10, 0, 50, 0, 40),
    "send": (40, 60, 300, 100, 40, 100, 100, 80, 0, 200),
    "other": (7, 9, 20, 10, 0, 20, 0, 20, 0, 40),
}
RATES: Mapping[str, Mapping[str, float]] = {
    role: {fault: n / 10_000 for fault, n in zip(FAULTS, row, strict=True) if n}
    for role, row in STRIKES.items()
}
# What AWS does to a batch of stream records, or to an event.
DELIVERY: Mapping[str, float] = {
    "twice": 0.04,
    "twice_at_once": 0.02,
    "twice_later": 0.02,
    "late": 0.01,
    "never": 0.004,
}
SENDS = ("sns", "ses")
# The largest number of faults in a row for one process: the SDK tries four times, so that a call
# on a table succeeds in the end, as it does on AWS. Sends are tried once and need no such limit.
IN_A_ROW = 2
HELD = 0.01  # of the messages expected: a call that is held takes a process for seconds
CRASHES = 0.03  # likewise: messages that left and will not be marked
AGAIN = 0.35  # how probable it is that the repetition of a failed call fails too
OVERLAP = 0.3  # share of seeds in which chase always runs twice at once, and indexes lag more
WEATHER = (0.0, 0.5, 1.0, 1.0, 2.0, 4.0)  # how many times these chances a seed has
BEATS = (1, 2, 4, 7)  # minutes from one run of chase to the next: a schedule may come late
CALM_BEAT = 30  # likewise, once nothing fails


@dataclass(slots=True)
class Faults:
    """The dice of one run, and what they did."""

    seed: int
    first: int = 1 << 60  # the number of the first fault that does not happen
    late: bool = False  # whether the schedule of chase may come late
    on: bool = True
    done: Counter[str] = field(default_factory=Counter)
    drawn: int = 0
    weather: float = 1.0
    overlap: bool = False
    dice: Random = field(init=False)
    _beat: int = field(init=False)

    def __post_init__(self) -> None:
        self.dice = Random(f"faults {self.seed}")
        self.weather = self.dice.choice(WEATHER)
        self.overlap = self.dice.random() < OVERLAP
        self._beat = Random(f"beat {self.seed}").choice(BEATS) if self.late else 1

    @property
    def beat(self) -> int:
        """The minutes from one run of chase to the next."""
        return max(self._beat, CALM_BEAT) if self.late and not self.on else self._beat

    def is_beat(self, minute: int) -> bool:
        """Whether chase runs in this minute of the hour."""
        return minute % self.beat == self.beat - 1

    def of_call(self, role: str, *, again: bool) -> str:
        """Return the fault that strikes a call, an empty text for none."""
        chances = RATES[role]
        return self._draw(chances, AGAIN / sum(chances.values()) if again else self.weather)

    def of_delivery(self) -> str:
        """Return what goes wrong with the delivery of a batch or an event."""
        return self._draw(DELIVERY, self.weather)

    def _draw(self, chances: Mapping[str, float], times: float) -> str:
        dice = self.dice.random()
        if not self.on:
            return ""
        for name, chance in chances.items():
            dice -= chance * times
            if dice < 0:
                return self._allowed(name)
        return ""

    def _allowed(self, name: str) -> str:
        self.drawn += 1
        return name if self.drawn <= self.first else ""

    def slow(self) -> float:
        """Return by how many seconds a slow call is late."""
        return self.between(1, 4)

    def latency(self) -> float:
        """Return how long a call takes, in seconds: most are quick."""
        dice = self.dice.random()
        return 0.002 + 0.01 * dice if dice < 0.95 else 0.05 + 2 * (dice - 0.95)

    def between(self, low: float, high: float) -> float:
        """Return a number in a range."""
        return self.dice.uniform(low, high)


@dataclass(slots=True)
class Few(Faults):
    """Before local AWS: some faults stay a share of the messages expected."""

    duties: int = 0
    on: bool = False
    crashes: int = 0
    held: int = 0  # calls

    def __post_init__(self) -> None:
        Faults.__post_init__(self)
        self.weather, self.dice = 1.0, Random(self.seed)

    def choose(self, service: str, role: str, in_a_row: int) -> str:
        """Return the fault that strikes a call, an empty text for none."""
        if not role or (in_a_row >= IN_A_ROW and service not in SENDS):
            return ""
        fault = self.of_call(role, again=False)
        crashes = fault in KILLED or (role == "send" and fault in TAKEN)
        if crashes and self.crashes >= CRASHES * self.duties:
            return ""
        if fault == "conflict" or (fault == "no_connection" and not self.may_hold):
            return ""
        return fault

    @property
    def may_hold(self) -> bool:
        """Whether one more call may be held."""
        return self.held < HELD * self.duties


def refusal_of(service: str, fault: str) -> tuple[str, int]:
    """Return code and status by which a service refuses a call."""
    kind = fault.removesuffix("_taken")
    return CODES.get((service, kind), USUAL[kind])
