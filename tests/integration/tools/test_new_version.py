"""`make new-version` in a repository of its own: what it writes, prints and refuses."""

import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.documents import new_version

LOG = "# Changelog\n\n## Unreleased\n\n- A fact.\n"
Run = Callable[..., str]


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "aviso"\nversion = "0.1.0"\n')
    (tmp_path / "CHANGELOG.md").write_text(LOG)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "First")
    monkeypatch.setattr(new_version, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def run(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    """Return a function that runs the program and returns what it printed."""

    def run_with(*arguments: str) -> str:
        monkeypatch.setattr(sys, "argv", ["new-version", *arguments])
        new_version.main()
        return capsys.readouterr().out

    return run_with


def version(repository: Path) -> str:
    return str(tomllib.loads((repository / "pyproject.toml").read_text())["project"]["version"])


class TestNewVersion:
    def test_writes_both_files_and_prints_the_tag(self, repository: Path, run: Run) -> None:
        assert "git tag -a v0.9.0" in run("0.9.0")
        assert version(repository) == "0.9.0"
        log = (repository / "CHANGELOG.md").read_text()
        unreleased, release = log.split("## 0.9.0 - ")
        assert unreleased.endswith("## Unreleased\n\n")
        assert release.endswith("\n\n- A fact.\n")

    def test_steps_commit_and_push_the_tag(self, repository: Path, run: Run) -> None:
        _, *steps, push = map(str.strip, run("0.9.0").splitlines())
        for step in steps:
            git(repository, *shlex.split(step)[1:])
        with pytest.raises(SystemExit, match="no entry"):  # and not "not committed"
            run("0.9.1")
        assert push == "git push origin HEAD v0.9.0"

    def test_dry_run_writes_nothing(self, repository: Path, run: Run) -> None:
        assert run("0.9.0", "--dry-run") == ""
        assert version(repository) == "0.1.0"
        assert (repository / "CHANGELOG.md").read_text() == LOG

    @pytest.mark.parametrize("mode", [(), ("--dry-run",)])
    def test_refuses_what_is_not_committed(
        self, mode: tuple[str, ...], repository: Path, run: Run
    ) -> None:
        (repository / "notes.txt").write_text("a note\n")
        with pytest.raises(SystemExit, match=r"notes\.txt"):
            run("0.9.0", *mode)
        assert version(repository) == "0.1.0"

    def test_next_release_needs_an_entry(self, repository: Path, run: Run) -> None:
        run("0.9.0")
        git(repository, "commit", "-qam", "Release 0.9.0")
        with pytest.raises(SystemExit, match="no entry under 'Unreleased'"):
            run("0.9.1")
