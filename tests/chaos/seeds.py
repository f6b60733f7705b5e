"""The seeds of a run, side by side: each in a process and a world of its own.

Local AWS gives all streams of a world from one thread, so that one world leaves most of a machine
idle, and waits.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from tests.chaos import counter_check, run, verdict
from tests.chaos.environment import FOLDER, World
from tests.rig import figures
from tests.rig.side_by_side import outcomes
from tests.rig.verdict import Verdict

DUTIES_A_CASE = 4.1  # about


say = figures.say_as("chaos")


def play(seed: int, cases: int, template: str) -> Verdict:
    """Run one seed in a world of its own."""
    started = time.monotonic()

    def tell(text: str) -> None:
        say(f"seed {seed}, {time.monotonic() - started:4.0f} s  {text}")

    with World(seed, int(cases * DUTIES_A_CASE)) as world:
        world.deploy(FOLDER / "sam" / template)
        tell(f"deployed; {cases} cases")
        done = run.play(world, seed, cases, tell)
        result = verdict.judge(done)
        tell("judged")
        _count(world, seed, result)
        tell(f"counted; {result.figures['recount_differences']} differences")
        result.seeds[0]["seconds"] = round(time.monotonic() - started)
    duties, crashes = (result.figures[name] for name in ("duties", "crash_window"))
    tell(f"{duties} owed, {result.faults.total()} faults, {crashes} crashes")
    return result


def _count(world: World, seed: int, result: Verdict) -> None:
    """Count all that happened while calls fail, and hold the counters against a recount."""
    world.faults(on=True)
    given_up = counter_check.count(world, seed)
    world.faults(on=False)
    for line in counter_check.differences(world):
        result.problem("recount_differences", "", line)
    result.faults = Counter(world.status()["faults"])
    result.seeds[0]["counted_records_given_up"] = given_up


def play_all(
    seeds: Sequence[int],
    at_once: int,
    cases: int,
    template: str,
    keep: Callable[[Verdict], None],
) -> Verdict:
    """Run the seeds side by side and add up what came of them."""
    total, started = Verdict(), time.monotonic()
    # What a recount imports is bound to its world's tables, so each seed has its own process.
    work = partial(play, cases=cases, template=template)
    for found in outcomes(work, seeds, at_once, in_order=False):
        total.add(found)
        keep(total)
        seconds = time.monotonic() - started
        say(figures.pace(len(total.seeds), len(seeds), "seeds", total.figures["duties"], seconds))
    return total
