"""The pull agent in processes of its own, each forked from one that has loaded it.

An agent takes longer to load than to run, and tests kill dozens of them.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aviso_agent import __main__, pull
from aviso_agent.place import Places
from aviso_agent.reader import Reader
from aviso_agent.upload import Upload

OWNERS: Mapping[str, Any] = {"pull": pull, "Places": Places, "Reader": Reader, "Upload": Upload}
FORKS = multiprocessing.get_context("forkserver")


class AgentProcess:
    """A running agent, and the file that has what it says."""

    def __init__(
        self,
        words: Sequence[str],
        environment: Mapping[str, str],
        said: Path,
        killed_after: Sequence[str] = (),
    ) -> None:
        """Start it.

        Args:
            environment: all variables that it has.
            killed_after: the owner and the name of the step after whose first call it kills itself.
        """
        self._said = said
        FORKS.set_forkserver_preload([__name__])
        given = (list(words), dict(environment), said, killed_after)
        self._process = FORKS.Process(target=_main, args=given)
        self._process.start()

    def kill(self) -> None:
        """Kill it at once."""
        self._process.kill()

    def ended(self, seconds: float = 120) -> tuple[int, str]:
        """Wait until it has ended; return its exit code, or minus its signal, and what it said."""
        self._process.join(seconds)
        code = self._process.exitcode
        assert code is not None, "the agent has not ended"
        return code, self._said.read_text("utf-8")


def _main(
    words: list[str], environment: dict[str, str], said: Path, killed_after: Sequence[str]
) -> None:
    file = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for output in (sys.stdout, sys.stderr):
        os.dup2(file, output.fileno())
    os.chdir("/")
    os.environ.clear()
    os.environ.update(environment)
    if killed_after:
        _kill_after(*killed_after)
    sys.exit(__main__.main(words))


def _kill_after(owner: str, name: str) -> None:
    """Have this process kill itself after the first call of a step; no line of the agent knows."""
    real = getattr(OWNERS[owner], name)

    def step(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(OWNERS[owner], name, step)
