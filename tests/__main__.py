"""`make test`: all tests in three runs side by side, and the judgment of what they called on AWS.

Tests on local AWS wait much of their time: for queues, pages and silence. The others compute. So
all run at once, and the computing yields: it fills the pauses. The two longest deploy stacks of
their own, and one replaces the key that signs all links. They run in one process, away from the
stacks that others share.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, NamedTuple

from infra.repository import ROOT

Command = Sequence[str]

PYTEST = (sys.executable, "-m", "pytest")
TWO_WORKERS = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
COMPUTING = ("tests/unit", "tests/integration", "tests/contracts")
ON_AWS = ("tests/e2e", "tests/browser")
OWN_STACKS = tuple(f"tests/e2e/test_{name}.py" for name in ("stack_lifecycle", "chaos", "leaks"))
YIELDING = ("nice", "-n", "10")
COVERED = ("--cov", "--cov-report=json:build/coverage.json")  # no system test counts
LOGS = ROOT / "build/tests-on-aws.log", ROOT / "build/tests-of-own-stacks.log"


class Run(NamedTuple):
    """A command, and the log of all that it says, which is shown at the end; None: the terminal."""

    command: Command
    log: Path | None = None


def done(run: Run) -> int:
    """Run a command until it ends; return its exit code."""
    if run.log is None:
        return _call(run.command)
    run.log.parent.mkdir(exist_ok=True)
    with run.log.open("wb") as output:
        return _call(run.command, output)


def _call(command: Command, output: IO[bytes] | None = None) -> int:
    return subprocess.run(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
    ).returncode


def side_by_side(*runs: Run) -> int:
    """Run all at once, and show their logs at the end; return 1 if any failed."""
    with ThreadPoolExecutor() as threads:
        codes = list(threads.map(done, runs))
    for log in (run.log for run in runs if run.log):
        print(log.read_text("utf-8", "replace"), flush=True)
    return int(any(codes))


def remembering(name: str) -> Command:
    """Return the options of a run that writes down which of its tests failed."""
    return ("-o", f"cache_dir=.pytest_cache/{name}")


def main() -> int:
    """Run all tests, and judge their calls if none failed; return the exit code."""
    since = ["--since", str(int(time.time()))]
    names = " and ".join(str(log.relative_to(ROOT)) for log in LOGS)
    print(f"The tests on local AWS run beside these; {names} are shown at the end.", flush=True)
    others = [f"--ignore={file}" for file in OWN_STACKS]
    shared, own = LOGS
    return side_by_side(
        Run([*YIELDING, *PYTEST, *TWO_WORKERS, *COVERED, *COMPUTING]),
        Run([*PYTEST, *TWO_WORKERS, *remembering("on_aws"), *others, *ON_AWS], shared),
        Run([*PYTEST, *remembering("own_stacks"), *OWN_STACKS], own),
    ) or side_by_side(
        Run([sys.executable, "-m", "tests.permissions.least_privilege", *since]),
        Run([sys.executable, "-m", "tests.permissions.recorded_calls", *since]),
    )


if __name__ == "__main__":
    sys.exit(main())
