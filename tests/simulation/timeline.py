"""What is still to come, in order; and the dice of everyone who acts."""

import heapq
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random

from infra.harness.in_process import Stage

Act = Callable[[], None]


@dataclass
class Timeline:
    """Acts by the moment at which they happen."""

    stage: Stage
    seed: int

    def __post_init__(self) -> None:
        """Begin with nothing to come."""
        self.chance = Random(f"city {self.seed}")
        self._queue: list[tuple[datetime, int, Act]] = []
        self._order = count()

    def with_dice(self, name: str) -> "Timeline":
        """Return this timeline with dice of its own, so that other people's draws stay."""
        own = copy(self)
        own.chance = Random(f"{name} {self.seed}")
        return own

    @property
    def now(self) -> datetime:
        """The time on the stage's clock."""
        return self.stage.now

    def at(self, moment: datetime, act: Act) -> None:
        """Let something happen at a moment."""
        heapq.heappush(self._queue, (moment, next(self._order), act))

    def after(self, low: timedelta, high: timedelta, act: Act) -> None:
        """Let something happen within a stretch of time from now."""
        self.at(self.now + low + (high - low) * self.chance.random(), act)

    def odds(self, chance: float) -> bool:
        """Throw the dice."""
        return self.chance.random() < chance

    def next(self, end: datetime) -> Act | None:
        """Set the clock to what comes next, and return it; None when that is after the end."""
        if not self._queue or self._queue[0][0] > end:
            return None
        at, _, act = heapq.heappop(self._queue)
        self.stage.at(at)
        return act
