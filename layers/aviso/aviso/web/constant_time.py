"""Answers that must not reveal anything take the same time (docs/rules.md#15).

A case that exists takes a millisecond longer to read than one that does not. So the portal's
refusals, and search results for members who may not see every case, are sent only at multiples of
`STEP` after the request arrived. The work before takes a few hundredths of a second, so it does not
change which multiple that is.
"""

from time import perf_counter, sleep

STEP = 0.25  # seconds; 0 turns waiting off, for tests


def started() -> float:
    """Return the start time for `wait`."""
    return perf_counter()


def wait(since: float, steps: int = 1) -> None:
    """Wait until the next moment at which such an answer may be sent: a multiple of some steps."""
    if STEP:
        sleep(STEP * steps - (perf_counter() - since) % (STEP * steps))
