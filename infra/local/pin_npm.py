"""Lock the npm packages again, with hashes and without any address. `make pins` runs it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from infra.local import nodejs

FOLDERS = (nodejs.PINS, nodejs.CHROMIUM_PINS, nodejs.PAGES_PINS)


def without_addresses(lock: dict[str, Any]) -> dict[str, Any]:
    """Return a lock without the packages' addresses and their authors' requests for money."""
    packages = {
        path: {key: value for key, value in package.items() if key not in ("resolved", "funding")}
        for path, package in lock["packages"].items()
    }
    return {**lock, "packages": packages}


def pin(folder: Path) -> None:
    """Write the lock file of a folder's package.json."""
    command = nodejs.npm_command(folder, "install", "--package-lock-only")
    subprocess.run([*command, "--omit-lockfile-registry-resolved"], check=True)
    file = folder / "package-lock.json"
    file.write_text(json.dumps(without_addresses(json.loads(file.read_text())), indent=2) + "\n")


if __name__ == "__main__":
    for each in FOLDERS:
        pin(each)
