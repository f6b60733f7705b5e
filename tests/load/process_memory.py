"""How much memory the functions' processes hold, as the operating system counts it (Linux)."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
MARK = b"ministack-lambda-"  # in the command line of every function's process of local AWS


@dataclass
class Memory:
    """What one function's processes held, sample by sample.

    Args:
        port: local AWS's, so that another's functions are left out.
    """

    function: str
    port: int
    started: float = field(default_factory=time.monotonic)
    samples: list[tuple[float, int, float]] = field(default_factory=list)  # seconds, process, MB

    def look(self) -> None:
        """Note what each process holds now."""
        now = round(time.monotonic() - self.started, 1)
        self.samples += [(now, pid, mb) for pid, mb in self._processes()]

    def _processes(self) -> Iterator[tuple[int, float]]:
        name = f"AWS_LAMBDA_FUNCTION_NAME={self.function}".encode()
        endpoint = f":{self.port}".encode()
        for entry in PROC.iterdir():
            if not entry.name.isdigit():
                continue
            with contextlib.suppress(OSError, StopIteration):  # gone meanwhile
                if MARK not in (entry / "cmdline").read_bytes():
                    continue
                given = (entry / "environ").read_bytes()
                if name in given.split(b"\0") and endpoint in given:
                    status = (entry / "status").read_text().splitlines()
                    held = next(line for line in status if line.startswith("VmRSS:"))
                    yield int(entry.name), int(held.split()[1]) / 1024

    def figures(self) -> dict[str, float]:
        """Return the most that any process held in each third of the time, in MB.

        Raises:
            ValueError: when no process was ever seen.
        """
        if not self.samples:
            raise ValueError(f"no process of {self.function} was seen")
        end = max(at for at, _, _ in self.samples)
        thirds: list[list[float]] = [[], [], []]
        for at, _, mb in self.samples:
            thirds[min(int(at / end * 3), 2) if end else 0].append(mb)
        names = ("first_third_mb", "second_third_mb", "last_third_mb")
        most = {n: round(max(t), 1) for n, t in zip(names, thirds, strict=True) if t}
        return {"processes": len({pid for _, pid, _ in self.samples}), **most}
