"""`make mutants`: put 300 faults into copies of the tree; write who notices: table.csv.

The tests of a fault are the files that import its module, and those of rules that run its line, at
most 300: `tests` says how many. For a line of the template they are its contracts.
The table is written after each fault: a run that is stopped goes on where it was, on the same code.
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

from infra.repository import ROOT, commit
from tests.mutants import covering
from tests.mutants.points import Point, points

TABLE = Path(__file__).with_name("table.csv")
COLUMNS = ("file", "line", "within", "operator", "occurrence", "tests", "noticed_by")
Row = tuple[str, ...]
COPIES = ROOT / "build/mutants"
AT_MOST = 900  # seconds: a test that never ends has noticed
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
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


def place(point: Point) -> Row:
    """Return a fault as the table has it."""
    where = point.file.as_posix(), str(point.line), point.within
    return (*where, point.operator, str(point.occurrence))


def tried(faults: list[Point], table: Path) -> list[Row]:
    """Return the rows of earlier runs that are about these faults."""
    if not table.exists():
        return []
    places = {place(point) for point in faults}
    with table.open(encoding="utf-8", newline="") as file:
        return [tuple(row) for row in csv.reader(file) if tuple(row[:-2]) in places]


def write(rows: list[Row], table: Path) -> None:
    """Write the table."""
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *sorted(rows)])


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
    rows = tried(faults, TABLE)
    done = {row[:-2] for row in rows}

    def play(point: Point) -> None:
        tree = trees.get()
        tests = covering.tests_of(point, data, first)
        found = noticed(point, tests, tree)
        trees.put(tree)
        rows.append((*place(point), str(len(tests)), found))
        write(rows, TABLE)
        killed = sum(bool(row[-1]) for row in rows)
        said = f"{killed} of {len(rows)} noticed; {':'.join(place(point)[:2])}"
        print(f"mutants: {said}; {len(faults)} in all", flush=True)

    with ExitStack() as copies:
        first = copies.enter_context(copy_of_head("first"))
        data = covering.recorded(first, COPIES / f"coverage-{commit()}")
        for number in range(options.jobs):
            trees.put(copies.enter_context(copy_of_head(f"copy-{number}")))
        with ThreadPoolExecutor(options.jobs) as pool:
            list(pool.map(play, (one for one in faults if place(one) not in done)))
    killed = sum(bool(row[-1]) for row in rows)
    print(f"mutants: {killed} of {len(rows)} noticed after {time.monotonic() - began:,.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
