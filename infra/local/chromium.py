"""The browser of tests and pictures: its path, and the ways to get one on a new machine.

`make setup` tries WAYS in order and takes the first browser that shows a page. It writes that
browser's path into `.tools/browser.txt`. It uses only Python's own library, as all of the set-up
does; `headless_browser` shows the page, with the tests' own libraries.
"""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from html import escape
from pathlib import Path
from shlex import quote
from typing import NamedTuple

from infra.local import nodejs
from infra.local.downloads import TOOLS, SetupError, run, say
from infra.repository import ROOT

FOUND = TOOLS / "browser.txt"
PLAYWRIGHT = TOOLS / "playwright"
PACKAGED = TOOLS / "chromium"
PYTHON = ROOT / ".venv/bin/python"
ASKED = "CHROMIUM"  # the variable that names a browser
# Chromium without windows, Playwright's own choice: the tests' pages take it a quarter less time.
SHELL = "chromium-headless-shell"
INSTALLED = (
    SHELL,
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
NONE_WORKS = (
    "No browser for the tests was found here, and none could be fetched: install Chromium or "
    f"Chrome as your system does it, or set {ASKED} to where one is, then run the same command "
    "again."
)


class Way(NamedTuple):
    """One way to get a browser: its name for a person, and its function; None where it fails."""

    name: str
    get: Callable[[], Path | None]
    binding: bool = False  # its error ends the search, since a person asked for this one


def browser() -> Path:
    """Return the browser for tests, pictures and tools.

    Raises:
        SetupError: none is set up; the message says what to do.
    """
    if asked := os.environ.get(ASKED):
        return Path(asked)
    if FOUND.is_file() and (found := Path(FOUND.read_text().strip())).exists():
        return found
    raise SetupError(f"No browser is set up: run 'make setup', or set {ASKED} to where one is.")


def is_set_up() -> bool:
    """Whether a tested browser is there, and is the requested one, if one is requested."""
    found = FOUND.read_text().strip() if FOUND.is_file() else ""
    return bool(found) and Path(found).exists() and (os.environ.get(ASKED) or found) == found


def shows_a_page(path: Path) -> bool:
    """Whether a browser starts as in the tests and shows a page, within two minutes."""
    trial = [str(PYTHON), "-m", "infra.local.headless_browser", str(path)]
    try:
        done = subprocess.run(trial, cwd=ROOT, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def asked_for() -> Path | None:
    """Return the browser that the environment names.

    Raises:
        SetupError: it shows no page. Silently using another one would not be what was asked for.
    """
    asked = os.environ.get(ASKED)
    if asked and not shows_a_page(Path(asked)):
        raise SetupError(f"{ASKED} is '{asked}', which shows no page: correct it or unset it.")
    return Path(asked) if asked else None


def installed() -> Path | None:
    """Return the first installed browser that shows a page, by the names browsers usually have."""
    found = (shutil.which(name) for name in INSTALLED)
    return next((Path(path) for path in found if path and shows_a_page(Path(path))), None)


def from_playwright() -> Path | None:
    """Download the build of the pinned Playwright into .tools."""
    run(
        [str(ROOT / ".venv/bin/playwright"), "install", "--only-shell", "chromium"],
        "Fetching Playwright's Chromium",
        {"enotfound": "Its address is not found: no network, or none to there."},
        env={
            "PLAYWRIGHT_NODEJS_PATH": str(nodejs.node()),
            "PLAYWRIGHT_BROWSERS_PATH": str(PLAYWRIGHT),
            "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "10000",  # milliseconds, each of five tries
        },
        at_most=900,
    )
    return next(PLAYWRIGHT.glob("chromium_headless_shell-*/*/*headless*shell"), None)


def from_distribution() -> Path | None:
    """Install the distribution's package, where this user may do so without a prompt."""
    if not shutil.which("apt-get"):
        return None
    if os.geteuid():
        if (
            not shutil.which("sudo")
            or subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode
        ):
            return None
        as_root = ["sudo", "-n"]
    else:
        as_root = []
    apt = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q"]
    run([*apt, "update"], "Reading the distribution's package lists", {}, at_most=300)
    known = subprocess.run(["apt-cache", "show", SHELL], capture_output=True, check=False)
    name = "chromium" if known.returncode else SHELL
    run(
        [*apt, "install", "-y", "--no-install-recommends", name, "fonts-liberation"],
        "Installing the distribution's Chromium",
        {},
        at_most=900,
    )
    found = shutil.which(name)
    return Path(found) if found else None


def from_npm() -> Path | None:
    """Download the build inside an npm package, with the libraries and a font it needs."""
    if sys.platform != "linux" or platform.machine() not in ("x86_64", "AMD64"):
        return None
    nodejs.install(nodejs.CHROMIUM_PINS, PACKAGED)
    unpacked = PACKAGED / "unpacked"
    unpacked.mkdir()
    run(
        [str(nodejs.node()), str(PACKAGED / "unpack.mjs")],
        "Unpacking Chromium",
        {},
        env={"TMPDIR": str(unpacked)},
    )
    (PACKAGED / "fonts.conf").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        f"  <dir>{escape(str(unpacked))}/fonts</dir>\n  <dir>/usr/share/fonts</dir>\n"
        f"  <cachedir>{escape(str(unpacked))}/font-cache</cachedir>\n</fontconfig>\n"
    )
    start = PACKAGED / "chromium"
    start.write_text(
        f"#!/bin/sh\nexport LD_LIBRARY_PATH={quote(str(unpacked / 'al2023/lib'))}\n"
        f"export FONTCONFIG_FILE={quote(str(PACKAGED / 'fonts.conf'))}\n"
        f'exec {quote(str(unpacked / "chromium"))} "$@"\n'
    )
    start.chmod(0o755)
    return start


WAYS = (
    Way(f"the one that {ASKED} names", asked_for, binding=True),
    Way("an installed one", installed),
    Way("Playwright's build into .tools (about 110 MB)", from_playwright),
    Way("the distribution's package, for the whole system (about 190 MB)", from_distribution),
    Way("the build inside an npm package into .tools (70 MB)", from_npm),
)


def provide(ways: Iterable[Way] = WAYS, is_good: Callable[[Path], bool] = shows_a_page) -> Path:
    """Return the first browser that shows a page, and remember it.

    Raises:
        SetupError: no way finds one, or the requested one shows no page.
    """
    for way in ways:
        say(f"  a browser: {way.name}")
        try:
            path = way.get()
        except SetupError as error:
            if way.binding:
                raise
            say(f"  that did not work: {str(error).splitlines()[0]}")
            continue
        if path and is_good(path):
            FOUND.write_text(f"{path}\n")
            say(f"  the tests use {path}")
            return path
        say("  that gave none which shows a page here" if path else "  there is none")
    raise SetupError(NONE_WORKS)
