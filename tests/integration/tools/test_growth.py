"""What scheduled work reads grows with the kept cases only where docs/scaling.md says so."""

import json
import subprocess
import sys

from tests.conftest import ROOT

SIZES = ("40", "400")


class TestGrowth:
    def test_is_none_for_hour_night_and_chase(self, tmp_path):
        out = tmp_path / "growth.json"
        asked = [sys.executable, "-m", "tests.performance.growth", "--recent", "10"]
        subprocess.run([*asked, "--out", out, "--cases", *SIZES], check=True, cwd=ROOT)
        few, many = (json.loads(out.read_text("utf-8"))[size] for size in SIZES)
        for work in ("hour", "chase"):
            assert few[work]["cases"] == many[work]["cases"] > 0
            assert few[work]["read_units"] == many[work]["read_units"]
        a_case = [f["night"]["calls"] / f["night"]["cases"] for f in (few, many)]
        assert abs(a_case[0] - a_case[1]) < 0.2
        assert "<svg" in out.with_suffix(".html").read_text("utf-8")
