"""Keeps to the account's sending rates; both senders ask here before they call.

Each process has its share: the account's rate divided by how many copies of the function may run
(its reserved concurrency). No counter is shared and no write is needed; see
docs/decisions/pacing.md. A short wait is slept; a longer one returns the notice to `waiting`.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from aviso.domain.errors import SendDeferred
from aviso.runtime import environment

PATIENCE_SECONDS = 3.0  # a text of three parts at one part a second


class Pace:
    """One channel's share of the rate, kept as the time at which the next message may be sent."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Allow this many units a second; 0 means no limit."""
        self._interval = 1 / per_second if per_second > 0 else 0.0
        self._clock = clock
        self._sleep = sleep
        self._taken_at = 0.0
        self._cost = 0.0

    def take(self, units: int, seconds_left: float) -> None:
        """Wait for a turn, if it comes soon.

        Args:
            units: the message's size: 1 for an email, the number of parts for a text.
            seconds_left: how long to wait at most.

        Raises:
            SendDeferred: with `retry_after`, when the turn comes too late.
        """
        now = self._clock()
        passed = now - self._taken_at
        # A clock that went back (a process restored from a snapshot) starts over.
        wait = max(0.0, self._cost - passed) if passed >= 0 else 0.0
        if wait > min(PATIENCE_SECONDS, seconds_left):
            raise SendDeferred("paced", timedelta(seconds=wait))
        if wait:
            self._sleep(wait)
        self._taken_at = now + wait
        self._cost = units * self._interval


def share(variable: str) -> Pace:
    """Return this process's share of an account's rate.

    Args:
        variable: names the account's rate a second; SENDERS says how many processes share it.
    """
    rate = float(environment.name(variable, "0"))
    return Pace(rate / max(1, int(environment.name("SENDERS", "1"))))
