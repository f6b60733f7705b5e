"""`make mutants`: put 300 faults into copies of the tree; write who notices: table.csv.

The tests of a fault are those that run its line (at most 600), without local AWS and the browser.
"""

import argparse
import csv
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue

from infra.repository import ROOT
from tests.mutants import covering
from tests.mutants.points import Point, points

TABLE = Path(__file__).with_name("table.csv")
COLUMNS = ("file", "line", "within", "operator", "noticed_by")
COPIES = ROOT / "build/mutants"
AT_MOST = 900  # seconds: a test that never ends has noticed
FAILED = re.compile(r"^(?:FAILED|ERROR) ([^ ]+)", re.MULTILINE)
NOBODY = ""


@contextmanager
def copy_of_head(name: str) -> Iterator[Path]:
    """Make a work tree of the last commit, and take it away at the end."""
    tree = COPIES / name
    git = ("git", "-C", str(ROOT), "worktree")
    subprocess.run([*git, "add", "--detach", "--quiet", str(tree)], check=True)
    for tools in (".tools", ".venv"):
        (tree / tools).symlink_to(ROOT / tools)
    try:
        yield tree
    finally:
        subprocess.run([*git, "remove", "--force", str(tree)], check=True)


def noticed(point: Point, tests: list[str], tree: Path) -> str:
    """Return the first test that fails with a fault in it, or nothing."""
    if not tests:
        return NOBODY
    original = (tree / point.file).read_bytes()
    names = tree / "build/tests.txt"
    names.parent.mkdir(exist_ok=True)
    names.write_text("\n".join(tests), "utf-8")
    try:
        point.put_in(tree)
        command = (sys.executable, "-m", "pytest", "-xq", "-p", "no:cacheprovider", f"@{names}")
        run = subprocess.run(
            command,
            cwd=tree,
            env=covering.environment(tree),
            check=False,
            capture_output=True,
            text=True,
            timeout=AT_MOST,
        )
    except subprocess.TimeoutExpired:
        return "a test that did not end"
    finally:
        (tree / point.file).write_bytes(original)
    if run.returncode == 0:
        return NOBODY
    found = FAILED.search(run.stdout)
    return found[1] if found else "an import that fails"


def main() -> int:
    """Play all faults; return 1 if the tests fail without any."""
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    if subprocess.run(["git", "diff", "--quiet", "HEAD"], cwd=ROOT, check=False).returncode:
        print("mutants: commit first; the faults go into copies of the last commit")
        return 2
    began, faults = time.monotonic(), points()
    trees: SimpleQueue[Path] = SimpleQueue()
    rows: list[tuple[str, ...]] = []

    def play(point: Point) -> None:
        tree = trees.get()
        found = noticed(point, covering.tests_of(point, data, first), tree)
        trees.put(tree)
        place = (point.file.as_posix(), str(point.line), point.within, point.operator)
        rows.append((*place, found))
        killed = sum(bool(row[-1]) for row in rows)
        print(f"mutants: {killed} of {len(rows)} noticed; {':'.join(place[:2])}", flush=True)

    with ExitStack() as copies:
        first = copies.enter_context(copy_of_head("first"))
        data = covering.recorded(first)
        for number in range(options.jobs):
            trees.put(copies.enter_context(copy_of_head(f"copy-{number}")))
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(play, faults))
    with TABLE.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *sorted(rows)])
    killed = sum(bool(row[-1]) for row in rows)
    print(f"mutants: {killed} of {len(rows)} noticed after {time.monotonic() - began:,.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
