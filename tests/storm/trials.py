"""Sabotages: the storm must notice each of the `mistakes`.

`make storm SABOTAGE=all` tries every one; build/storm-sabotages.json says what noticed it.
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
from tests.storm.plan import Plan
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


def try_all(names: list[str], cases: int, jobs: int, say: Say) -> int:
    """Try sabotages, each in a process of its own; return 1 when one was not noticed."""
    found: dict[str, Noticed] = {}
    started = time.monotonic()

    def keep(*, finished: bool = False) -> None:
        listed = [asdict(found[name]) for name in names if name in found]
        figures.write(TRIED, {"sabotages": listed}, finished=finished)

    keep()  # not the last run's
    for noticed, _ in outcomes(partial(try_one, cases=cases), names, jobs, in_order=False):
        found[noticed.name] = noticed
        _say(noticed, say)
        keep()
        duties = sum(one.duties for one in found.values())
        seconds = time.monotonic() - started
        say(figures.pace(len(found), len(names), "sabotages", duties, seconds))
    keep(finished=True)
    return 0 if all(one.by and one.duties <= MOST for one in found.values()) else 1
