"""Many seeds, side by side in a few processes, until enough duties were lived through."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.rig.figures import Say
from tests.rig.side_by_side import outcomes
from tests.rig.verdict import BROKEN, Verdict
from tests.storm.days import Plan
from tests.storm.run import Outcome, enter, play

PLAYED_BY_ONE = 100  # seeds that one process plays before another takes its place
SHOWN = ("lost", "wrong_recipient", "unsettled")


@dataclass
class Total:
    """What all seeds came to."""

    verdict: Verdict = field(default_factory=Verdict)
    seeds: int = 0
    failing: list[Outcome] = field(default_factory=list)
    seconds: float = 0.0
    cases: set[int] = field(default_factory=set)  # of a seed
    digests: dict[int, str] = field(default_factory=dict)  # of each seed's run

    def figures(self) -> dict[str, Any]:
        """Return what goes into `build/storm.json`."""
        counted = self.verdict.figures
        names = ("duties", "delivered", "lettered", "held", "suppressed")
        more = ("given_to_a_person", "judged_in_print", "duplicates", "crash_window", "calls")
        played = ("visits", "pages", "contacts_left", "warnings", "renumbered", "standings")
        requests = ("hand_offs", "taken_back", "read_by_agencies")
        return {
            "seeds": self.seeds,
            "cases": sorted(self.cases),
            **{name: counted[name] for name in (*names, *more, *played, *requests, *BROKEN)},
            "faults": dict(sorted(self.verdict.faults.items())),
            "seconds": round(self.seconds),
            "digests": self.digests,
            "failing_seeds": [outcome.plan.seed for outcome in self.failing],
            "problems": [said for _, said in self.verdict.problems[:50]],
        }


def run(
    plans: Iterator[Plan],
    duties: int,
    jobs: int,
    say: Say,
    *,
    minutes: float,
    keep: Callable[[Total], None],
) -> Total:
    """Play plans in order until there are no more, or a bound is reached."""
    total, started, said = Total(), time.monotonic(), 0.0
    for outcome in _outcomes(plans, jobs):
        total.seeds += 1
        total.cases.add(outcome.plan.cases)
        total.digests[outcome.plan.seed] = outcome.digest
        total.verdict.add(outcome.verdict)
        total.seconds = time.monotonic() - started
        if outcome.verdict.broken:
            total.failing.append(outcome)
            say(f"seed {outcome.plan.seed} breaks {', '.join(sorted(outcome.verdict.broken))}")
            for _, problem in outcome.verdict.problems[:3]:
                say(f"  {problem}")
        if total.seconds - said > 10:
            said = total.seconds
            say(_progress(total, duties))
        keep(total)
        if duties and total.verdict.figures["duties"] >= duties:
            break
        if minutes and total.seconds >= 60 * minutes:
            break
    say(_progress(total, duties))
    return total


def _progress(total: Total, duties: int) -> str:
    done = total.verdict.figures["duties"]
    rate = done / max(total.seconds, 0.001)
    of = f" of {duties:,}" if duties else ""
    bad = ", ".join(f"{total.verdict.figures[name]} {name}" for name in SHOWN)
    faults = total.verdict.faults.total()
    return (
        f"{done:,}{of} duties in {total.seeds} seeds, {rate:.1f} a second,"
        f" {faults:,} faults; {bad}; {len(total.failing)} seeds fail"
    )


def _outcomes(plans: Iterator[Plan], jobs: int) -> Iterator[Outcome]:
    """Yield the outcomes in the order of the plans."""
    if jobs > 1:
        return outcomes(play_apart, plans, jobs, of_one=PLAYED_BY_ONE)
    enter()
    return map(play, plans)


def play_apart(plan: Plan) -> Outcome:
    """Play a plan in a process that knows nothing yet."""
    enter()
    return play(plan)
