"""The last released version of Aviso: its source out of git's history, and its own code at work.

The version is the newest in CHANGELOG.md. Its commit has the tag `v<version>`, or else the subject
`Release <version>`, which `CONTRIBUTING.md` asks for. A clone without history has neither.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
from functools import cache
from pathlib import Path

import pytest

from infra.repository import ROOT

RECORDED = Path(__file__).with_name("recorded")  # rows that each release wrote, by version
STORY = Path(__file__).with_name("release_story.py")
NEEDED = (
    *("layers", "functions", "infra", "templates"),
    *("template.yaml", "samconfig.toml", "pyproject.toml", "Makefile"),
)
HEADING = re.compile(r"^## (\d+\.\d+\.\d+) - ", re.MULTILINE)
WITHOUT = "this clone has no commit of release {version}; git fetch --unshallow --tags gets it"


def version() -> str:
    """Return the version of the last release."""
    found = HEADING.search((ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert found, "CHANGELOG.md has no release"
    return found[1]


def needed() -> Path:
    """Return the folder of the last release's source.

    Without history the test is skipped. On GitHub it fails, so that nobody overlooks it: there the
    workflow fetches the whole history.
    """
    if found := source():
        return found
    words = WITHOUT.format(version=version())
    if os.environ.get("GITHUB_ACTIONS"):
        pytest.fail(words)
    pytest.skip(words)


@cache
def source() -> Path | None:
    """Unpack the last release's source once; return its folder, None without history."""
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
    """Build the last release for this machine, with the packages that it pins.

    It gets our nested stacks, because local AWS cannot update one: their new indexes and groups are
    nothing to that release. Return its built template.
    """
    folder = needed()
    for nested in (ROOT / "infra/stacks").glob("*.yaml"):
        shutil.copyfile(nested, folder / "infra/stacks" / nested.name)
    done = run("-c", "from infra.local.sam_build import build; print(build())")
    return Path(done.splitlines()[-1])


def _commit() -> str:
    tag = f"refs/tags/v{version()}^{{commit}}"
    subject = ("log", "-1", "--format=%H", f"--grep=^Release {re.escape(version())}$", "HEAD")
    return _git("rev-parse", "--verify", "--quiet", tag) or _git(*subject)


def _git(*arguments: str) -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def run(*arguments: str | Path) -> str:
    """Run Python with the last release's modules in place of ours; return what it printed.

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
        raise RuntimeError(f"release {version()} failed:\n{done.stderr[-2000:]}")
    return done.stdout
