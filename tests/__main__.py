"""`make test`: all tests in two runs side by side, and the judgment of what they called on AWS.

Tests on local AWS wait much of their time: for queues, pages and silence. The others compute. So
both run at once, and the computing yields: it fills the pauses. No third worker deploys a stack,
and the workers that do read no other test.
See docs/decisions/two-runs-of-tests.md.
"""

import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from infra.local.downloads import ROOT

Command = Sequence[str]

PYTEST = (sys.executable, "-m", "pytest", "-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
COMPUTING = ("tests/unit", "tests/integration", "tests/contracts")
ON_AWS = ("tests/e2e", "tests/browser")
YIELDING = ("nice", "-n", "10")
COVERED = ("--cov", "--cov-report=json:build/coverage.json")  # no system test counts
CACHE = ("-o", "cache_dir=.pytest_cache/on_aws")  # each run writes down which tests failed
LOG = ROOT / "build/tests-on-aws.log"


def in_order(commands: Sequence[Command], output: IO[bytes] | None = None) -> int:
    """Run commands until one fails; return the last one's exit code.

    Args:
        output: where all that they say goes; None for the terminal.
    """
    for command in commands:
        done = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False
        )
        if done.returncode:
            return done.returncode
    return 0


def side_by_side(computing: Sequence[Command], on_aws: Sequence[Command], log: Path) -> int:
    """Run both at once, the second into a log that is shown at the end; return 1 if any failed."""
    log.parent.mkdir(exist_ok=True)
    with log.open("w+b") as file:
        with ThreadPoolExecutor() as threads:
            codes = [threads.submit(in_order, computing), threads.submit(in_order, on_aws, file)]
        file.seek(0)
        print(file.read().decode("utf-8", "replace"), flush=True)
    return int(any(code.result() for code in codes))


def main() -> int:
    """Run all tests; return the exit code."""
    since = ["--since", str(int(time.time()))]
    print(f"The tests on local AWS run beside these; {LOG.relative_to(ROOT)} is shown at the end.")
    return side_by_side(
        [[*YIELDING, *PYTEST, *COVERED, *COMPUTING]],
        [
            [*PYTEST, *CACHE, *ON_AWS],
            [sys.executable, "-m", "tests.permissions.least_privilege", *since],
            [sys.executable, "-m", "tests.permissions.recorded_calls", *since],
        ],
        LOG,
    )


if __name__ == "__main__":
    sys.exit(main())
