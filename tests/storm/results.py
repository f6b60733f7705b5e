"""The part of docs/results.md about storms: the runs so far, their sum, and the sabotages.

`make storm RECORD=1` enters a run in `runs.json`, and `make storm SABOTAGE=all RECORD=1` the
sabotages; both write the page again.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.repository import ROOT

HERE = Path(__file__).resolve().parent
RUNS, SABOTAGES = HERE / "runs.json", HERE / "noticed.json"
TRIED = ROOT / "build" / "storm-sabotages.json"  # written after each sabotage
PAGE = ROOT / "docs/results.md"
MARK = "## Storms\n"
UNKNOWN = ("not in the history", "nobody recorded")  # so a run may say of its commit
HOW = {"cases": "cases of a seed", "jobs": "processes", "seconds": "seconds"}
COLUMNS = {
    "duties": "duties",
    "delivered": "delivered",
    "lettered": "by letter",
    "held": "a person's task",
    "suppressed": "stopped",
    "lost": "lost",
    "wrong_recipient": "wrong person",
    "duplicates": "told twice",
    "crash_window": "crash window",
    "unsettled": "unsettled",
    "failing": "failing seeds",
    "faults": "faults",
}

TEXT = """
`make storm` plays made-up cases in memory: the product's functions, tables, streams, receipts,
visits and people, under every fault that a seed draws ([decision](decisions/storm.md)). At one
commit, a seed gives the same run, byte for byte. Each duty is compared with a model that knows
nothing of the product. *Told twice* is a message that one phone or mailbox got again. That is right
only if a hand-over crashed (*crash window*), and each one is matched with its crash.

**{duties} duties so far, in {runs} runs of commits that anybody can check out.** The runs of other
commits are listed, and are not in the sum: {lost} lost and {wrong} to a wrong person by their
count, and {failing} failing seeds. A recorded run is listed even if a seed failed. The last column
says what became of that. Runs of an earlier commit say nothing about later code. An empty cell is a
figure that nobody recorded.

| date | commit | seeds | {names} | what failed |
| --- | --- | --- | {lines} | --- |
{rows}

### Sabotages

`make storm SABOTAGE=all` makes one mistake at a time in the product, from outside, and plays seeds
until an invariant breaks. Each must be noticed within 2,000 duties. {noticed} of {tried} were, on
{date} at {commit}.

| mistake | what noticed it | after duties |
| --- | --- | ---: |
{sabotages}
"""


def record(run: Mapping[str, Any]) -> None:
    """Enter a run, and write the page."""
    runs = json.loads(RUNS.read_text(encoding="utf-8"))
    RUNS.write_text(json.dumps([*runs, run], indent=1) + "\n", encoding="utf-8")
    write()


def record_sabotages(played: str) -> None:
    """Take over what `sabotages` has written of a commit, and write the page."""
    found = json.loads(TRIED.read_text(encoding="utf-8"))["sabotages"]
    tried = {"date": today(), "commit": played, "sabotages": found}
    SABOTAGES.write_text(json.dumps(tried, indent=2) + "\n", encoding="utf-8")
    write()


def today() -> str:
    """Return the date of a run."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


def write() -> None:
    """Write the section into docs/results.md, behind what `make simulate` writes."""
    before = PAGE.read_text(encoding="utf-8").partition(MARK)[0].rstrip()
    PAGE.write_text(f"{before}\n\n{section()}", encoding="utf-8")


def section() -> str:
    """Return the section."""
    runs = json.loads(RUNS.read_text(encoding="utf-8"))
    tried = json.loads(SABOTAGES.read_text(encoding="utf-8"))
    sabotages = tried["sabotages"]
    known = [run for run in runs if not run["commit"].endswith(UNKNOWN)]
    others = _sum(run for run in runs if run not in known)
    return MARK + TEXT.format(
        duties=f"{sum(run['duties'] for run in known):,}",
        runs=len(known),
        lost=others["lost"],
        wrong=others["wrong_recipient"],
        failing=others["failing"],
        names=" | ".join([*HOW.values(), *COLUMNS.values()]),
        lines=" | ".join("---:" for _ in [*HOW, *COLUMNS]),
        rows="\n".join(map(_row, [*runs, _sum(known)])),
        noticed=sum(bool(one["by"]) for one in sabotages),
        tried=len(sabotages),
        date=tried["date"],
        commit=tried["commit"],
        sabotages="\n".join(
            f"| {one['mistake']} | {', '.join(_plain(one['by'])) or '**nothing**'} "
            f"| {one['duties']:,} |"
            for one in sabotages
        ),
    )


def _plain(names: Iterable[str]) -> list[str]:
    return [name.replace("_", " ") for name in names]


def _row(run: Mapping[str, Any]) -> str:
    how = [str(run.get(name, "")) for name in HOW]
    numbers = " | ".join([*how, *(f"{run[name]:,}" for name in COLUMNS)])
    first = f"| {run['date']} | {run['commit']} | {run['seeds']} |"
    return f"{first} {numbers} | {run.get('said', '')} |"


def _sum(runs: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    runs = [*runs]
    total = {name: sum(run[name] for run in runs) for name in COLUMNS}
    return {"date": "**sum**", "commit": "", "seeds": ""} | total


if __name__ == "__main__":
    write()
