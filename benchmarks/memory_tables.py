"""The tables of `make bench ONLY=memory`, for a terminal and for docs/performance.md."""

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from benchmarks.memory import EVENTS, HAND_OVER, PAGES, SIZES, explained, is_page
from benchmarks.programs import PEERS, TITLES
from benchmarks.report import between_marks, table
from infra.harness import cloudformation
from infra.local.sam_build import ROOT

TITLED = {"find": "first page", "status": "status page"}
ENOUGH = 100  # runs for a 99th percentile; of fewer, the longest is shown
A_MILLION = 1_000_000
NONE = "-"  # no undisturbed run
HEAD = tuple(f"{mb:,} MB" for mb in SIZES)

Sample = Mapping[str, float]


def into(document: Path, found: Mapping[str, Any]) -> None:
    """Put the tables between their marks in a document."""
    between_marks(document, "make bench ONLY=memory writes it", {"memory": tables(found)})


def tables(found: Mapping[str, Any]) -> str:
    """Return every table, with what was and was not limited."""
    samples, left_out, runs = undisturbed(found)
    parts = (_pages(samples), _snapshot(samples), _functions(samples), _dollars(samples),
             _hand_over(samples))  # fmt: skip
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
        f"{how} AWS answered after these milliseconds (assumed): {waits}. Each cell has the median "
        f"and, after the dot, the 99th percentile (of fewer than {ENOUGH} runs, the longest). "
        "Another program stopped a run that took longer than its share and AWS's answers explain."
    )


def _times(samples: Mapping[str, Any], name: str, how: str) -> tuple[str, ...]:
    """Return a program's median and 99th percentile at each size."""
    return tuple(both([whole(s) for s in _of(samples, name, mb, how)]) for mb in SIZES)


def _of(samples: Mapping[str, Any], name: str, mb: int, how: str) -> Sequence[Sample]:
    """Return a program's runs at a size, perhaps none."""
    found: Sequence[Sample] = samples.get(name, {}).get(str(mb), {}).get(how, ())
    return found


def whole(sample: Sample) -> float:
    """Return the milliseconds that a caller waits."""
    return sample["load"] + sample["answer"]


def both(values: Sequence[float]) -> str:
    """Return a median and a 99th percentile, or the longest of few; a dash for no run."""
    if not values:
        return NONE
    return f"{_ms(statistics.median(values))} · {_ms(p99(values))}"


def p99(values: Sequence[float]) -> float:
    """Return the 99th percentile, or the longest of fewer than `ENOUGH`."""
    if len(values) < ENOUGH:
        return max(values)
    return statistics.quantiles(values, n=100, method="inclusive")[98]


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
    ours, own = (_of(samples, n, mb, how) for n in (f"portal {page}", name))
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
                taken = _of(samples, f"portal {page}", mb, how)
                cells += [_median(taken, part) for part in ("load", "answer")]
            rows.append((f"{TITLED[page]}{said}", *cells))
    head = [f"{part}, {mb}" for mb in HEAD for part in ("load", "answer")]
    return table(("Aviso cold, median ms", *head), rows)


def _median(taken: Sequence[Sample], part: str) -> str:
    return _ms(statistics.median(sample[part] for sample in taken)) if taken else NONE


def _functions(samples: Mapping[str, Any]) -> str:
    """Return every function's times, and the memory that the template gives it."""
    given = cloudformation.memory_of_functions()
    rows = []
    for event, function in EVENTS.items():
        name = f"{function} {event}"
        peak = max((s["peak"] for mb in SIZES for s in _of(samples, name, mb, "burst")), default=0)
        rows.append(
            (f"{function}: {TITLED.get(event, event)}", f"{peak:.0f}",
             *_times(samples, name, "burst"), *_times(samples, name, "warm"),
             f"{given[function]:,}")
        )  # fmt: skip
    head = ("function: event", "peak MB", *(f"cold, {mb}" for mb in HEAD),
            *(f"warm, {mb}" for mb in HEAD), "template MB")  # fmt: skip
    flat = [
        (f"{function}: {TITLED.get(event, event)}", *_times(samples, f"{function} {event}", "flat"))
        for event, function in EVENTS.items()
        if not is_page(f"{function} {event}")
    ]
    return f"{table(head, rows)}\n\n{table(('cold, no burst', *HEAD), flat)}"


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
         *(dollars(_of(samples, f"{function} {event}", mb, how), mb, prices)
           for how in ("warm", "burst") for mb in SIZES))
        for event, function in EVENTS.items()
    ]  # fmt: skip
    head = ("dollars for a million calls", *(f"warm, {mb}" for mb in HEAD),
            *(f"cold, {mb}" for mb in HEAD))  # fmt: skip
    return table(head, rows)


def _hand_over(samples: Mapping[str, Any]) -> str:
    """Return how long the three functions from the file to the text take one after the other."""
    functions = [f"{EVENTS[event]} {event}" for event in HAND_OVER]
    rows = []
    for how, said in (("warm", "all warm"), ("burst", "all cold"), ("flat", "all cold, no burst")):
        cells = []
        for mb in SIZES:
            rounds = zip(*(_of(samples, name, mb, how) for name in functions), strict=False)
            cells.append(both([sum(map(whole, taken)) for taken in rounds]))
        rows.append((said, *cells))
    return table(("arrest to hand-over, our three functions, ms", *HEAD), rows)
