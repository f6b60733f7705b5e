"""Fetch everything that running and testing Aviso needs, into this folder and nowhere else.

Called by `make` before anything else. Uses nothing but the library of Python 3.11, since nothing
else is there yet. Does no work when all is in place: each environment carries a stamp, the hash
of the pinned requirements it was made from.

    .tools/uv         the installer (a venv of its own)
    .venv             Python 3.13 with what the functions run with, and the checks and tests
    .tools/sam        AWS SAM CLI        } each pins botocore differently,
    .tools/ministack  AWS on a laptop    } so each has an environment of its own
    .tools/checkov    judge of templates }
"""

import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".tools"
PYTHON = "3.13"  # the Lambda runtime's version
BIN = "Scripts" if os.name == "nt" else "bin"

ENVIRONMENTS = (
    (ROOT / ".venv", ROOT / "requirements-dev.txt", "checks, tests and the portal's libraries"),
    (TOOLS / "sam", ROOT / "infra/local/requirements-sam.txt", "AWS SAM CLI"),
    (TOOLS / "ministack", ROOT / "infra/local/requirements-ministack.txt", "AWS on this laptop"),
    (TOOLS / "checkov", ROOT / "infra/local/requirements-checkov.txt", "a judge of templates"),
)


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
    "no space left": "The disk is full: setting up takes about 1.7 GB. Free some and run again.",
    "hash mismatch": "A package is not the one that was pinned. Clear the cache with "
    "'.tools/uv/bin/uv cache clean' and run again; if it stays, do not go on and report it.",
}


def fetch_uv() -> Path:
    """Install uv, pinned by hash, and return its path."""
    requirements = ROOT / "infra/local/requirements-uv.txt"
    environment = TOOLS / "uv"
    uv = environment / BIN / "uv"
    if is_done(environment, requirements) and uv.exists():
        return uv
    say("fetching uv, the installer (1 of 5)")
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
         "--disable-pip-version-check", "--requirement", str(requirements)],
        "Fetching uv",
        NETWORK_SIGNS,
    )  # fmt: skip
    (environment / "aviso-stamp").write_text(stamp_of(requirements))
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


def main() -> int:
    """Bring every environment up to date; return the exit code."""
    if all(is_done(environment, file) for environment, file, _ in ENVIRONMENTS):
        return 0
    started = time.monotonic()
    TOOLS.mkdir(exist_ok=True)
    uv = fetch_uv()
    for number, (environment, requirements, what) in enumerate(ENVIRONMENTS, start=2):
        if not is_done(environment, requirements):
            say(f"fetching {what} into {environment.relative_to(ROOT)} ({number} of 5)")
            make_environment(uv, environment, requirements)
    say(f"done in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except SetupError as error:
        sys.exit(f"setup: {error}")
    except KeyboardInterrupt:
        sys.exit("setup: stopped; run the same command again to go on")
