"""The process of local AWS: MiniStack with our changes, and the functions that it starts."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.downloads import TOOLS
from infra.repository import ROOT

ACCESS_LOG = "access.jsonl"  # IAM's decisions, one a line
AT_WORK = "at-work"  # a plus for each start of a function, a minus for each end, a dot for a look
ENDS = ((signal.SIGTERM, 1), (signal.SIGKILL, 3))  # signals, each with the seconds to end in


@dataclass(frozen=True, slots=True)
class Decision:
    """IAM's decision on one call of a function."""

    role: str
    action: str
    resource: str
    allowed: bool
    keys: Sequence[str] = ()  # partition keys that the call names


@dataclass(frozen=True, slots=True)
class Work:
    """What functions did so far.

    Attributes:
        busy: whether one is at work.
        steps: how often one began or ended.
        looks: how often local AWS has looked since then and found no work for a function.
    """

    busy: bool
    steps: int
    looks: int


@dataclass
class Server:
    """Local AWS as a process group of its own."""

    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(
        self, folder: Path, port: int, credentials: Mapping[str, str], more: Mapping[str, str]
    ) -> None:
        """Start it in a folder, where it keeps its logs; `more` is added to its environment."""
        with (folder / "aws.log").open("wb") as log_file:
            self._process = subprocess.Popen(
                [TOOLS / "ministack/bin/python", ROOT / "infra/local/aws_server.py"],
                env={**_environment(folder, port, credentials), **more},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log_file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def is_up(self) -> bool:
        """Whether it still runs."""
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it and the functions that it started, by their process group."""
        process, self._process = self._process, None
        if process is None:
            return
        for sign, seconds in ENDS:
            try:
                os.killpg(process.pid, sign)
            except ProcessLookupError:
                break
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        process.wait()


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether something listens on a port of this machine."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def decisions(folder: Path) -> Iterator[Decision]:
    """Yield IAM's decisions that local AWS wrote in its folder so far."""
    log = folder / ACCESS_LOG
    if log.exists():
        for line in log.read_text(encoding="utf-8").splitlines():
            yield Decision(**json.loads(line))


def work(folder: Path) -> Work:
    """Return what functions did by what local AWS wrote in its folder so far."""
    log = (folder / AT_WORK).read_bytes()
    began, ended = log.count(b"+"), log.count(b"-")
    return Work(began > ended, began + ended, len(log) - len(log.rstrip(b".")))


def scratch(folder: Path) -> Path:
    """Return the folder for what does not outlive local AWS."""
    return folder / "scratch"


def _environment(folder: Path, port: int, credentials: Mapping[str, str]) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PYTHON"))}
    return inherited | {
        **{k: v for k, v in credentials.items() if k != "AWS_ENDPOINT_URL"},
        "AUTH": "true",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_REGION": credentials["AWS_REGION"],
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "ACCESS_LOG": str(folder / ACCESS_LOG),
        "AT_WORK": str(folder / AT_WORK),
        "TMPDIR": str(scratch(folder)),
        "STATE_DIR": str(scratch(folder) / "state"),
    }
