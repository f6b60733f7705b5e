"""The former release of Aviso: its source out of git's history, and its own code at work.

Until 1.0.0 is tagged, it is the commit FORMER. No row of an earlier one is read.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path

import pytest

from infra.repository import ROOT

FORMER = "1c27b15a"
STORY = Path(__file__).with_name("release_story.py")
NEEDED = (
    *("layers", "functions", "infra", "templates"),
    *("template.yaml", "samconfig.toml", "pyproject.toml", "Makefile"),
)
WITHOUT = f"this clone has no commit {FORMER}; git fetch --unshallow gets it"


def needed() -> Path:
    """Return the folder of the former release's source.

    Without history the test is skipped. On GitHub it fails, so that nobody overlooks it: there the
    workflow fetches the whole history.
    """
    if found := source():
        return found
    if os.environ.get("GITHUB_ACTIONS"):
        pytest.fail(WITHOUT)
    pytest.skip(WITHOUT)


@cache
def source() -> Path | None:
    """Unpack the former release's source once; return its folder, None without history."""
    if not (commit := _commit()):
        return None
    folder = ROOT / "build" / "former" / commit[:12]
    if not folder.exists():
        half_done = folder.with_name(f"{folder.name}.{os.getpid()}")
        half_done.mkdir(parents=True)
        archive = subprocess.Popen(
            ["git", "archive", commit, "--", *NEEDED], cwd=ROOT, stdout=subprocess.PIPE
        )
        with archive, tarfile.open(fileobj=archive.stdout, mode="r|") as files:
            files.extractall(half_done, filter="data")
        for tools in (".venv", ".tools"):  # to build it; its layers get the packages that it pins
            (half_done / tools).symlink_to(ROOT / tools)
        try:
            half_done.rename(folder)
        except OSError:  # another process was faster
            shutil.rmtree(half_done)
    return folder


def build() -> Path:
    """Build the former release for this machine, with the packages that it pins.

    It gets our nested stacks, because local AWS cannot update one: their new indexes and groups are
    nothing to that release. Return its built template.
    """
    folder = needed()
    for nested in (ROOT / "infra/stacks").glob("*.yaml"):
        shutil.copyfile(nested, folder / "infra/stacks" / nested.name)
    done = run("-c", "from infra.local.sam_build import build; print(build())")
    return Path(done.splitlines()[-1])


def _commit() -> str:
    return _git("rev-parse", "--verify", "--quiet", f"{FORMER}^{{commit}}")


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def run(*arguments: str | Path) -> str:
    """Run Python with the former release's modules in place of ours; return what it printed.

    Raises:
        RuntimeError: with what it said, when it failed.
    """
    folder = needed()
    paths = os.pathsep.join(map(str, (folder, folder / "layers/aviso")))
    done = subprocess.run(
        [sys.executable, "-P", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"the former release failed:\n{done.stderr[-2000:]}")
    return done.stdout
