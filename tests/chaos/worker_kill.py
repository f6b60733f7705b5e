"""Which function process is calling: found by its socket, so that exactly that one can be killed.

Local AWS keeps a process for each concurrent call of a function. Used by the proxy alone, in
local AWS's own environment, so it needs nothing but Python's library.
"""

import contextlib
import os
import signal
import subprocess
from pathlib import Path

PROC = Path("/proc")
# In the command line of every function's process, or in its name if it was forked; nowhere else.
MARK = "ministack-lambd"


def pid_of(port: int) -> int:
    """Return the function process whose socket has this local port, 0 when there is none."""
    found = _by_proc(port) if PROC.is_dir() else _by_lsof(port)
    return next((pid for pid in found if is_worker(pid)), 0)


def is_worker(pid: int) -> bool:
    """Whether this is a function's process: nothing else may ever be killed."""
    return MARK in _command(pid)


def kill(pid: int) -> None:
    """End a function's process at once, as a crash does."""
    if is_worker(pid):
        os.kill(pid, signal.SIGKILL)


def _command(pid: int) -> str:
    if PROC.is_dir():
        try:
            parts = [(PROC / str(pid) / name).read_bytes() for name in ("cmdline", "comm")]
            return b"\0".join(parts).decode(errors="replace")
        except OSError:
            return ""
    asked = ["ps", "-o", "command=", "-p", str(pid)]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


def _by_proc(port: int) -> list[int]:
    inode = _inode(port)
    if not inode:
        return []
    socket = f"socket:[{inode}]"
    return [pid for pid in _processes() if is_worker(pid) and _holds(pid, socket)]


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


def _by_lsof(port: int) -> list[int]:
    asked = ["lsof", "-nP", "-t", f"-iTCP@127.0.0.1:{port}"]
    output = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    return [int(line) for line in output.split()]
