"""A page of the dashboard reads the same, however many cases were counted."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_page_makes_the_same_calls_for_thirty_times_the_cases(tmp_path):
    out = tmp_path / "reads.json"
    command = [sys.executable, "-m", "infra.check.reads", "--cases", "40", "1200", "--out", out]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
    found = json.loads(out.read_text())
    few, many = found["cases"]["40"], found["cases"]["1200"]
    assert found["same"]
    assert few["calls"] == many["calls"] < 20
    # Units grow until every counter of every day is there, and then no more.
    assert many["read_units"] < 100
