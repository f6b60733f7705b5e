"""Fetch everything that running and testing Aviso needs, into this folder and nowhere else.

Called by `make` before anything else. Uses nothing but the library of Python 3.11, since nothing
else is there yet. Does no work when all is in place: each environment carries a stamp, the hash
of the pinned requirements it was made from.

    .tools/uv         the installer (a venv of its own)
    .venv             Python 3.13 with what the functions run with, and the checks and tests
    .tools/sam        AWS SAM CLI        } each pins botocore differently,
    .tools/ministack  AWS on a laptop    } so each has an environment of its own
    .tools/checkov    judge of templates }
    .tools/node       Node.js, from the Python index
    .tools/npm        npm packages: a judge of policies, a judge of state machines
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from infra.local import nodejs

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
PYTHON = "3.13"  # the Lambda runtime's version
BIN = "Scripts" if os.name == "nt" else "bin"
UV = ROOT / "infra/local/requirements-uv.txt"


class SetupError(Exception):
    """Something this script cannot mend; the message says what, and the way out."""


def say(text: str) -> None:
    """Print one line of progress at once."""
    print("setup: " + text, flush=True)


def stamp_of(requirements: Path) -> str:
    """Return what an environment made from this file is stamped with."""
    return hashlib.sha256(requirements.read_bytes() + PYTHON.encode()).hexdigest()


def is_done(environment: Path, requirements: Path) -> bool:
    """Tell whether the environment was made from exactly these requirements and still runs."""
    stamp = environment / "aviso-stamp"
    python = environment / BIN / "python"
    return stamp.is_file() and python.exists() and stamp.read_text() == stamp_of(requirements)


def run(command: list[str], what: str, ways_out: dict[str, str]) -> None:
    """Run a command quietly; on failure raise the way out whose key its output contains."""
    env = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, cwd=ROOT
    )
    if done.returncode == 0:
        return
    output = done.stdout.decode("utf-8", "replace")
    log = TOOLS / "setup.log"
    log.write_text(output)
    lowered = output.lower()
    for sign, way_out in ways_out.items():
        if sign in lowered:
            raise SetupError(way_out)
    tail = "\n".join("    " + line for line in output.strip().splitlines()[-5:])
    raise SetupError(f"{what} failed; the whole output is in .tools/setup.log and ends:\n{tail}")


NO_NETWORK = (
    "The package index could not be reached. Connect to the network (or set your proxy or mirror "
    "as for pip and uv), then run the same command again; what is already fetched is kept."
)
NPM_SIGNS = {
    "eintegrity": "An npm package is not the one that was pinned. Delete npm's cache with "
    "'npm cache clean --force' and run again; if it stays, do not go on and report it.",
    "enotfound": NO_NETWORK,
    "eai_again": NO_NETWORK,
    "econnrefused": NO_NETWORK,
    "etimedout": NO_NETWORK,
}
NETWORK_SIGNS = {
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
    "no space left": "The disk is full: setting up takes about 2 GB. Free some and run again.",
    "hash mismatch": "A package is not the one that was pinned. Clear the cache with "
    "'.tools/uv/bin/uv cache clean' and run again; if it stays, do not go on and report it.",
}


def fetch_uv() -> Path:
    """Install uv, pinned by hash, unless it is there; return its path."""
    environment = TOOLS / "uv"
    uv = environment / BIN / "uv"
    if is_done(environment, UV) and uv.exists():
        return uv
    shutil.rmtree(environment, ignore_errors=True)
    no_venv = (
        "This Python cannot make virtual environments. Install its venv module "
        "(Debian, Ubuntu: 'apt install python3-venv') and run again."
    )
    run(
        [sys.executable, "-m", "venv", str(environment)],
        "Making an environment for uv",
        {"ensurepip": no_venv, "no module named venv": no_venv},
    )
    run(
        [str(environment / BIN / "python"), "-m", "pip", "install", "--quiet", "--require-hashes",
         "--disable-pip-version-check", "--requirement", str(UV)],
        "Fetching uv",
        NETWORK_SIGNS,
    )  # fmt: skip
    (environment / "aviso-stamp").write_text(stamp_of(UV))
    return uv


def make_environment(uv: Path, environment: Path, requirements: Path) -> None:
    """Make one environment on Python 3.13, which uv finds or downloads, and fill it."""
    no_python = (
        f"Python {PYTHON} was not found here and could not be downloaded. Install Python {PYTHON} "
        "(python.org, pyenv or your system's packages), then run again."
    )
    python_signs = dict.fromkeys(
        (
            "no interpreter found",
            "failed to download",
            "no download found",
            "error sending request",
        ),
        no_python,
    )
    if (environment / BIN / "python").exists():
        (environment / "aviso-stamp").unlink(missing_ok=True)
    else:
        run(
            [str(uv), "venv", "--quiet", "--clear", "--seed", "--python", PYTHON, str(environment)],
            f"Making {environment.relative_to(ROOT)}",
            {**python_signs, **NETWORK_SIGNS},
        )
    run(
        [str(uv), "pip", "sync", "--quiet", "--require-hashes",
         "--python", str(environment / BIN / "python"), str(requirements)],
        f"Filling {environment.relative_to(ROOT)}",
        NETWORK_SIGNS,
    )  # fmt: skip
    (environment / "aviso-stamp").write_text(stamp_of(requirements))


def install_packages(pins: Path, folder: Path) -> None:
    """Install the npm packages of a lock file into a folder, and nothing else into it."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(pins / name, folder)
    run(
        nodejs.npm_command(folder, "ci"),
        f"Filling {folder.relative_to(ROOT)}",
        {**NPM_SIGNS, **NETWORK_SIGNS},
    )
    (folder / nodejs.STAMP).write_text(nodejs.stamp_of(pins))


