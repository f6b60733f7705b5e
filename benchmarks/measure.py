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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.programs import HERE, WORK, Program
from benchmarks.shares import Share

WARM_UP = 100  # requests: Python has rewritten its hot paths for what they meet by then


class BenchError(Exception):
    """A measured program did not do what it should; the message says which."""


@dataclass(frozen=True, slots=True)
class Once:
    """One process from its start to its end, and its two parts: until loaded, and the answer.

    The parts' times are (time, processor time) in milliseconds. `ready_ms` is how long it was
    ready to run and did not: it had used its share, or another program had the processor.
    """

    cpu_ms: float
    wall_ms: float
    peak_mb: float
    answer: Any
    load_ms: tuple[float, float]
    answer_ms: tuple[float, float]
    ready_ms: float


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
def stub(scenario: Path, *waits: Path) -> Iterator[int]:
    """Serve a scenario's answers, at once or after a file's waits; yields the port.

    It goes before other work on the machine where this user may say so.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.stub", str(scenario), *map(str, waits)],
        cwd=HERE.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, process.pid, -10)
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


def once(target: Target, begin: Share | None = None, answer: Share | None = None) -> Once:
    """Start a process, let it answer once, and return what it took from start to end.

    Args:
        begin: the share of a processor that it has from its start; None for all that there is.
        answer: the share that it has once it has loaded, if another.
    """
    out, write = os.pipe()
    errors = (WORK / "errors.log").open("wb")
    command, env = target.command("once"), target.env()
    if answer:
        env["BENCH_SHARE"] = str(answer.processes)
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        env=env,
        stdout=write,
        stderr=errors,
        close_fds=True,
        preexec_fn=begin.enter if begin else None,
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
    found = json.loads(printed.rsplit(b"\n", 1)[-1])
    cpu = (usage.ru_utime + usage.ru_stime) * 1000
    said = (WORK / "errors.log").read_text()
    # The process's own peak: what wait4 reports includes the parent it was forked from.
    peak = re.findall(r"VmHWM:\s+(\d+) kB", said)
    printed_times = r"^loaded (\d+) (\d+) answered (\d+) (\d+) ready (\d+)$"
    times = re.findall(printed_times, said, re.MULTILINE)[-1]
    loaded, loaded_cpu, answered, answered_cpu, ready = (int(n) / 1e6 for n in times)
    return Once(
        cpu,
        wall * 1000,
        int(peak[-1]) / 1024 if peak else 0.0,
        found,
        (loaded - started * 1000, loaded_cpu),
        (answered - loaded, answered_cpu - loaded_cpu),
        ready,
    )


class Many:
    """A process that stays, as a warm function does; it may have a share of a processor."""

    def __init__(self, target: Target, warm_up: int = WARM_UP, begin: Share | None = None) -> None:
        self.process = subprocess.Popen(
            target.command("many"),
            preexec_fn=begin.enter if begin else None,
            env=target.env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.name = f"{target.program.name} on {target.scenario.stem}"
        self.cpu_ms(warm_up)

    def cpu_ms(self, requests: int) -> float:
        """Answer these many requests; return the processor time of one, in milliseconds."""
        return self.took_ms(requests)[1]

    def took_ms(self, requests: int = 1) -> tuple[float, float, float]:
        """Answer these many; return one's time, its processor time and how long it was ready.

        All are in milliseconds; for the last see `Once`.
        """
        assert self.process.stdin is not None
        assert self.process.stderr is not None
        self.process.stdin.write(f"{requests}\n")
        self.process.stdin.flush()
        line = self.process.stderr.readline()
        if not line.startswith("cpu "):
            raise BenchError(f"{self.name} failed:\n{line}{self.process.stderr.read()[-2000:]}")
        cpu, passed, ready = (int(n) / requests / 1e6 for n in line.split()[1:])
        return passed, cpu, ready

    def close(self) -> None:
        """End the process."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


def interleaved[Key](
    take: Mapping[Key, Callable[[], Any]], rounds: int, seed: int = 0
) -> dict[Key, list[Any]]:
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
