"""Which function process is calling: found by its socket, so that exactly that one can be killed.

Local AWS keeps a process for each concurrent call of a function. Used by the proxy alone, in
local AWS's own environment, so it needs nothing but Python's library.
"""

import contextlib
import os
import signal
from pathlib import Path

PROC = Path("/proc")
# In the command line of every function's process, or in its name if it was forked; nowhere else.
MARK = b"ministack-lambd"


def pid_of(port: int) -> int:
    """Return the function process whose socket has this local port, 0 when there is none."""
    inode = _inode(port)
    socket = f"socket:[{inode}]"
    workers = (pid for pid in _processes() if inode and is_worker(pid))
    return next((pid for pid in workers if _holds(pid, socket)), 0)


def is_worker(pid: int) -> bool:
    """Whether this is a function's process: nothing else may ever be killed."""
    try:
        parts = [(PROC / str(pid) / name).read_bytes() for name in ("cmdline", "comm")]
    except OSError:
        return False
    return MARK in b"\0".join(parts)


def kill(pid: int) -> None:
    """End a function's process at once, as a crash does."""
    if is_worker(pid):
        os.kill(pid, signal.SIGKILL)


def _inode(port: int) -> str:
    wanted = f"0100007F:{port:04X}"
    for line in (PROC / "net" / "tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == wanted:
            return fields[9]
    return ""


def _processes() -> list[int]:
    return [int(entry.name) for entry in PROC.iterdir() if entry.name.isdigit()]


def _holds(pid: int, socket: str) -> bool:
    try:
        links = list((PROC / str(pid) / "fd").iterdir())
    except OSError:
        return False
    for link in links:
        with contextlib.suppress(OSError):  # closed meanwhile
            if str(link.readlink()) == socket:
                return True
    return False
