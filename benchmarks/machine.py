"""Counts machine instructions with valgrind: a ratio that no other work on the machine changes.

Processor time also has caches and the kernel in it, and on a busy machine others' as well. Where
valgrind is installed, `make bench` counts what each program executes in user space, once cold and
for each warm request; the same run gives the same figure to the third digit. For ours and the
floor it also simulates this processor's caches, and counts how often the first did not hold what
was needed.
"""

import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.measure import BenchError, Target, stub
from benchmarks.programs import PEERS, Program
from benchmarks.timing import PAGE

VALGRIND = ("valgrind", "--tool=cachegrind", "--cachegrind-out-file=/dev/null")
CACHED = ("floor", "portal")  # whose caches are simulated, which takes as long again
REFERENCES, MISSES = r"I\s+refs:\s+([\d,]+)", r"[ID]1\s+misses:\s+([\d,]+)"
FIRST, FEW, MANY = 20, 5, 25  # requests; what two runs differ by is so many warm ones


def counted(programs: Mapping[str, Program], recorded: Path) -> dict[str, Any]:
    """Count the status page of ours, the floor and the peers.

    Returns:
        `machine`: millions of instructions by program, cold and a warm request, and their ratios
        to the floor; `warm_misses` of the first caches, in thousands; nothing where there is no
        valgrind.
    """
    if not shutil.which(VALGRIND[0]):
        print("bench: valgrind is not installed, so machine instructions are left out")
        return {}
    names = ("floor", "given", "bound", "portal", *PEERS)
    file = recorded / f"{PAGE}.json"
    with stub(file) as port:
        targets = {name: Target(programs[name], file, port) for name in names}
        cold = {name: _run(t, "once")[0] for name, t in targets.items() if name != "bound"}
        both = {
            name: _warm(target, caches=name in CACHED)
            for name, target in targets.items()
            if name != "given"  # warm, it is the floor
        }
    warm = {name: count for name, (count, _) in both.items()}
    return {
        "machine": {
            "cold": {name: round(count / 1e6) for name, count in cold.items()},
            "warm": {name: round(count / 1e6, 2) for name, count in warm.items()},
            "cold_ratio": {name: round(n / cold["floor"], 3) for name, n in cold.items()},
            "warm_ratio": {name: round(n / warm["floor"], 3) for name, n in warm.items()},
            "warm_misses": {name: round(both[name][1] / 1e3) for name in CACHED},
        }
    }


def _warm(target: Target, *, caches: bool) -> tuple[float, float]:
    """Return the instructions of one warm request, and its misses of the first caches."""
    many, few = (_run(target, "many", requests, caches=caches) for requests in (MANY, FEW))
    counts = [(more - less) / (MANY - FEW) for more, less in zip(many, few, strict=True)]
    return counts[0], counts[1]


def _run(target: Target, how: str, requests: int = 0, *, caches: bool = False) -> tuple[int, int]:
    """Return the instructions of one process, and its misses of the first caches if simulated."""
    done = subprocess.run(
        [*VALGRIND, f"--cache-sim={'yes' if caches else 'no'}", *target.command(how)],
        env=target.env(),
        input=f"{FIRST}\n{requests}\n" if requests else "",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    found = re.search(REFERENCES, done.stderr)
    if done.returncode or not found:
        raise BenchError(f"{target.program.name} failed under valgrind:\n{done.stderr[-2000:]}")
    return _number(found[1]), sum(_number(count) for count in re.findall(MISSES, done.stderr))


def _number(printed: str) -> int:
    return int(printed.replace(",", ""))
