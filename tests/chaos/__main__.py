"""`make chaos`: run every seed, judge, write `build/chaos.json`, exit 1 on any doubt.

The file is written after each seed, and says whether the run is finished.
"""

import argparse
import sys

from infra.local.run import end_on_signals
from infra.local.sam_build import BuildError
from infra.local.stack import StackError
from infra.repository import ROOT
from tests.chaos import verdict
from tests.chaos.environment import prepare
from tests.chaos.seeds import play_all, say
from tests.rig import figures
from tests.rig.exchanged_lines import OF_LOCAL_AWS
from tests.rig.verdict import Verdict

# The least owed, the least faults, the least share delivered; a few cases vary too much for more.
FULL, SHORT = (2000, 500, 0.80), (100, 20, 0.70)


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[])
    parser.add_argument("--cases", type=int, default=0, help="of each seed")
    parser.add_argument("--jobs", type=int, default=3, help="seeds at a time; each wants a core")
    parser.add_argument("--sabotage", default="", choices=["", *OF_LOCAL_AWS])
    parser.add_argument("--short", action="store_true", help="ask less of a few cases")
    options = parser.parse_args()
    # One seed with fewer cases is enough to see a sabotage, and must be: it must not be the number
    # of duties that fails the run.
    few = options.short or bool(options.sabotage)
    seeds = options.seeds or ([1] if few else [1, 2, 3])
    cases = options.cases or (60 if few else 175)
    end_on_signals()
    template = prepare(options.sabotage).name
    report = ROOT / "build" / ("chaos-short.json" if few else "chaos.json")

    def keep(total: Verdict, *, finished: bool = False) -> None:
        figures.write(report, verdict.figures(total), finished=finished)

    keep(Verdict())  # not the last run's
    total = play_all(seeds, min(options.jobs, len(seeds)), cases, template, keep)
    keep(total, finished=True)
    failures = verdict.failures(total, *(SHORT if few else FULL))
    for _, problem in total.problems[:20]:
        say(problem)
    counts = {k: v for k, v in verdict.figures(total).items() if isinstance(v, int)}
    say(", ".join(f"{name} {value}" for name, value in counts.items()))
    for failure in failures:
        say(f"FAILED: {failure}")
    if not failures:
        say(f"passed; {total.faults.total()} faults; figures in build/{report.name}")
    return 1 if failures else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("chaos: stopped; nothing is left running")
    except (StackError, BuildError) as error:
        sys.exit(f"chaos: {error}")
