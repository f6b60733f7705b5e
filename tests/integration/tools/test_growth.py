"""What scheduled work reads does not grow with the kept cases, as docs/scaling.md says."""

import json
import subprocess
import sys

from infra.repository import ROOT
from tests.performance import growth_page

SIZES = ("40", "400")


class TestGrowth:
    def test_is_none_for_scheduled_work(self, tmp_path):
        out = tmp_path / "growth.json"
        asked = [sys.executable, "-m", "tests.performance.growth", "--recent", "10"]
        subprocess.run([*asked, "--out", out, "--cases", *SIZES], check=True, cwd=ROOT)
        few, many = (json.loads(out.read_text("utf-8"))[size] for size in SIZES)
        for work in ("hour", "asked", "chase"):
            assert few[work]["cases"] == many[work]["cases"] > 0
            assert few[work]["read_units"] == many[work]["read_units"] > 0
        for work, most in {"night": 0.2, "retention": 0.01}.items():
            a_case = [f[work]["calls"] / f[work]["cases"] for f in (few, many)]
            assert abs(a_case[0] - a_case[1]) < most
        assert few["surveys"]["read_units"] == many["surveys"]["read_units"] == 0


class TestDocument:
    def test_gets_tables_and_a_chart(self, tmp_path):
        (tmp_path / "images").mkdir()
        marks = "".join(
            f"<!-- {name}: make growth writes it -->old<!-- end of {name} -->\n"
            for name in ("growth", "dollars")
        )
        (tmp_path / "scaling.md").write_text(marks, encoding="utf-8")
        names = ("cases", "calls", "read_units", "write_units", "hottest", "processor_ms")
        one = dict.fromkeys(growth_page.WORK, dict.fromkeys(names, 1_000))
        growth_page.into(tmp_path, {"10000": one, "1000000": one})
        said = " ".join((tmp_path / "scaling.md").read_text("utf-8").split())
        assert "old" not in said
        assert "| `chase`, a minute | 1,000,000 | 1,000 |" in said
        # A night of 1,000 cases reads and writes 1,000 units; 10,000 cases take ten times as much.
        assert f"| 10,000 | ${730 * 0.00075:.2f} | ${30.4 * 10 * 0.00075:.2f} |" in said
        assert "<svg" in (tmp_path / "images/growth.svg").read_text("utf-8")
