"""`make storm`: play seeds, judge them, write `build/storm.json`; exit 1 on any doubt."""

import argparse
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from infra.local.run import end_on_signals, end_with_parent
from infra.repository import ROOT, commit
from tests.rig import figures
from tests.rig.sabotages import OF_A_STORM
from tests.storm import campaign, shrink, trials
from tests.storm.days import Plan
from tests.storm.run import again_with_fixed_hashes, enter, prepare

CASES = 40  # of each seed: some 160 duties
EXPLAINED = 2  # failing seeds that are made small and told


say = figures.say_as("storm")


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", default="", help="the first, or 1-500")
    parser.add_argument("--duties", type=int, default=0, help="play seeds until so many are owed")
    parser.add_argument("--minutes", type=float, default=0.0, help="end after so many")
    parser.add_argument("--cases", type=int, default=CASES, help="of each seed")
    parser.add_argument("--jobs", type=int, default=2, help="processes; each wants a core")
    parser.add_argument("--sabotage", default="", choices=["", "all", *OF_A_STORM])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "storm.json")
    options = parser.parse_args()
    again_with_fixed_hashes("tests.storm")
    end_on_signals()
    end_with_parent()
    prepare()
    if options.sabotage not in ("", "all"):
        return trials.explain(options.sabotage, options.cases, say)
    played = commit()  # the tree may change meanwhile
    if options.sabotage:
        return trials.try_all(options.cases, options.jobs, say)
    duties = options.duties or (0 if options.seeds or options.minutes else 2000)
    endless = bool(duties or options.minutes)
    plans = (Plan(seed, options.cases) for seed in seeds(options.seeds, endless=endless))

    def keep(total: campaign.Total, *, finished: bool = False) -> None:
        found = total.figures() | {"jobs": options.jobs, "commit": played}
        figures.write(options.out, found, finished=finished)

    total = campaign.run(plans, duties, options.jobs, say, minutes=options.minutes, keep=keep)
    keep(total, finished=True)
    if not total.failing:
        say("passed")
        return 0
    enter()
    for outcome in total.failing[:EXPLAINED]:
        for line in shrink.story(shrink.shrink(outcome, say)):
            say(line)
    say(f"FAILED: seeds {', '.join(str(o.plan.seed) for o in total.failing[:20])}")
    return 1


def seeds(asked: str, *, endless: bool) -> Iterator[int]:
    """Yield the seeds that were asked for; with a number of duties, as many as it takes."""
    first, _, last = (asked or "1").partition("-")
    if last:
        yield from range(int(first), int(last) + 1)
    elif endless:
        yield from count(int(first))
    else:
        yield int(first)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("storm: stopped; nothing is left running")
