"""`make fuzz`: import broken files and pushes; exit 1 if one was met wrongly.

Writes build/fuzz.json with the counts.
"""

import argparse
import json
import sys
import time
from collections import Counter
from functools import partial
from pathlib import Path

from infra.compiler.kept import folder_of
from infra.repository import ROOT
from tests.fuzz import run
from tests.rig import figures
from tests.rig.sabotages import OF_A_FILE
from tests.rig.side_by_side import outcomes

say = figures.say_as("fuzz")


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the first group's")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    parser.add_argument("--sabotage", nargs="*", default=[], choices=OF_A_FILE)
    asked = parser.parse_args()
    started = time.monotonic()
    settings = folder_of(ROOT / "infra/agency/sample.yaml", ROOT / "templates")
    sizes = [min(run.EACH, asked.files - at) for at in range(0, asked.files, run.EACH)]
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    work = partial(run.fuzzed, settings=str(settings), names=asked.sabotage)
    for found, mistakes in outcomes(work, enumerate(sizes, asked.seed), asked.jobs):
        counts.update(found)
        wrong += mistakes
        say(f"{counts['files']} files, {len(wrong)} wrong")
    result = {"counts": dict(sorted(counts.items())), "wrong": len(wrong), "what": wrong}
    result["seconds"] = round(time.monotonic() - started)
    figures.write(asked.out / "fuzz.json", result)
    for line in wrong[: run.SHOWN]:
        say(line)
    say(f"{json.dumps(result['counts'])}")
    say(f"{len(wrong)} wrong in {result['seconds']} s; see {asked.out / 'fuzz.json'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
