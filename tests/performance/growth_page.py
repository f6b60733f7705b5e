"""The tables of `make bench ONLY=growth`, and what docs/scaling.md and docs/images have of them.

What a case takes follows from the measured calls and times, as `a_case_ms` says.
"""

import re
from collections.abc import Mapping
from math import ceil, log10
from pathlib import Path

import pygal
import yaml
from pygal.style import Style

from benchmarks.charts import LOOK
from benchmarks.memory import WAITS_MS
from benchmarks.report import between_marks, table
from benchmarks.shares import part
from infra.harness import cloudformation
from infra.repository import ROOT

Figures = Mapping[str, Mapping[str, Mapping[str, float]]]  # kept cases, kind of work, name

WORK = {
    "hour": "`reconcile`, an hour",
    "night": "`reconcile`, a night",
    "surveys": "of it, surveys, on a day on which nobody of a case is asked",
    "asked": "of it, surveys of people who are asked",
    "retention": "of it, retention, of cases that stay",
    "let_go": "of it, retention, of cases that go",
    "chase": "`chase`, a minute",
}
DRAWN = {
    "let_go": "retention, a case that goes",
    "asked": "surveys, a person who is asked",
    "night": "a night, a kept case",
    "hour": "an hour, a changed case",
    "retention": "retention, a case that stays (part of a night)",
    "chase": "chase, a due notice",
}
COLORS = ("#8a5a00", "#205493", "#111111", "#b0004f", "#2c7a3f", "#7a7a7a")
A_MONTH = {"hour": 730, "night": 30.4}  # runs; how many notices are due at a minute is not history
PRICES = yaml.safe_load((ROOT / "infra/cost/prices.yaml").read_text(encoding="utf-8"))["usage"]
WAIT_MS = WAITS_MS["dynamodb"]  # of a call, assumed
A_CASE = {"night": "night_case", "hour": "reconcile_case"}  # by its name in volumes.yaml
STATE = {"night": 4_000_000, "hour": 40_000}  # cases of a night and of an hour
HEAD = ("work", "kept cases", "looked at", "calls", "read units", "write units", "hottest key")


def into(docs: Path, found: Figures, ran: str) -> None:
    """Put the times between their marks in docs/scaling.md, and the chart beside it.

    Args:
        ran: the date and the commit of the run.
    """
    parts = {"night": f"Measured {ran}.\n\n{night(found)}"}
    between_marks(docs / "scaling.md", "make bench ONLY=growth writes it", parts)
    chart(found).render_to_file(str(docs / "images/growth.svg"))


def into_volumes(volumes: Path, found: Figures) -> None:
    """Put what a case takes, in whole milliseconds, into the assumed volumes."""
    text = volumes.read_text(encoding="utf-8")
    for work, name in A_CASE.items():
        took = ceil(a_case_ms(largest(found)[work]))
        text = re.sub(rf"(\n  {name}: )\d+", rf"\g<1>{took}", text)
    volumes.write_text(text, encoding="utf-8")


def largest(found: Figures) -> Mapping[str, Mapping[str, float]]:
    """Return the figures with the most kept cases."""
    return found[max(found, key=int)]


def a_case_ms(figures: Mapping[str, float]) -> float:
    """Return what a case takes: the wait for its calls, and processor time by the memory's share.

    It takes no credit for processor time that a function saves up while it waits.
    """
    calls, own = (figures[name] / figures["cases"] for name in ("calls", "processor_ms"))
    return calls * WAIT_MS + (own + calls * figures["botocore_ms"]) / share()


def share() -> float:
    """Return the part of a processor that `reconcile` has by its memory."""
    return part(memory())


def memory() -> int:
    """Return the MB of `reconcile`."""
    return cloudformation.memory_of_functions()["reconcile"]


def parts_at_once() -> int:
    """Return how many parts of the table a night goes through at once."""
    machine = cloudformation.read(ROOT / "template.yaml")["Resources"]["Nightly"]["Properties"]
    states = machine["Definition"]["States"]
    return int(min(states["Begin"]["Parameters"]["of"], states["Parts"]["MaxConcurrency"]))


