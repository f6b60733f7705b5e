"""Sabotages: each must be noticed by its mode.

`make storm SABOTAGE=all` replays all that need no local AWS, of every mode;
build/storm-sabotages.json says what noticed each, and after how many duties.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from infra.repository import ROOT
from tests.rig import figures
from tests.rig.figures import Say
from tests.rig.sabotages import OF_A_STORM, SABOTAGES
from tests.rig.side_by_side import outcomes
from tests.storm import shrink
from tests.storm.plan import Plan
from tests.storm.run import Outcome, enter, play

TRIED = ROOT / "build" / "storm-sabotages.json"  # written after each sabotage
MOST = 2000  # duties within which each must be noticed
STORM = "storm"
# How each other mode is run for a sabotage, its file, and what counts as its duties.
Count = Callable[[Mapping[str, Any]], int]
OTHERS: Mapping[str, tuple[tuple[str, ...], str, Count]] = {
    "bad_day": (
        ("--arrests", "10", "--visitors", "1", "--minutes", "4"),
        "bad-day-short.json",
        lambda found: found["duties"]["owed"],
    ),
    "simulation": (
        ("--scale", "0.03", "--days", "8"),
        "simulate.json",
        lambda found: found["victims"],
    ),
}


@dataclass(frozen=True)
class Noticed:
    """What noticed a sabotage, and after how many duties; nothing when none did."""

    mode: str
    name: str
    mistake: str
    duties: int
    by: list[str]


def try_one(name: str, cases: int) -> tuple[Noticed, Outcome]:
    """Play seeds with a sabotage until it is noticed, or `MOST` duties were owed."""
    enter()
    sabotage = OF_A_STORM[name]
    sabotage.make()
    duties = 0
    for seed in count(1):
        outcome = play(Plan(seed, cases))
        duties += outcome.verdict.figures["duties"]
        if outcome.verdict.broken or duties >= MOST:
            break
    by = sorted(outcome.verdict.broken)
    return Noticed(STORM, name, sabotage.mistake, duties, by), outcome


def try_any(which: tuple[str, str], cases: int) -> Noticed:
    """Try one sabotage of any mode; a mode of its own command says by its exit code."""
    mode, name = which
    if mode == STORM:
        return try_one(name, cases)[0]
    options, file, duties = OTHERS[mode]
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", f"tests.{mode}", *options, "--out", out]
        env = os.environ | {"PYTHONHASHSEED": "0"}
        command += ["--sabotage", name]
        done = subprocess.run(command, cwd=ROOT, env=env, check=False, capture_output=True)
        written = Path(out) / file
        found = json.loads(written.read_text(encoding="utf-8")) if written.exists() else None
    by = [f"make {mode}"] if done.returncode and found else []
    mistake = SABOTAGES[mode][name].mistake
    return Noticed(mode, name, mistake, duties(found) if found else 0, by)


def explain(name: str, cases: int, say: Say) -> int:
    """Try a sabotage in this process, make what noticed it small, and tell its story."""
    noticed, outcome = try_one(name, cases)
    _say(noticed, say)
    if not noticed.by:
        return 1
    for line in shrink.story(shrink.shrink(outcome, say)):
        say(line)
    return 0


def _say(noticed: Noticed, say: Say) -> None:
    by = ", ".join(noticed.by) or "NOTHING"
    say(f"{noticed.mode} {noticed.name} ({noticed.mistake}): {by} after {noticed.duties:,} duties")


def try_all(cases: int, jobs: int, say: Say) -> int:
    """Try every sabotage, each in a process of its own; return 1 when one was not noticed."""
    every = [(mode, name) for mode, of in SABOTAGES.items() for name in of]
    found: dict[tuple[str, str], Noticed] = {}
    started = time.monotonic()

    def keep(*, finished: bool = False) -> None:
        listed = [asdict(found[which]) for which in every if which in found]
        figures.write(TRIED, {"sabotages": listed}, finished=finished)

    keep()  # not the last run's
    for noticed in outcomes(partial(try_any, cases=cases), every, jobs, in_order=False):
        found[noticed.mode, noticed.name] = noticed
        _say(noticed, say)
        keep()
        duties = sum(one.duties for one in found.values())
        seconds = time.monotonic() - started
        say(figures.pace(len(found), len(every), "sabotages", duties, seconds))
    keep(finished=True)
    for mode, name in every:
        one = found[mode, name]
        say(f"{mode:10} {name:20} {one.duties:6,} {', '.join(one.by) or 'NOTHING'}")
    return 0 if all(one.by and one.duties <= MOST for one in found.values()) else 1
