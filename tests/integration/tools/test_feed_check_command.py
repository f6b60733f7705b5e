"""The feed check as a command: `aviso feed check`."""

import subprocess
import sys
from pathlib import Path

import pytest

from aviso.domain.settings import Settings
from infra.harness.feed_drop import a_person_row
from infra.harness.feed_files import export_text
from infra.repository import ROOT

SAMPLE = str(ROOT / "infra/agency/sample.yaml")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "infra.cli", "feed", "check", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


class TestCommand:
    @pytest.mark.parametrize(("role", "status"), [("VIC", 0), ("XYZ", 1)])
    def test_lost_rows_set_its_exit_status(
        self, tmp_path: Path, settings: Settings, role: str, status: int
    ) -> None:
        columns = next(file for file in settings.feed if file.kind == "people").columns
        row = {columns[name]: value for name, value in a_person_row(role=role).items()}
        path = tmp_path / "people.csv"
        path.write_text(export_text(columns.values(), [row]), "utf-8", newline="")
        done = run(str(path), "--agency", SAMPLE)
        assert (done.returncode, done.stderr) == (status, "")
        assert "Nothing was sent" in done.stdout

    def test_a_missing_file_is_told_in_words(self) -> None:
        done = run("gone.csv", "--agency", SAMPLE)
        assert done.returncode == 2
        assert "'gone.csv' does not exist" in done.stderr

    def test_settings_with_mistakes_are_refused(self, tmp_path: Path) -> None:
        bad = tmp_path / "bad.yaml"
        bad.write_text("agency: {}\n", "utf-8")
        done = run(str(bad), "--agency", str(bad))
        assert done.returncode == 1
        assert done.stderr
        assert "Traceback" not in done.stderr
