"""How the set-up runs a program that downloads: quietly, with progress lines and advice on errors.

Uses only Python's own library, since nothing else is there yet.
"""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from infra.repository import ROOT

TOOLS = ROOT / ".tools"
STAMP = "aviso-stamp"  # in each fetched folder: a hash of the pins that it was made from
SIGN_OF_LIFE = 20  # seconds

NO_NETWORK = (
    "The package index could not be reached. Connect to the network (or set your proxy or mirror "
    "as for pip, uv and npm), then run the same command again; what is already fetched is kept."
)
NOT_TRUSTED = (
    "A certificate was refused: a proxy or mirror has one of its own, which nobody told the "
    "programs to trust. Set SSL_CERT_FILE, PIP_CERT and NODE_EXTRA_CA_CERTS to the path of a file "
    "with its authority's certificate, then run the same command again. The programs' own words "
    "are in .tools/setup.log."
)
# Before the others: a program that meets such a certificate also says that it could not connect.
CERTIFICATE_SIGNS = dict.fromkeys(
    (
        "unknownissuer",  # uv
        "certificate verify failed",  # pip
        "certificate_verify_failed",
        "self-signed certificate",  # npm
        "self signed certificate",
        "unable to get local issuer certificate",
        "unable to verify the first certificate",
    ),
    NOT_TRUSTED,
)
NETWORK_SIGNS = {
    **CERTIFICATE_SIGNS,
    "name resolution": NO_NETWORK,
    "dns error": NO_NETWORK,
    "failed to lookup address": NO_NETWORK,
    "connection refused": NO_NETWORK,
    "network is unreachable": NO_NETWORK,
    "newconnectionerror": NO_NETWORK,
    "no matching distribution": NO_NETWORK,
    "error sending request": NO_NETWORK,
    "could not connect": NO_NETWORK,
    "timed out": NO_NETWORK,
    "no space left": "The disk is full: setting up takes about 1.4 GB. Free some and run again.",
    "hash mismatch": "A package is not the one that was pinned. Clear the cache with "
    "'.tools/uv/bin/uv cache clean' and run again; if it stays, do not go on and report it.",
}


class SetupError(Exception):
    """Something the set-up cannot repair; the message says what, and what to do."""


def say(text: str) -> None:
    """Print one line of progress at once."""
    print("setup: " + text, flush=True)


def run(
    command: list[str],
    what: str,
    ways_out: Mapping[str, str],
    env: Mapping[str, str] | None = None,
    at_most: float | None = None,
) -> None:
    """Run a command quietly, and say every 20 seconds that it still runs.

    Args:
        what: names the step when it fails.
        ways_out: what to say when the output contains the key, in lower case.
        env: variables to add.
        at_most: seconds, after which it is stopped.

    Raises:
        SetupError: the command failed or took too long; the message says what to do.
    """
    inherited = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    TOOLS.mkdir(exist_ok=True)
    log = TOOLS / "setup.log"
    started = time.monotonic()
    with log.open("wb") as file:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**inherited, **(env or {})},
            cwd=ROOT,
            start_new_session=True,  # so that what it started ends with it
        )
        try:
            _wait(process, started, at_most)
        except subprocess.TimeoutExpired:
            raise SetupError(f"{what} took longer than {at_most:.0f} seconds.") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
    if process.returncode:
        _explain(log, what, ways_out)


def _wait(process: subprocess.Popen[bytes], started: float, at_most: float | None) -> None:
    """Wait for a process to end, and show that it still runs."""
    end = started + at_most if at_most else float("inf")
    while True:
        try:
            process.wait(min(SIGN_OF_LIFE, max(0.0, end - time.monotonic())))
            return
        except subprocess.TimeoutExpired:
            if time.monotonic() >= end:
                raise
            say(f"  still at it, {time.monotonic() - started:.0f} s")


def _explain(log: Path, what: str, ways_out: Mapping[str, str]) -> None:
    """Raise an error with advice, chosen by the command's output."""
    output = log.read_text(errors="replace")
    lowered = output.lower()
    for sign, way_out in ways_out.items():
        if sign in lowered:
            raise SetupError(way_out)
    tail = "\n".join("    " + line for line in output.strip().splitlines()[-5:])
    raise SetupError(f"{what} failed; the whole output is in .tools/setup.log and ends:\n{tail}")
