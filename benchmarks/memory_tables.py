"""The tables of `make bench ONLY=memory`, for a terminal and for docs/performance.md."""

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from benchmarks.memory import EVENTS, HAND_OVER, PAGES, SIZES, explained
from benchmarks.programs import PEERS, TITLES
from benchmarks.report import table
from infra.harness import cloudformation
from infra.repository import ROOT

TITLED = {"find": "first page", "status": "status page"}
ENOUGH = 100  # runs for a 99th percentile; of fewer, the longest is shown
A_MILLION = 1_000_000
NONE = "-"  # no undisturbed run
HEAD = tuple(f"{mb:,} MB" for mb in SIZES)

Sample = Mapping[str, float]


def tables(found: Mapping[str, Any]) -> str:
    """Return every table, with what was and was not limited."""
    samples, left_out, runs = undisturbed(found)
    parts = (_pages(samples), _hand_over(samples), _snapshot(samples), _functions(samples),
             _dollars(samples))  # fmt: skip
    return "\n\n".join((f"{said(found)} {left_out:,} of {runs:,} runs are left out.", *parts))


def undisturbed(found: Mapping[str, Any]) -> tuple[dict[str, Any], int, int]:
    """Return the samples without the runs that their share does not explain, and both counts.

    What was estimated is whole.
    """
    kept: dict[str, Any] = {}
    left_out = runs = 0
    for name, sizes in found["samples"].items():
        waits = found["waited_ms"][name.split()[1]]
        for mb, ways in sizes.items():
            for how, taken in ways.items():
                good = [
                    s for s in taken if not found["limited"] or explained(s, int(mb), how, waits)
                ]
                kept.setdefault(name, {}).setdefault(mb, {})[how] = good
                left_out, runs = left_out + len(taken) - len(good), runs + len(taken)
    return kept, left_out, runs


def said(found: Mapping[str, Any]) -> str:
    """Return how it was measured in this run."""
    waits = ", ".join(f"{name} {ms}" for name, ms in found["waits_ms"].items())
    how = (
        "Each process had its share of a processor by a control group."
        if found["limited"]
        else "**Estimated**: no share could be set, so times are processor time divided by it."
    )
    return (
        f"{how} AWS answered after these milliseconds (assumed): {waits}. Each cell has the "
        f"median, the 99th percentile and the number of runs. Fewer than {ENOUGH} runs have no "
        "99th percentile: the cell names the longest. Another program stopped a run that took "
        "longer than its share and AWS's answers explain."
    )


def _times(samples: Mapping[str, Any], name: str, how: str) -> tuple[str, ...]:
    """Return a program's median and 99th percentile at each size."""
    return tuple(both([whole(s) for s in runs_of(samples, name, mb, how)]) for mb in SIZES)


def runs_of(samples: Mapping[str, Any], name: str, mb: int, how: str) -> Sequence[Sample]:
    """Return a program's runs at a size, perhaps none."""
    found: Sequence[Sample] = samples.get(name, {}).get(str(mb), {}).get(how, ())
    return found


def whole(sample: Sample) -> float:
    """Return the milliseconds that a caller waits."""
    return sample["load"] + sample["answer"]


def both(values: Sequence[float]) -> str:
    """Return a median, a 99th percentile or the longest of few, and how many; a dash for none."""
    if not values:
        return NONE
    name, high = p99(values)
    return f"{_ms(statistics.median(values))} · {name} {_ms(high)} · n {len(values)}"


def p99(values: Sequence[float]) -> tuple[str, float]:
    """Return the 99th percentile by its name, or the longest of fewer than `ENOUGH`.

    The 99th percentile is the smallest of the values that 99 of 100 do not exceed.
    """
    if len(values) < ENOUGH:
        return "longest", max(values)
    return "p99", sorted(values)[math.ceil(len(values) * 0.99) - 1]


