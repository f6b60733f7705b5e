"""The bench keeps step with the product: its journey can be walked, its stand-in for AWS asked."""

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import child, counts, feed_paths, report
from infra.repository import ROOT


def run(*arguments: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


class TestBench:
    def test_records_the_journey_within_its_calls(self, compiled: Path, tmp_path: Path) -> None:
        run("-m", "benchmarks.walk", tmp_path, compiled.parent)
        journey = counts.of_journey(tmp_path)["journey"]
        calls = {step: taken["calls"] for step, taken in journey["steps"].items()}
        assert calls["find"] == 0
        assert max(calls["verify"], calls["status"]) <= 4
        assert set(counts.TIMED) <= set(calls)

    def test_answers_an_import_and_a_scan_as_aws(self, compiled: Path) -> None:
        code = """
import sys
from infra.cost.journey import imitation
with imitation(sys.argv[1]):
    from benchmarks import growth
    growth.PAGE = 2
    growth._imported(5)
    growth._evaluated(5)
"""
        run("-c", code, compiled.parent)

    @pytest.mark.parametrize("path", feed_paths.PATHS)
    def test_imports_every_row_by_each_path(self, compiled: Path, path: str) -> None:
        run("-m", "benchmarks.feed_paths", compiled.parent, path, "150")

    @pytest.mark.parametrize(
        ("answer", "held_to"),
        [
            ({"statusCode": 200, "headers": {"Content-Type": "text/html"}, "body": "<p>a page"},
             (200, "", "<p>a page")),
            ({"statusCode": 303, "headers": {"Location": "done"}, "body": ""}, (303, "done", "")),
            ({"statusCode": 303, "multiValueHeaders": {"location": ["done"]}, "body": "<p>Moved"},
             (303, "done", "")),
        ],
    )  # fmt: skip
    def test_checks_a_page_and_a_redirect(self, answer, held_to) -> None:
        assert tuple(child.outcome(answer).values()) == held_to

    def test_stops_at_a_warm_answer_that_differs(self) -> None:
        recorded = {"status": 200, "location": "", "body": "<p>a page"}
        child._hold({"statusCode": 200, "body": "<p>a page"}, recorded)
        for other in (
            {"body": "<p>A page"},
            {"statusCode": 500},
            {"headers": {"location": "done"}},
        ):
            with pytest.raises(ValueError, match="otherwise"):
                child._hold({"statusCode": 200, "body": "<p>a page", **other}, recorded)


class TestMarks:
    def test_hold_what_a_run_replaces_and_no_more(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        page.write_text("before\n<!-- one: written -->\nold\n<!-- end of one -->\nafter")
        report.between_marks(page, "written", {"one": "new"})
        text = page.read_text()
        assert text == "before\n<!-- one: written -->\n\nnew\n\n<!-- end of one -->\nafter"
        with pytest.raises(ValueError, match="has no marks for two"):
            report.between_marks(page, "written", {"one": "newer", "two": "newer"})
        assert page.read_text() == text
