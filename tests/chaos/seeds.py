"""The seeds of a run, side by side: each in a process and a world of its own.

Local AWS gives all streams of a world from one thread, so that one world leaves most of a machine
idle, and waits.
"""

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed

from infra.local.run import end_on_signals
from tests.chaos import counter_check, failure_report, run, sure_ends, verdict
from tests.chaos.environment import FOLDER, World
from tests.chaos.report_file import pace

DUTIES_A_CASE = 4.1  # about


def say(text: str) -> None:
    """Print one line of progress at once."""
    print(f"chaos: {text}", flush=True)


def play(seed: int, cases: int, template: str) -> verdict.Verdict:
    """Run one seed in a world of its own."""
    started = time.monotonic()

    def tell(text: str) -> None:
        say(f"seed {seed}, {time.monotonic() - started:4.0f} s  {text}")

    with World(seed, int(cases * DUTIES_A_CASE)) as world:
        world.deploy(FOLDER / "sam" / template)
        tell(f"deployed; {cases} cases")
        done = run.play(world, seed, cases, tell)
        result = verdict.judge(done)
        failure_report.write(done, result.trails)
        sure_ends.write(FOLDER / f"ends-{seed}.json", result.sure)
        tell("judged")
        _count(world, seed, result)
        tell(f"counted; {result.recount} differences")
        result.seeds[0]["seconds"] = round(time.monotonic() - started)
    tell(f"{result.owed} owed, {result.faults.total()} faults, {result.crash_window} crashes")
    return result


def _count(world: World, seed: int, result: verdict.Verdict) -> None:
    """Count all that happened while calls fail, and hold the counters against a recount."""
    world.faults(on=True)
    given_up = counter_check.count(world, seed)
    world.faults(on=False)
    differ = counter_check.differences(world)
    result.recount = len(differ)
    result.faults = Counter(world.status()["faults"])
    result.problems += differ
    result.seeds[0]["counted_records_given_up"] = given_up


def play_all(
    seeds: Sequence[int],
    at_once: int,
    cases: int,
    template: str,
    keep: Callable[[verdict.Verdict], None],
) -> verdict.Verdict:
    """Run the seeds side by side and add up what came of them.

    Args:
        at_once: how many of them run at a time.
        cases: of each run.
        template: the built template's file, beside which the functions lie.
        keep: takes the sum after each seed.
    """
    total, started = verdict.Verdict(), time.monotonic()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        at_once,
        context,
        initializer=end_on_signals,
        max_tasks_per_child=1,  # what a recount imports is bound to its world's tables
    ) as pool:
        try:
            running = [pool.submit(play, seed, cases, template) for seed in seeds]
            for done in as_completed(running):
                total.add(done.result())
                keep(total)
                seconds = time.monotonic() - started
                say(pace(len(total.seeds), len(seeds), "seeds", total.owed, seconds))
        except BaseException:
            for child in multiprocessing.active_children():
                child.terminate()  # each leaves its world in order
            raise
    return total
