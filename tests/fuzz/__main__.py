"""`make fuzz`: import broken files and pushes; exit 1 if one was met wrongly.

Writes build/fuzz.json with the counts.
"""

import argparse
import json
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from infra.compiler.kept import folder_of
from infra.repository import ROOT
from tests.fuzz import run, sabotages


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="the first group's")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    parser.add_argument("--sabotage", nargs="*", default=[], choices=sabotages.SABOTAGES)
    asked = parser.parse_args()
    started = time.monotonic()
    settings = folder_of(ROOT / "infra/agency/sample.yaml", ROOT / "templates")
    sizes = [min(run.EACH, asked.files - at) for at in range(0, asked.files, run.EACH)]
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.jobs, spawn, max_tasks_per_child=1) as pool:
        for found, mistakes in pool.map(
            run.fuzzed,
            range(asked.seed, asked.seed + len(sizes)),
            sizes,
            [str(settings)] * len(sizes),
            [asked.sabotage] * len(sizes),
        ):
            counts.update(found)
            wrong += mistakes
            print(f"fuzz: {counts['files']} files, {len(wrong)} wrong", flush=True)
    result = {"counts": dict(sorted(counts.items())), "wrong": len(wrong), "what": wrong}
    result["seconds"] = round(time.monotonic() - started)
    (asked.out / "fuzz.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for line in wrong[: run.SHOWN]:
        print(f"fuzz: {line}")
    print(f"fuzz: {json.dumps(result['counts'])}")
    print(f"fuzz: {len(wrong)} wrong in {result['seconds']} s; see {asked.out / 'fuzz.json'}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
