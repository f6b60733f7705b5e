"""Processes of functions that a fork server starts: its client, in local AWS's own environment.

`started` takes the place of `subprocess.Popen` where MiniStack starts a function. Processes with
the same packages come from one server (`fork_server.py`), which imported these packages once: that
is four fifths of the processor time of a cold start. Linux only; `wanted` says whether it is used.
"""

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

SERVER = Path(__file__).with_name("fork_server.py")
ASKED = "FORKED_FUNCTIONS"  # the variable that tests set: a measured cold start imports everything
LAYERS = "_LAMBDA_LAYERS_DIRS"  # MiniStack's own variable for a function's process
PRODUCT = "aviso"  # each process imports it by itself
LONGEST = 100  # bytes of an answer


class ForkServer(NamedTuple):
    """A fork server, and the connection to it; it ends when the connection is closed."""

    link: socket.socket
    process: subprocess.Popen[bytes]


servers: dict[tuple[str, ...], ForkServer] = {}  # by their folders of packages
_turn = threading.Lock()


class Process:
    """What MiniStack uses of `subprocess.Popen`, for a process that another one forked."""

    def __init__(self, pid: int, files: tuple[IO[str], IO[str], IO[str]]) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = files
        self._handle = -1
        with contextlib.suppress(ProcessLookupError):  # it has ended already
            self._handle = os.pidfd_open(pid)

    def poll(self) -> int | None:
        """Return 0 when it has ended, however it did; None while it runs."""
        return 0 if self._has_ended(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends.

        Raises:
            subprocess.TimeoutExpired: when it still runs after these seconds.
        """
        if not self._has_ended(timeout):
            raise subprocess.TimeoutExpired([str(self.pid)], timeout or 0)
        return 0

    def terminate(self) -> None:
        """Ask it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self._send(signal.SIGKILL)

    def _send(self, sign: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            if not self._has_ended(0):
                signal.pidfd_send_signal(self._handle, sign)

    def _has_ended(self, seconds: float | None) -> bool:
        if self._handle == -1:
            return True
        ready = select.poll()
        ready.register(self._handle, select.POLLIN)
        if not ready.poll(None if seconds is None else seconds * 1000):
            return False
        os.close(self._handle)
        self._handle = -1
        return True


def wanted() -> bool:
    """Whether functions are forked: where tests ask for it, and the system can."""
    return sys.platform == "linux" and bool(os.environ.get(ASKED))


def started(command: Sequence[str], *, cwd: str, env: Mapping[str, str], **_: Any) -> Process:
    """Start a function's program, with pipes for its input, output and errors, as text."""
    inside, ours = zip(*(_pipe(writes) for writes in (True, False, False)), strict=True)
    asked = json.dumps({"program": command[1], "folder": cwd, "environment": dict(env)})
    with _turn:
        link = _server(env).link
        socket.send_fds(link, [asked.encode()], inside)
        answer = link.recv(LONGEST)
    for file in inside:
        os.close(file)
    return Process(int(answer), ours)


def _pipe(writes: bool) -> tuple[int, IO[str]]:
    """Return a pipe's end for the process, and ours: to write into, or to read lines from."""
    reading, writing = os.pipe()
    if writes:
        return reading, os.fdopen(writing, "w", buffering=1)
    return writing, os.fdopen(reading)


def _server(env: Mapping[str, str]) -> ForkServer:
    """Return the server of a function's packages, started for the first of its functions."""
    layers = (Path(name).resolve() / "python" for name in env.get(LAYERS, "").split(os.pathsep))
    packages = tuple(str(path) for path in layers if not (path / PRODUCT).exists())
    if packages not in servers:
        ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with its:
            command = [sys.executable, str(SERVER), *packages]
            servers[packages] = ForkServer(ours, subprocess.Popen(command, stdin=its.fileno()))
    return servers[packages]
