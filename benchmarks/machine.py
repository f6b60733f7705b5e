"""Counts machine instructions with valgrind: a ratio that no other work on the machine changes.

Processor time also has caches and the kernel in it, and on a busy machine others' as well. Where
valgrind is installed, `make bench` counts what each program executes in user space, once cold and
for each warm request; the same run gives the same figure to the third digit. For ours and the
floor it also simulates a core's own caches, the first and the second, and counts how often each
did not hold what was needed: what such a miss costs depends on what else the processor does.
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
CACHED = ("floor", "bound", "portal")  # whose caches are simulated, which takes as long again
REFERENCES = r"I\s+refs:\s+([\d,]+)"
MISSES = r"[ID]1\s+misses:\s+([\d,]+)", r"LL\s+misses:\s+([\d,]+)"
SECOND = Path("/sys/devices/system/cpu/cpu0/cache/index2")  # a core's own last one, as Linux tells
FIRST, FEW, MANY = 20, 5, 25  # requests; what two runs differ by is so many warm ones


def counted(programs: Mapping[str, Program], recorded: Path) -> dict[str, Any]:
    """Count the status page of ours, the floor and the peers.

    Returns:
        `machine`: millions of instructions by program, cold and a warm request, and their ratios
        to the floor; `warm_misses` of the first caches and `warm_misses_2` of the second, in
        thousands; nothing where there is no valgrind.
    """
    if not shutil.which(VALGRIND[0]):
        print(
            "bench: valgrind is not installed, so machine instructions are left out. To "
            "count them, install it with your system's packages (apt install valgrind)"
        )
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
    warm = {name: counts[0] for name, counts in both.items()}
    return {
        "machine": {
            "cold": {name: round(count / 1e6) for name, count in cold.items()},
            "warm": {name: round(count / 1e6, 2) for name, count in warm.items()},
            "cold_ratio": {name: round(n / cold["floor"], 3) for name, n in cold.items()},
            "warm_ratio": {name: round(n / warm["floor"], 3) for name, n in warm.items()},
            "warm_misses": {name: round(both[name][1] / 1e3) for name in CACHED},
            "warm_misses_2": {name: round(both[name][2] / 1e3, 1) for name in CACHED},
        }
    }


def _warm(target: Target, *, caches: bool) -> list[float]:
    """Return the instructions of one warm request, and its misses of first and second caches."""
    many, few = (_run(target, "many", requests, caches=caches) for requests in (MANY, FEW))
    return [(more - less) / (MANY - FEW) for more, less in zip(many, few, strict=True)]


def _run(target: Target, how: str, requests: int = 0, *, caches: bool = False) -> list[int]:
    """Return the instructions of one process, and its misses of both caches if simulated."""
    simulated = ["--cache-sim=yes", f"--LL={_second_cache()}"] if caches else ["--cache-sim=no"]
    done = subprocess.run(
        [*VALGRIND, *simulated, *target.command(how)],
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
    missed = [sum(map(_number, re.findall(misses, done.stderr))) for misses in MISSES]
    return [_number(found[1]), *missed]


def _number(printed: str) -> int:
    return int(printed.replace(",", ""))


def _second_cache() -> str:
    """Return this processor's second cache as valgrind takes it: bytes, ways, bytes of a line."""
    if not SECOND.is_dir():
        return f"{1 << 20},8,64"
    said = ("size", "ways_of_associativity", "coherency_line_size")
    size, ways, line = ((SECOND / name).read_text().strip() for name in said)
    return f"{int(size.removesuffix('K')) << 10},{ways},{line}"
