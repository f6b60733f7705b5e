"""Fetch everything that running and testing Aviso needs into this folder.

`make` calls it first. It uses only the library of Python 3.11, since nothing else is there yet. It
does nothing when all is in place: each environment has a stamp, the hash of the pinned requirements
that it was made from.

    .tools/uv         the installer (a venv of its own)
    .tools/python     Python 3.13, where the machine has none
    .venv             Python 3.13 with what the functions run with, and the checks and tests
    .tools/sam        AWS SAM CLI        } each pins botocore differently,
    .tools/ministack  AWS on a laptop    } so each has an environment of its own
    .tools/checkov    judge of templates }
    .tools/docs       the documentation site's generator
    .tools/node       Node.js, from the Python index
    .tools/npm        npm packages: checkers of policies, state machines and prose; diagrams

With --browser it also looks for a browser, and downloads one if there is none: see `chromium`.
"""

import argparse
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from infra.local import chromium, nodejs
from infra.local.downloads import (
    CERTIFICATE_SIGNS,
    NETWORK_SIGNS,
    STAMP,
    TOOLS,
    SetupError,
    run,
    say,
)
from infra.repository import ROOT

PYTHON = "3.13"  # the Lambda runtime's version
BIN = "Scripts" if os.name == "nt" else "bin"
LOCAL = ROOT / "infra/local"
UV = LOCAL / "requirements-uv.txt"
PATHS = (ROOT, ROOT / "layers/aviso", ROOT / "layers/letters", ROOT / "infra/agent")
PACKAGES = "".join(f"{path}\n" for path in PATHS)


def stamp_of(requirements: Path) -> str:
    """Return the stamp of an environment made from this file."""
    return hashlib.sha256(requirements.read_bytes() + PYTHON.encode()).hexdigest()


def is_done(environment: Path, requirements: Path) -> bool:
    """Whether the environment was made from exactly these requirements and still runs."""
    stamp = environment / STAMP
    python = environment / BIN / "python"
    return stamp.is_file() and python.exists() and stamp.read_text() == stamp_of(requirements)


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
    (environment / STAMP).write_text(stamp_of(UV))
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
        (environment / STAMP).unlink(missing_ok=True)
    else:
        run(
            [str(uv), "venv", "--quiet", "--clear", "--seed", "--python", PYTHON, str(environment)],
            f"Making {environment.relative_to(ROOT)}",
            {**CERTIFICATE_SIGNS, **python_signs, **NETWORK_SIGNS},
            env={"UV_PYTHON_INSTALL_DIR": str(TOOLS / "python")},
        )
    run(
        [str(uv), "pip", "sync", "--quiet", "--require-hashes",
         "--python", str(environment / BIN / "python"), str(requirements)],
        f"Filling {environment.relative_to(ROOT)}",
        NETWORK_SIGNS,
    )  # fmt: skip
    (environment / STAMP).write_text(stamp_of(requirements))


def search_path() -> Path:
    """Return the file that puts this checkout's packages on the path of .venv's Python."""
    return ROOT / ".venv" / "lib" / f"python{PYTHON}" / "site-packages" / "aviso.pth"


def write_search_path() -> None:
    """Let `.venv/bin/python -m infra...` and the tests import `aviso` and `infra`."""
    search_path().write_text(PACKAGES)


class SetupStep(NamedTuple):
    """One thing to fetch: its name for a person, whether it is there, and how it is made."""

    what: str
    done: Callable[[], bool]
    make: Callable[[], object]


def environment(folder: Path, requirements: Path, what: str) -> SetupStep:
    """Return the step that makes a Python environment."""
    return SetupStep(
        f"{what} into {folder.relative_to(ROOT)}",
        lambda: is_done(folder, requirements),
        lambda: make_environment(fetch_uv(), folder, requirements),
    )


STEPS = (
    SetupStep("uv, the installer", lambda: is_done(TOOLS / "uv", UV), fetch_uv),
    environment(
        ROOT / ".venv",
        ROOT / "requirements-dev.txt",
        "checks, tests and the portal's libraries",
    ),
    SetupStep(
        "the paths of the project's own packages into .venv",
        lambda: search_path().is_file() and search_path().read_text() == PACKAGES,
        write_search_path,
    ),
    environment(TOOLS / "sam", LOCAL / "requirements-sam.txt", "AWS SAM CLI"),
    environment(TOOLS / "ministack", LOCAL / "requirements-ministack.txt", "AWS on this laptop"),
    environment(TOOLS / "checkov", LOCAL / "requirements-checkov.txt", "a judge of templates"),
    environment(TOOLS / "docs", LOCAL / "requirements-docs.txt", "the documentation site's tools"),
    environment(nodejs.ENVIRONMENT, LOCAL / "requirements-node.txt", "Node.js"),
    SetupStep(
        "checkers of policies and prose into .tools/npm",
        lambda: nodejs.is_installed(nodejs.PINS, nodejs.PACKAGES),
        lambda: nodejs.install(nodejs.PINS, nodejs.PACKAGES),
    ),
)


BROWSER = SetupStep("a browser for the tests", chromium.is_set_up, chromium.provide)


def main() -> int:
    """Update everything; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--browser", action="store_true", help="provide a browser as well")
    steps = STEPS + ((BROWSER,) if parser.parse_args().browser else ())
    if all(step.done() for step in steps):
        return 0
    started = time.monotonic()
    TOOLS.mkdir(exist_ok=True)
    for number, step in enumerate(steps, start=1):
        if not step.done():
            say(f"fetching {step.what} ({number} of {len(steps)})")
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
