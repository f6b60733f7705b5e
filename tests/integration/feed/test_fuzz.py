"""Some of the broken files of `make fuzz`: none is met wrongly, and a fault is found."""

import json
import subprocess
import sys
from random import Random

import pytest

from infra.harness.feed_drop import Feed
from infra.repository import ROOT
from tests.fuzz.broken_files import broken
from tests.fuzz.sabotages import SABOTAGES

FOUND_BY = {
    "crash": "KeyError at ",
    "reject": "rows are in the file and",
    "write": "rows are new and",
    "leak": "personal data in a log",
}


def fuzz(out, files, *options):
    """Import broken files as `make fuzz` does; return the exit status and the result."""
    command = [sys.executable, "-m", "tests.fuzz", "--jobs", "1", "--out", str(out)]
    command += ["--files", str(files), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (out / "fuzz.json").is_file(), done.stderr
    return done.returncode, json.loads((out / "fuzz.json").read_text())


class TestFuzz:
    def test_no_file_is_met_wrongly(self, tmp_path):
        code, result = fuzz(tmp_path, 300)
        assert (code, result["what"]) == (0, [])
        counts = result["counts"]
        assert counts["files"] == counts["imported"] + counts["refused"] == 300
        assert min(counts[way] for way in ("csv", "ndjson", "push")) > 30
        assert counts["log lines"] > 300
        assert sum(n for name, n in counts.items() if name.startswith("reject: ")) > 100

    @pytest.mark.parametrize("sabotage", SABOTAGES)
    def test_a_fault_is_found(self, tmp_path, sabotage):
        code, result = fuzz(tmp_path, 60, "--sabotage", sabotage)
        assert code == 1
        assert any(FOUND_BY[sabotage] in line for line in result["what"])


class TestBrokenFiles:
    def test_a_seed_decides_them(self, aws, settings):
        files = {file.kind: file for file in Feed(settings).settings.feed}
        first, second = (
            [broken(random, files) for _ in range(50)] for random in (Random(1), Random(1))
        )
        assert first == second
