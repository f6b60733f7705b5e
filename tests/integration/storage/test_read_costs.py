"""What is read: of the dashboard the same however many cases there are, of a case all of it."""

import json
import subprocess
import sys

from infra.harness.builders import NUMBER, a_case
from infra.harness.portal_browser import aws_calls, store
from infra.repository import ROOT


class TestReads:
    def test_of_a_page_are_alike_for_more_cases(self, tmp_path):
        out = tmp_path / "reads.json"
        command = [
            sys.executable,
            "-m",
            "tests.performance.dashboard_reads",
            "--cases",
            "40",
            "1200",
            "--out",
            out,
        ]
        assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
        found = json.loads(out.read_text())
        few, many = found["cases"]["40"], found["cases"]["1200"]
        assert found["same"]
        assert few["calls"] == many["calls"] < 20
        # Units grow until every counter of every day is there, and then no more: 8,000 cases read
        # 187. The figures on time (decisions/report.md) have nearly doubled the counters.
        assert many["read_units"] < 200

    def test_of_a_long_case_reach_its_end(self, aws):
        from aviso.storage import cases

        case = a_case().with_suspect()
        for n in range(5):  # DynamoDB hands out a megabyte at a time
            case = case.with_arrest(f"a{n}", appearance_place="x" * 300_000)
        store(case.case)
        with aws_calls() as calls:
            found = cases.read_case(NUMBER)
        assert found.report is not None
        assert [arrest.id for arrest in found.arrests] == ["a0", "a1", "a2", "a3", "a4"]
        assert len(calls) > 1