def night(found: Figures) -> str:
    """Return what a case takes at night and in an hour, and how long a state's run takes by it."""
    rows, took = [], {}  # whole milliseconds, as in the volumes
    for work in A_CASE:
        of = largest(found)[work]
        calls, own = (of[name] / of["cases"] for name in ("calls", "processor_ms"))
        exact = a_case_ms(of)
        took[work] = ceil(exact)
        rows.append((WORK[work], f"{calls:.2f}", f"{own:.2f}", f"{of['botocore_ms']:.2f}",
                     f"{exact:.1f}"))  # fmt: skip
    head = ("work", "calls a case", "own processor ms", "botocore's ms a call", "ms a case")
    parts = parts_at_once()
    whole = STATE["night"] / parts * took["night"] / 60_000
    most = 2 * 3_600_000 * parts / STATE["night"]
    hour = STATE["hour"] * took["hour"] / 60_000
    return (
        f"A case takes calls × {WAIT_MS} ms (assumed) + (own processor time + calls × botocore's) "
        f"÷ {share():.2f}, the share of a processor that {memory()} MB have.\n\n"
        f"{table(head, rows)}\n\n"
        f"So {STATE['night']:,} kept cases in {parts} parts take {whole:.0f} minutes. Up to "
        f"{most:.0f} ms a case, the night ends within two hours. An hourly run of "
        f"{STATE['hour']:,} changed cases takes {hour:.0f} minutes."
    )


def works(found: Figures) -> str:
    """Return a row for each kind of work and number of kept cases."""
    rows = [
        (
            title,
            f"{int(kept):,}",
            *(f"{f[work][n]:,.0f}" for n in ("cases", "calls", "read_units", "write_units")),
            f"{f[work]['hottest']:,.0f}",
            f"{f[work]['processor_ms'] / f[work]['cases']:.2f} ms",
        )
        for work, title in WORK.items()
        for kept, f in found.items()
    ]
    return table((*HEAD, "processor for each"), rows)


def dollars(found: Figures) -> str:
    """Return what a month's reads and writes of the scheduled work cost, by kept cases."""
    rows = [
        (f"{int(kept):,}", *(f"${_month(f, work, int(kept)):,.2f}" for work in A_MONTH))
        for kept, f in found.items()
    ]
    of = largest(found)["hour"]
    state = _month({"hour": of}, "hour", 0) / of["cases"] * STATE["hour"]
    return (
        f"{table(('kept cases', 'all hours', 'all nights'), rows)}\n\n"
        f"The hours of a state, with {STATE['hour']:,} touched cases in each, take ${state:,.2f}."
    )


def _month(figures: Mapping[str, Mapping[str, float]], work: str, kept: int) -> float:
    """Return a month's dollars; a night's are those of each case times the kept ones."""
    of = figures[work]
    one: float = sum(of[u] * PRICES[f"dynamodb_{u}"] for u in ("read_units", "write_units"))
    return one * A_MONTH[work] * (kept / of["cases"] if work == "night" else 1)


def chart(found: Figures) -> "pygal.XY":
    """Return the read units of each case looked at, by the number of kept cases, a power of ten."""
    look = LOOK | {"show_legend": True, "legend_at_bottom": True, "print_values": False}
    drawn = pygal.XY(
        title="Read units for each case looked at, by number of kept cases",
        **look
        | {
            "style": Style(**vars(LOOK["style"]) | {"colors": COLORS}),
            "height": 360,
            "margin_right": 40,  # half of the last number
            "legend_at_bottom_columns": 2,
            "truncate_legend": -1,
            "include_x_axis": True,
            "x_value_formatter": lambda power: f"{10**power:,.0f}",
        },
    )
    drawn.x_labels = [log10(int(kept)) for kept in found]
    for work, title in DRAWN.items():
        lines = (
            (log10(int(k)), f[work]["read_units"] / f[work]["cases"]) for k, f in found.items()
        )
        drawn.add(title, list(lines))
    return drawn
