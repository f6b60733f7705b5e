"""Where this repository is on the machine, and which version of Aviso it has.

Uses only Python's own library, since the set-up asks here before anything else is installed.
"""

import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "infra/agency/sample.yaml"  # the settings of a made-up agency


def version() -> str:
    """Return the version of Aviso in pyproject.toml."""
    return str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])


def commit() -> str:
    """Return the commit of the tree, with a plus when files differ from it; empty without git."""
    asked = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    found = subprocess.run(asked, capture_output=True, text=True, check=False)
    return found.stdout.strip()
