"""The share of a processor that Lambda gives to a function, as control groups of Linux.

Lambda gives processor by memory: 1,769 MB are one whole
(https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html). A group's processes get
their share of each 20 ms and then wait for the next; AWS documents no such period, so this one is
assumed. An answer that needs less than its share of a period is not slowed down by it.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ONE_PROCESSOR_MB = 1769
PERIOD_US = 20_000
# By version of control groups: the parent folder, and what is written to a group's files.
Files = Mapping[str, str]
PARENTS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))


class NoShareError(Exception):
    """This machine lets us limit no process; the message says why."""


@dataclass(frozen=True, slots=True)
class Share:
    """A part of one processor, and the file that takes the ids of the processes that have it."""

    mb: int
    processes: Path

    def enter(self) -> None:
        """Give this process the share; for a child, before it starts its program.

        Only ordinary priorities have shares: the parent's may be a real-time one.
        """
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
        self.processes.write_text(str(os.getpid()))

    def held_back_ms(self) -> float:
        """Return how long its processes have waited, in all, because they had used their share."""
        said = (self.processes.parent / "cpu.stat").read_text()
        counted = dict(line.split() for line in said.splitlines())
        if "throttled_usec" in counted:
            return int(counted["throttled_usec"]) / 1e3
        return int(counted["throttled_time"]) / 1e6


def part(mb: int) -> float:
    """Return the part of one processor that a function of so many MB has."""
    return mb / ONE_PROCESSOR_MB


def files_of(folder: Path, mb: int) -> Files:
    """Return what is written to a group's files, by name, for the version that made the folder.

    Others' work on the machine should take nothing of the share, so the group weighs the most.
    """
    quota = round(PERIOD_US * part(mb))
    if (folder / "cpu.max").exists():
        return {"cpu.max": f"{quota} {PERIOD_US}", "cpu.weight": "10000"}
    return {
        "cpu.cfs_period_us": str(PERIOD_US),
        "cpu.cfs_quota_us": str(quota),
        "cpu.shares": "262144",
    }


@contextmanager
def shares(
    sizes: tuple[int, ...], parents: tuple[Path, ...] = PARENTS
) -> Iterator[dict[int, Share]]:
    """Make a group for each size in MB, and remove them at the end.

    Raises:
        NoShareError: when this user or this machine cannot.
    """
    parent = next((path for path in parents if (path / "cgroup.procs").exists()), None)
    if parent is None:
        raise NoShareError("this system has no control groups of Linux")
    made: dict[int, Share] = {}
    try:
        for mb in sizes:
            folder = parent / f"aviso-bench-{os.getpid()}-{mb}"
            _make(folder, mb)
            made[mb] = Share(mb, folder / "cgroup.procs")
        yield made
    finally:
        for share in made.values():
            share.processes.parent.rmdir()


def _make(folder: Path, mb: int) -> None:
    try:
        folder.mkdir()
    except OSError as error:
        raise NoShareError(f"only root may make a control group here ({error.strerror})") from None
    try:
        for name, value in files_of(folder, mb).items():
            if not (folder / name).exists():
                raise NoShareError("no control group of this system limits the processor")
            (folder / name).write_text(value)
    except OSError as error:
        folder.rmdir()
        raise NoShareError(f"the processor's limit cannot be set ({error.strerror})") from None
    except NoShareError:
        folder.rmdir()
        raise
