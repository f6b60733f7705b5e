"""Answers that must not tell what is behind them take equally long (docs/rules.md#15).

A case that exists takes a millisecond longer to read than one that does not. So the portal's
refusals, and what the desk finds for members who may not see every case, are answered at the next
of evenly spaced moments after the request came, which the work before it, of a few hundredths of a
second, does not shift.
"""

from time import perf_counter, sleep

STEP = 0.25  # seconds; 0 turns waiting off, for tests


def started() -> float:
    """Return the moment from which `wait` counts."""
    return perf_counter()


def wait(since: float) -> None:
    """Wait until the next moment at which such an answer may go."""
    if STEP:
        sleep(STEP - (perf_counter() - since) % STEP)