class Step(NamedTuple):
    """One thing to fetch: what it is for a person, whether it is there, and how it is made."""

    what: str
    done: Callable[[], bool]
    make: Callable[[], object]


def environment(folder: Path, requirements: Path, what: str) -> Step:
    """Return the step that makes a Python environment."""
    return Step(
        f"{what} into {folder.relative_to(ROOT)}",
        lambda: is_done(folder, requirements),
        lambda: make_environment(fetch_uv(), folder, requirements),
    )


LOCAL = ROOT / "infra/local"
STEPS = (
    Step("uv, the installer", lambda: is_done(TOOLS / "uv", UV), fetch_uv),
    environment(
        ROOT / ".venv",
        ROOT / "requirements-dev.txt",
        "checks, tests and the portal's libraries",
    ),
    environment(TOOLS / "sam", LOCAL / "requirements-sam.txt", "AWS SAM CLI"),
    environment(TOOLS / "ministack", LOCAL / "requirements-ministack.txt", "AWS on this laptop"),
    environment(TOOLS / "checkov", LOCAL / "requirements-checkov.txt", "a judge of templates"),
    environment(nodejs.ENVIRONMENT, LOCAL / "requirements-node.txt", "Node.js"),
    Step(
        "judges of policies into .tools/npm",
        lambda: nodejs.is_installed(nodejs.PINS, nodejs.PACKAGES),
        lambda: install_packages(nodejs.PINS, nodejs.PACKAGES),
    ),
)


def main() -> int:
    """Bring all of it up to date; return the exit code."""
    if all(step.done() for step in STEPS):
        return 0
    started = time.monotonic()
    TOOLS.mkdir(exist_ok=True)
    for number, step in enumerate(STEPS, start=1):
        if not step.done():
            say(f"fetching {step.what} ({number} of {len(STEPS)})")
            step.make()
    say(f"done in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except KeyboardInterrupt:
        sys.exit("setup: stopped; run the same command again to go on")
