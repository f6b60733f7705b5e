"""`make nibrs`: the made-up month through all four paths; exit 1 if their ends differ.

Each path is played in a process of its own. build/nibrs.json has the counts and the differences.
"""

import argparse
import json
import multiprocessing
import pickle
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from infra.compiler.kept import folder_of
from infra.repository import ROOT
from tests.nibrs import compare, sabotages
from tests.nibrs.play import played
from tests.nibrs.records import agency

PATHS = ("csv", "ndjson", "push", "pull")
# Loaded once, in the process from which that of each path is forked; it reads no settings.
LOADED = [
    *("tests.nibrs.play", "aviso.feed.importer", "aviso.notices.planning"),
    *("aviso.notices.sending", "aviso.letters.print_run", "aviso.letters.pdf"),
]


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="make nibrs", description=__doc__)
    parser.add_argument("--incidents", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="paths at a time")
    parser.add_argument("--paths", nargs="*", default=PATHS, choices=PATHS)
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    parser.add_argument("--sabotage", nargs="*", default=[], choices=sabotages.SABOTAGES)
    asked = parser.parse_args()
    started = time.monotonic()
    asked.out.mkdir(parents=True, exist_ok=True)
    settings = folder_of(agency(asked.out), ROOT / "templates")
    given = (asked.incidents, asked.seed, str(settings), asked.sabotage)
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(LOADED)
    with ProcessPoolExecutor(asked.jobs, forks, max_tasks_per_child=1) as pool:
        works = {path: pool.submit(played, path, *given) for path in asked.paths}
        ends: dict[str, Any] = {path: pickle.loads(w.result()) for path, w in works.items()}
    found = compare.differences(ends)
    result = {
        "incidents": asked.incidents,
        "seed": asked.seed,
        "paths": {path: compare.counts(end) for path, end in ends.items()},
        "differences": len(found),
        "differing": found,
        "seconds": round(time.monotonic() - started),
    }
    (asked.out / "nibrs.json").write_text(json.dumps(result, indent=2) + "\n", "utf-8")
    for line in found[:20]:
        print(f"nibrs: {line}")
    for path, counts in result["paths"].items():
        print(f"nibrs: {path}: {json.dumps(counts)}")
    print(
        f"nibrs: {len(found)} differences in {result['seconds']} s; see {asked.out / 'nibrs.json'}"
    )
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
