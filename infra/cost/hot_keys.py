"""How hot each table's hottest key gets, from simulated keys: for docs/scaling.md.

    python -m infra.cost.hot_keys        a table in Markdown

Keys of shards and of single items: draws keys with the product's own key functions, and finds the
share of the traffic that the hottest one takes. Compares its peak rate with what one partition can
take: 1,000 write units and 3,000 read units a second (DynamoDB developer guide, "Designing
partition keys"). A case and a notice have keys of their own, so their heat does not grow with the
number of victims: the hottest is one whose rows come all at once, as fast as they are written.
"""

import random
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

DRAWS = 100_000
MONTH_SECONDS = 30.4 * 86_400
PEAK = 20  # the busiest minutes against the mean: a nightly export read at once
WRITE_LIMIT, READ_LIMIT = 1_000, 3_000
VOLUMES = (3_000, 300_000, 3_000_000)


@dataclass(frozen=True, slots=True)
class Traffic:
    """Who touches a table's keys, how often a victim."""

    what: str
    key: Callable[[random.Random], str]
    per_victim: float
    units: float
    limit: int = WRITE_LIMIT


@dataclass(frozen=True, slots=True)
class Burst:
    """The rows of one key written one after the other, whatever the number of victims."""

    what: str
    a_second: float
    units: float
    limit: int = WRITE_LIMIT


@cache
def traffic() -> tuple[Traffic, ...]:
    """Return every kind of key that grows with the number of victims."""
    return tuple(_traffic())


def _traffic() -> Iterator[Traffic]:
    from aviso.domain.notice import State
    from aviso.storage import audit, case_items, counters, notice_items

    def hexes(draw: random.Random) -> str:
        return f"{draw.getrandbits(128):032x}"

    yield Traffic(
        "Notices, due_index", lambda d: notice_items.due_shard(hexes(d), State.PLANNED), 12, 1
    )
    yield Traffic(
        "Notices, letters queued", lambda d: notice_items.due_shard(hexes(d), State.QUEUED), 1, 1
    )
    yield Traffic("Notices, tasks held", lambda _: "HELD", 0.3, 1)
    yield Traffic("Cases, touched_index", lambda d: case_items.touched_shard(hexes(d)), 8, 2)
    yield Traffic("Cases, contacts for the export", lambda _: "EXPORT", 0.3, 1)
    yield Traffic("Guards, replies and sign-ups", lambda _: "REPLY", 0.1, 1)
    yield Traffic("Audit, by day and shard", lambda d: str(d.randrange(audit.SHARDS)), 4, 1)
    yield Traffic(
        "Tallies, by shard", lambda d: str(zlib.crc32(hexes(d).encode()) % counters.SHARDS), 15, 2
    )
    yield Traffic("Guards, this hour's count", lambda _: "HOUR", 3, 1)
    yield Traffic("Guards, switches (read)", lambda _: "SWITCHES", 3, 1, READ_LIMIT)


def bursts() -> Iterator[Burst]:
    """Yield the keys that are written all at once: one worker writes some 300 rows a second."""
    yield Burst("One case's rows in one export", 300, 2)  # a row and its index of phones
    yield Burst("One notice, from planned to sent", 2, 6)  # a row in up to five indexes


@cache
def hottest(one: Traffic, draws: int = DRAWS) -> float:
    """Return the share of a table's traffic that its hottest key takes."""
    draw = random.Random(6)
    return max(Counter(one.key(draw) for _ in range(draws)).values()) / draws


def peak_units(one: Traffic, victims: int) -> float:
    """Return the units a second on the hottest key in the busiest minutes."""
    mean = victims * one.per_victim * one.units / MONTH_SECONDS
    return mean * PEAK * hottest(one)


def table() -> str:
    """Return each key by volume, as a table."""
    heads = " | ".join(f"{v:,} a month" for v in VOLUMES)
    lines = [f"| key | {heads} | one key bears | victims a month until then |"]
    lines.append("| --- |" + " ---: |" * (len(VOLUMES) + 2))
    for one in traffic():
        rates = [peak_units(one, victims) for victims in VOLUMES]
        most = VOLUMES[-1] * one.limit / rates[-1]
        cells = " | ".join(f"{rate:,.3g}" for rate in rates)
        lines.append(f"| {one.what} | {cells} | {one.limit:,} | {most / 1e6:,.0f} million |")
    for burst in bursts():
        cells = " | ".join([f"{burst.a_second * burst.units:,.3g}"] * len(VOLUMES))
        lines.append(f"| {burst.what} | {cells} | {burst.limit:,} | does not grow |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
