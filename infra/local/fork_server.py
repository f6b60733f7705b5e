"""Forks the processes of functions, with the packages that they share imported once.

Started by `forked.py` with folders of packages, in local AWS's own environment. Each message on the
socket that is its standard input is a process to start: where, with which environment and program,
and the three files that are its standard input, output and error. The answer is the process's id.

A function's own process imports the product and makes its clients itself, in its own environment.
Only packages are imported before, since four fifths of a cold start's processor time are theirs.
"""

import contextlib
import gc
import json
import os
import runpy
import signal
import socket
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

LONGEST = 200_000  # bytes of a message: mostly the environment
STANDARD = (0, 1, 2)
NAME = b"ministack-lambda"  # of a function's process, which has the command line of this program
PACKAGES = (
    *("aws_lambda_powertools.logging", "aws_lambda_powertools.metrics", "msgspec.json"),
    *("botocore.session", "botocore.client", "botocore.handlers", "pynamodb.models"),
    *("pynamodb.transactions", "jwt", "cryptography.fernet", "jinja2"),
    *("asyncio", "csv", "secrets", "statistics", "zoneinfo"),  # Python's own
)


def main() -> None:
    """Import the packages, and fork until local AWS ends; a forked process runs its program."""
    folders = sys.argv[1:]
    # A function's packages are on no path of local AWS, and nothing here comes from this folder.
    sys.path[:1] = folders
    for name in PACKAGES:
        with contextlib.suppress(ImportError):  # no function with these folders needs it
            import_module(name)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how one ended
    asked = _asked()
    if asked:
        program = Path(asked["program"])
        sys.argv = [str(program)]
        sys.path[: len(folders)] = [str(program.parent)]  # as Python does when it starts one
        runpy.run_path(str(program), run_name="__main__")


def _asked() -> dict[str, Any]:
    """Return, in a forked process, what was asked for; in this one nothing, when local AWS ends."""
    with socket.socket(fileno=os.dup(0)) as local_aws:
        while True:
            message, files, _, _ = socket.recv_fds(local_aws, LONGEST, len(STANDARD))
            if not message:
                return {}
            process = os.fork()
            if not process:
                break
            for file in files:
                os.close(file)
            local_aws.send(str(process).encode())
    asked: dict[str, Any] = json.loads(message)
    _become(asked, files)
    return asked


def _become(asked: dict[str, Any], files: list[int]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for file, standard in zip(files, STANDARD, strict=True):
        os.dup2(file, standard)
        os.close(file)
    Path("/proc/self/comm").write_bytes(NAME)
    os.chdir(asked["folder"])
    os.environ.clear()
    os.environ.update(asked["environment"])


if __name__ == "__main__":
    main()
