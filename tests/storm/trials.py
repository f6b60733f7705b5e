"""Sabotages: each must be noticed.

`make storm SABOTAGE=all` replays all; build/storm-sabotages.json says what noticed each, and after
how many duties.
"""

import time
from dataclasses import asdict, dataclass
from functools import partial
from itertools import count

from infra.repository import ROOT
from tests.rig import figures
from tests.rig.figures import Say
from tests.rig.sabotages import OF_A_STORM
from tests.rig.side_by_side import outcomes
from tests.storm import shrink
from tests.storm.days import Plan
from tests.storm.run import Outcome, enter, play

TRIED = ROOT / "build" / "storm-sabotages.json"  # written after each sabotage
MOST = 2000  # duties within which each must be noticed


@dataclass(frozen=True)
class Noticed:
    """What noticed a sabotage, and after how many duties; nothing when none did."""

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
    return Noticed(name, sabotage.mistake, duties, by), outcome


def try_apart(name: str, cases: int) -> Noticed:
    """Try one sabotage in a process that knows nothing yet."""
    return try_one(name, cases)[0]


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
    say(f"{noticed.name} ({noticed.mistake}): {by} after {noticed.duties:,} duties")


def try_all(cases: int, jobs: int, say: Say) -> int:
    """Try every sabotage, each in a process of its own; return 1 when one was not noticed."""
    found: dict[str, Noticed] = {}
    started = time.monotonic()

    def keep(*, finished: bool = False) -> None:
        listed = [asdict(found[name]) for name in OF_A_STORM if name in found]
        figures.write(TRIED, {"sabotages": listed}, finished=finished)

    keep()  # not the last run's
    for noticed in outcomes(partial(try_apart, cases=cases), OF_A_STORM, jobs, in_order=False):
        found[noticed.name] = noticed
        _say(noticed, say)
        keep()
        duties = sum(one.duties for one in found.values())
        seconds = time.monotonic() - started
        say(figures.pace(len(found), len(OF_A_STORM), "sabotages", duties, seconds))
    keep(finished=True)
    for name in OF_A_STORM:
        say(f"{name:20} {found[name].duties:6,} {', '.join(found[name].by) or 'NOTHING'}")
    return 0 if all(one.by and one.duties <= MOST for one in found.values()) else 1
