"""The tables of `make bench ONLY=memory`, for a terminal."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from benchmarks import shares
from benchmarks.memory import EVENTS, HAND_OVER, PAGES, SIZES, TRIES
from benchmarks.programs import PEERS, TITLES
from benchmarks.report import table
from infra.harness import cloudformation
from infra.repository import ROOT

WAYS = {"burst": "cold", "flat": "cold, no burst", "warm": "warm"}
TITLED = {"find": "first page", "status": "status page"}
ENOUGH = 100  # runs for a 99th percentile; of fewer, the longest is shown
A_MILLION = 1_000_000
NONE = "-"  # no undisturbed run
HEAD = tuple(f"{mb:,} MB" for mb in SIZES)

Sample = Mapping[str, float]


def tables(found: Mapping[str, Any]) -> str:
    """Return every table, with what was and was not limited."""
    samples, *_ = undisturbed(found)
    parts = (_left_out(found, samples), _pages(samples), _hand_over(samples), _snapshot(samples),
             _functions(samples), _dollars(samples))  # fmt: skip
    return "\n\n".join((said(found), *parts))


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


def explained(sample: Mapping[str, float], mb: int, how: str, waits: float) -> bool:
    """Return whether a run took no longer than its share and AWS's answers explain.

    Otherwise another program had the processor, and the run says nothing about ours.

    Args:
        sample: a run's times in milliseconds.
        mb: the size whose share it had.
        how: burst, flat or warm.
        waits: what AWS's answers took.
    """
    periods = 2 * shares.PERIOD_US / 1000
    of_load = 1.0 if how == "burst" else shares.part(mb)
    return (
        sample["load"] <= sample["cpu"] / of_load + periods
        and sample["answer"] <= sample["cpu"] / shares.part(mb) + waits + periods
    )


def said(found: Mapping[str, Any]) -> str:
    """Return how it was measured in this run."""
    waits = ", ".join(f"{name} {ms}" for name, ms in found["waits_ms"].items())
    how = (
        "Each process had its share of a processor by a control group."
        if found["limited"]
        else "**Estimated**: no share could be set, so times are processor time divided by it."
    )
    return (
        f"{how} AWS answered after these milliseconds (assumed): {waits}. {_often(found)} Each "
        "cell of times has the median, then the 99th percentile (p99), then the number of runs "
        f"(n). Fewer than {ENOUGH} runs have no 99th percentile: such a cell says so, and has the "
        "longest in its place."
    )


def _often(found: Mapping[str, Any]) -> str:
    """Return how often this run measured everything."""
    of = found["rounds"]
    return (
        f"At each size our two pages started {of['ours']} times. With the memory that the template "
        "gives, the peers, bare botocore and the three functions from the arrest to its hand-over "
        f"did so too. At other sizes the peers and bare botocore started {of['peers']} times, and "
        f"the three functions {of['hand_over']} times. Every other function started "
        f"{of['functions']} times. Without the burst "
        f"the pages and the three functions started {of['flat']} times. Warm, the pages and "
        f"the three functions answered {of['requests']} times, every other function "
        f"{of['few_requests']} times."
    )


def _left_out(found: Mapping[str, Any], kept: Mapping[str, Any]) -> str:
    """Return how many runs the tables leave out, what these were, and how long they took."""
    _, left_out, runs = undisturbed(found)
    longer = 2 * shares.PERIOD_US // 1000
    text = (
        f"{left_out:,} of {runs:,} runs are left out. They took at least {longer} ms "
        "longer than their own processor time, their share and AWS's answers explain, so another "
        "program of this machine had the processor. This cuts the slow end, whatever the cause "
        "was. Before that, a run that stood ready for a tenth of its time was repeated at once, up "
        f"to {TRIES} times in all, and only the last counts. The next table has both."
    )
    rows = []
    for how, way in WAYS.items():
        for who, names in _groups(found["samples"]).items():
            every, some = (
                [s for name in names for mb in SIZES for s in runs_of(of, name, mb, how)]
                for of in (found["samples"], kept)
            )
            out = [*(Counter(map(whole, every)) - Counter(map(whole, some))).elements()]
            again = sum(sample.get("tries", 1) - 1 for sample in every)
            longest = (_ms(max(of)) if of else NONE for of in ([*map(whole, some)], out))
            median = _ms(statistics.median(out)) if out else NONE
            if every:
                rows.append((f"{way}: {who}", len(every), again, len(out), *longest, median))
    head = ("runs", "in all", "repeated", "left out", "longest kept, ms", "longest left out, ms",
            "median left out, ms")  # fmt: skip
    return f"{text}\n\n{table(head, rows)}"


def _groups(names: Iterable[str]) -> dict[str, list[str]]:
    """Return programs with their scenarios by whom they belong to."""
    found: dict[str, list[str]] = {}
    for name in names:
        program, event = name.split()
        who = f"{TITLES[program]}'s pages" if event in PAGES else "from the arrest to its hand-over"
        if event not in (*PAGES, *HAND_OVER):
            who = "other functions"
        elif event in HAND_OVER and program == "floor":
            who = "bare botocore, from the arrest to its hand-over"
        elif event in PAGES and program in PEERS:
            who = "the peers' pages"
        found.setdefault(who, []).append(name)
    return found


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
        return "no p99, longest", max(values)
    return "p99", sorted(values)[math.ceil(len(values) * 0.99) - 1]


def _ms(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def _pages(samples: Mapping[str, Any]) -> str:
    """Return the two pages of ours, the peers and the floor: cold, cold without burst, warm."""
    blocks = []
    for page in PAGES:
        names = [f"portal {page}", *(f"{peer} {page}" for peer in PEERS)]
        if f"floor {page}" in samples:
            names.insert(1, f"floor {page}")
        rows = [
            (f"{WAYS[how]}: {TITLES[name.split()[0]]}", *_times(samples, name, how),
             *(_ratio(samples, page, name, how, mb) for mb in SIZES))
            for how in WAYS
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
