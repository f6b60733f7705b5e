"""The bench keeps step with the product: its journey can be walked, its stand-in for AWS asked."""

import subprocess
import sys
from pathlib import Path

from benchmarks import counts

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_the_journey_is_recorded_and_stays_within_its_budget_of_calls(
    compiled: Path, tmp_path: Path
) -> None:
    run("-m", "benchmarks.recording", tmp_path, compiled.parent)
    journey = counts.of_journey(tmp_path)["journey"]
    calls = {step: taken["calls"] for step, taken in journey["steps"].items()}
    assert calls["find"] == 0
    assert max(calls["verify"], calls["status"]) <= 4
    assert set(counts.TIMED) <= set(calls)


def test_the_stand_in_for_aws_answers_what_an_import_asks(compiled: Path) -> None:
    code = """
import sys
sys.path[:0] = [sys.argv[1]]
from infra.cost.journey import imitation
with imitation(sys.argv[1]):
    from benchmarks import flow
    flow._imported(5)
    flow._evaluated(5)
"""
    run("-c", code, compiled.parent)
