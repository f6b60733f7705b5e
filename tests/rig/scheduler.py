"""One scheduler owns the time: invocations run one at a time and change places at their calls.

An invocation is a greenlet. It gives its turn away when it waits, which it does at each call to
AWS. Nothing else lets another one run, so a seed that decides each wait decides the whole run.
"""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

from greenlet import getcurrent, greenlet

Act = Callable[[], object]


class Killed(BaseException):
    """The process of an invocation ends at once; no `except Exception` sees it."""


class Scheduler:
    """What is still to come, by its moment; at one moment, in the order in which it was entered."""

    def __init__(self, start: float, set_clock: Callable[[float], object]) -> None:
        """Begin at a moment, in seconds since 1970."""
        self.now = start
        self._set_clock = set_clock
        self._queue: list[tuple[float, int, Act]] = []
        self._order = count()
        self._main = getcurrent()

    @property
    def utc(self) -> datetime:
        """The time as a moment."""
        return datetime.fromtimestamp(self.now, UTC)

    def at(self, when: float, act: Act) -> None:
        """Let something happen at a moment, or at once when that is over."""
        heapq.heappush(self._queue, (max(when, self.now), next(self._order), act))

    def after(self, seconds: float, act: Act) -> None:
        """Let something happen so many seconds from now."""
        self.at(self.now + seconds, act)

    def start(self, task: greenlet) -> None:
        """Let a new invocation begin, when its turn comes."""
        task.parent = self._main
        self.at(self.now, task.switch)

    def sleep(self, seconds: float) -> None:
        """Give the turn away for so long; outside an invocation nothing waits."""
        current = getcurrent()
        if current is not self._main:
            self.after(seconds, current.switch)
            self._main.switch()

    def run(self, until: float, ended: Callable[[], bool]) -> bool:
        """Let everything happen in order; return whether `ended` became true before a moment."""
        while self._queue:
            when, _, act = heapq.heappop(self._queue)
            if when > until:
                return False
            if when != self.now:
                self.now = when
                self._set_clock(when)
            act()
            if ended():
                return True
        return False
