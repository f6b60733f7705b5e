"""Breaks the product on purpose: the run must find it."""

from collections.abc import Iterator
from itertools import count
from typing import Any

EVERY = 40
SABOTAGES = ("miscount",)


def apply(name: str) -> None:
    """Break one thing: `miscount` loses what one event in forty adds to its counters."""
    if name != "miscount":
        return
    from aviso.storage import counters

    honest, events = counters._adds, count(1)

    def adds(event: str, deltas: Any) -> Iterator[dict[str, Any]]:
        if next(events) % EVERY:
            yield from honest(event, deltas)

    counters._adds = adds
