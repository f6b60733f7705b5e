"""`make nibrs`: the rig's cases through all four paths; exit 1 if their ends differ.

Each path is played in a process of its own. build/nibrs.json has the counts and the differences.
"""

import argparse
import json
import pickle
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from infra.compiler.kept import folder_of
from infra.repository import ROOT
from tests.nibrs import compare
from tests.nibrs.play import played
from tests.nibrs.records import agency
from tests.rig import figures
from tests.rig.sabotages import OF_A_PATH
from tests.rig.side_by_side import outcomes

PATHS = ("csv", "ndjson", "push", "pull")
BREAKS = {"zone": "ndjson", "flag": "push", "late": "push", "lose": "pull"}  # sabotage -> the path
# Loaded once, in the process from which that of each path is forked; it reads no settings.
LOADED = [
    *("tests.nibrs.play", "aviso.feed.importer", "aviso.notices.planning"),
    *("aviso.notices.sending", "aviso.letters.print_run", "aviso.letters.pdf"),
]


say = figures.say_as("nibrs")


def main() -> int:
    """Return the exit code."""
    parser = argparse.ArgumentParser(prog="make nibrs", description=__doc__)
    parser.add_argument("--incidents", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="paths at a time")
    parser.add_argument("--paths", nargs="*", default=PATHS, choices=PATHS)
    parser.add_argument("--out", type=Path, default=ROOT / "build")
    parser.add_argument("--sabotage", nargs="*", default=[], choices=OF_A_PATH)
    asked = parser.parse_args()
    started = time.monotonic()
    asked.out.mkdir(parents=True, exist_ok=True)  # for the agency's settings
    settings = folder_of(agency(asked.out), ROOT / "templates")
    work = partial(
        played,
        cases=asked.incidents,
        seed=asked.seed,
        settings=str(settings),
        sabotages={name: BREAKS[name] for name in asked.sabotage},
    )
    played_out = outcomes(work, asked.paths, asked.jobs, loaded=LOADED)
    ends: dict[str, Any] = dict(zip(asked.paths, map(pickle.loads, played_out), strict=True))
    found = compare.differences(ends)
    result = {
        "incidents": asked.incidents,
        "seed": asked.seed,
        "paths": {path: compare.counts(end) for path, end in ends.items()},
        "differences": len(found),
        "differing": found,
        "seconds": round(time.monotonic() - started),
    }
    figures.write(asked.out / "nibrs.json", result)
    for line in found[:20]:
        say(line)
    for path, counts in result["paths"].items():
        say(f"{path}: {json.dumps(counts)}")
    say(f"{len(found)} differences in {result['seconds']} s; see {asked.out / 'nibrs.json'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
