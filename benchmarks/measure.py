"""Runs programs as processes of their own, and says what each took.

The machine is shared and its speed drifts, so programs take turns: every round runs each once, in
another order, and what counts is the median over rounds of the ratio within a round.
"""

import json
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.programs import HERE, WORK, Program

WARM_UP = 100  # requests: Python has rewritten its hot paths for what they meet by then


class BenchError(Exception):
    """A measured program did not do what it should; the message says which."""


@dataclass(frozen=True, slots=True)
class Once:
    """One process from its start to its answer."""

    cpu_ms: float
    wall_ms: float
    peak_mb: float
    answer: Any


@dataclass(frozen=True, slots=True)
class Target:
    """A program answering one scenario's event from one stub."""

    program: Program
    scenario: Path
    port: int
    environment: tuple[tuple[str, str], ...] = ()

    def command(self, how: str) -> list[str]:
        """Return the command of a process that sees nothing but what the program brings."""
        wanted = WORK / f"{self.program.name}.program.json"
        paths = [str(path) for path in self.program.paths]
        wanted.write_text(json.dumps({"paths": paths, "module": self.program.module}))
        base = Path(sys.base_prefix) / "bin" / Path(sys.executable).resolve().name
        return [str(base), "-S", "-s", "-P", "-B", str(HERE / "child.py"), str(self.scenario),
                str(wanted), how]  # fmt: skip

    def env(self) -> dict[str, str]:
        """Return the process's whole environment."""
        scenario = json.loads(self.scenario.read_text())
        return {
            **scenario["environment"],
            "POWERTOOLS_LOG_LEVEL": "INFO",
            "POWERTOOLS_METRICS_NAMESPACE": "Aviso",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.port}",
            "BENCH_CALLS": str(self.scenario.with_suffix(".calls.json")),
            "BENCH_AGENCY": str(WORK / "agency.json"),
            "BENCH_TEMPLATES": str(WORK / "ordinary_templates"),
            "PYTHONHASHSEED": "0",
            "LANG": "C.UTF-8",
            **dict(self.environment),
        }


@contextmanager
def stub(scenario: Path) -> Iterator[int]:
    """Serve a scenario's answers; yields the port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stub", str(scenario)],
        cwd=HERE.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def once(target: Target) -> Once:
    """Start a process, let it answer once, and return what it took from start to end."""
    out, write = os.pipe()
    errors = (WORK / "errors.log").open("wb")
    started = time.perf_counter()
    process = subprocess.Popen(
        target.command("once"), env=target.env(), stdout=write, stderr=errors, close_fds=True
    )
    os.close(write)
    with os.fdopen(out, "rb") as reader:
        printed = reader.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    errors.close()
    if process.returncode:
        tail = printed.decode()[-2000:] + (WORK / "errors.log").read_text()[-2000:]
        raise BenchError(f"{target.program.name} failed on {target.scenario.stem}:\n{tail}")
    answer = json.loads(printed.rsplit(b"\n", 1)[-1])
    cpu = (usage.ru_utime + usage.ru_stime) * 1000
    # The process's own peak: what wait4 reports includes the parent it was forked from.
    peak = re.findall(r"VmHWM:\s+(\d+) kB", (WORK / "errors.log").read_text())
    return Once(cpu, wall * 1000, int(peak[-1]) / 1024 if peak else 0.0, answer)


class Many:
    """A process that stays, as a warm function does."""

    def __init__(self, target: Target) -> None:
        self.process = subprocess.Popen(
            target.command("many"),
            env=target.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.name = f"{target.program.name} on {target.scenario.stem}"
        self.cpu_ms(WARM_UP)

    def cpu_ms(self, requests: int) -> float:
        """Answer these many requests; return the processor time of one, in milliseconds."""
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.write(f"{requests}\n")
        self.process.stdin.flush()
        line = self.process.stderr.readline()
        if not line.startswith("cpu "):
            raise BenchError(f"{self.name} failed:\n{line}{self.process.stderr.read()[-2000:]}")
        return int(line.split()[1]) / requests / 1e6

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


def interleaved(take: Mapping[str, Any], rounds: int, seed: int = 0) -> dict[str, list[Any]]:
    """Call each of `take` once a round, in changing order; return the values by name."""
    order, found = list(take), defaultdict(list)
    draw = random.Random(seed)
    for _ in range(rounds):
        draw.shuffle(order)
        for name in order:
            found[name].append(take[name]())
    return dict(found)


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """Return the median ratio within a round."""
    return statistics.median(a / b for a, b in zip(of, to, strict=True))