def _ms(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _pages(samples: Mapping[str, Any]) -> str:
    """Return the two pages of ours, the peers and the floor: cold, cold without burst, warm."""
    kinds = {"burst": "cold", "flat": "cold, no burst", "warm": "warm"}
    blocks = []
    for page in PAGES:
        names = [f"portal {page}", *(f"{peer} {page}" for peer in PEERS)]
        if f"floor {page}" in samples:
            names.insert(1, f"floor {page}")
        rows = [
            (f"{kinds[how]}: {TITLES[name.split()[0]]}", *_times(samples, name, how),
             *(_ratio(samples, page, name, how, mb) for mb in SIZES))
            for how in kinds
            for name in names
        ]  # fmt: skip
        head = (f"{TITLED[page]}, ms", *HEAD, *(f"× Aviso, {mb}" for mb in HEAD))
        blocks.append(table(head, rows))
    return "\n\n".join(blocks)


def _ratio(samples: Mapping[str, Any], page: str, name: str, how: str, mb: int) -> str:
    """Return a program's median as a multiple of ours."""
    ours, own = (runs_of(samples, n, mb, how) for n in (f"portal {page}", name))
    if not ours or not own:
        return NONE
    return f"{statistics.median(map(whole, own)) / statistics.median(map(whole, ours)):.2f}"


def _snapshot(samples: Mapping[str, Any]) -> str:
    """Return what a snapshot would take the place of: loading, beside what it leaves."""
    rows = []
    for page in PAGES:
        for how, said in (("burst", ""), ("flat", ", no burst")):
            cells = []
            for mb in SIZES:
                taken = runs_of(samples, f"portal {page}", mb, how)
                cells += [_median(taken, part) for part in ("load", "answer")]
            rows.append((f"{TITLED[page]}{said}", *cells))
    head = [f"{part}, {mb}" for mb in HEAD for part in ("load", "answer")]
    return table(("Aviso cold, median ms", *head), rows)


def _median(taken: Sequence[Sample], part: str) -> str:
    return _ms(statistics.median(sample[part] for sample in taken)) if taken else NONE


def _functions(samples: Mapping[str, Any]) -> str:
    """Return every function's times, and the memory that the template gives it."""
    given = cloudformation.memory_of_functions()
    cold, warm = [], []
    for event, function in EVENTS.items():
        name, title = f"{function} {event}", f"{function}: {TITLED.get(event, event)}"
        started = [s for mb in SIZES for s in runs_of(samples, name, mb, "burst")]
        peak = max((s["peak"] for s in started), default=0)
        row = title, f"{given[function]:,}"
        cold.append((*row, f"{peak:.0f}", *_times(samples, name, "burst")))
        warm.append((*row, *_times(samples, name, "warm")))
    return "\n\n".join((
        table(("function: event, cold, ms", "template MB", "peak MB", *HEAD), cold),
        table(("function: event, warm, ms", "template MB", *HEAD), warm),
    ))  # fmt: skip


def dollars(samples: Sequence[Sample], mb: int, prices: Mapping[str, float]) -> str:
    """Return what a million such calls cost; time is billed by the millisecond begun.

    Loading is billed too
    (https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/).
    """
    if not samples:
        return NONE
    seconds = statistics.mean(math.ceil(whole(sample)) for sample in samples) / 1000
    a_call = seconds * mb / 1024 * prices["lambda_gb_seconds"] + prices["lambda_requests"]
    return f"{a_call * A_MILLION:.2f}"


def _dollars(samples: Mapping[str, Any]) -> str:
    prices = yaml.safe_load((ROOT / "infra/cost/prices.yaml").read_text("utf-8"))["usage"]
    rows = [
        (f"{function}: {TITLED.get(event, event)}",
         *(dollars(runs_of(samples, f"{function} {event}", mb, how), mb, prices)
           for how in ("warm", "burst") for mb in SIZES))
        for event, function in EVENTS.items()
    ]  # fmt: skip
    head = ("dollars for a million calls", *(f"warm, {mb}" for mb in HEAD),
            *(f"cold, {mb}" for mb in HEAD))  # fmt: skip
    return table(head, rows)


def _hand_over(samples: Mapping[str, Any]) -> str:
    """Return how long it takes from the file to the text: ours, and the same calls bare."""
    kinds = {"warm": "all warm", "burst": "all cold", "flat": "all cold, no burst"}
    rows = [
        (f"{said}: {title}", *(both(of_hand_over(samples, mb, how, floor=floor)) for mb in SIZES))
        for how, said in kinds.items()
        for floor, title in ((False, TITLES["portal"]), (True, TITLES["floor"]))
        if not floor or how != "warm"
    ]
    return table(("arrest to hand-over, three functions, ms", *HEAD), rows)


def of_hand_over(
    samples: Mapping[str, Any], mb: int, how: str, *, floor: bool = False
) -> list[float]:
    """Return how long the three functions from the file to the text take one after the other."""
    names = [f"{'floor' if floor else EVENTS[event]} {event}" for event in HAND_OVER]
    rounds = zip(*(runs_of(samples, name, mb, how) for name in names), strict=False)
    return [sum(map(whole, taken)) for taken in rounds]
