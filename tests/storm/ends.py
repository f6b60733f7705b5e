"""Play cases of `make chaos` in memory; keep their ends for the test that compares both rigs.

In a process of its own: python -m tests.storm.ends SEED CASES FILE
"""

import sys
from pathlib import Path

from tests.chaos import sure_ends
from tests.storm.plan import Plan
from tests.storm.run import enter, play, prepare


def main(seed: str, cases: str, out: str) -> int:
    """Return the exit code: 1 if the run itself breaks an invariant."""
    prepare()
    enter()
    verdict = play(Plan(int(seed), int(cases))).verdict
    sure_ends.write(Path(out), verdict.ends)
    for _, problem in verdict.problems:
        print(problem, file=sys.stderr)
    return 1 if verdict.broken else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
