"""What scheduled work reads does not grow with the kept cases, as docs/scaling.md says."""

import json
import subprocess
import sys
from math import ceil

import pytest
import yaml

from infra.harness import cloudformation
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
        assert many["night"]["read_units"] / many["night"]["cases"] > 2.7  # to its end
        assert few["surveys"]["read_units"] == many["surveys"]["read_units"] == 0
        assert 0.1 < many["night"]["botocore_ms"] < 50  # of one call


class TestDocument:
    def test_gets_tables_and_a_chart(self, tmp_path):
        (tmp_path / "images").mkdir()
        marks = "<!-- night: make bench ONLY=growth writes it -->old<!-- end of night -->\n"
        (tmp_path / "scaling.md").write_text(marks, encoding="utf-8")
        counts = dict.fromkeys(("cases", "calls", "read_units", "write_units", "hottest"), 1_000)
        one = dict.fromkeys(
            growth_page.WORK, counts | {"processor_ms": 1_000, "botocore_ms": 1_000}
        )
        growth_page.into(tmp_path, {"10000": one, "1000000": one}, "on 2026-11-28 at commit abc")
        said = " ".join((tmp_path / "scaling.md").read_text("utf-8").split())
        assert "old" not in said
        assert "Measured on 2026-11-28 at commit abc." in said
        found = {"10000": one, "1000000": one}
        work = " ".join(growth_page.works(found).split())
        assert "| `chase`, a minute | 1,000,000 | 1,000 |" in work
        said = " ".join(growth_page.dollars(found).split())
        # A night of 1,000 cases reads and writes 1,000 units; 10,000 cases take ten times as much.
        assert f"| 10,000 | ${730 * 0.00075:.2f} | ${30.4 * 10 * 0.00075:.2f} |" in said
        assert f"40,000 touched cases in each, take ${40 * 730 * 0.00075:.2f}." in said
        assert "<svg" in (tmp_path / "images/growth.svg").read_text("utf-8")

    def test_agrees_with_the_assumed_volumes(self):
        page = (ROOT / "docs/scaling.md").read_text("utf-8")
        block = page.partition("<!-- night:")[2].partition("<!-- end of night -->")[0]
        assumed = yaml.safe_load((ROOT / "infra/cost/volumes.yaml").read_text("utf-8"))["ms"]
        for work, name in growth_page.A_CASE.items():
            row = next(line for line in block.splitlines() if growth_page.WORK[work] in line)
            assert assumed[name] == ceil(float(row.rstrip(" |").rpartition(" ")[2]))
        parts, state = growth_page.parts_at_once(), growth_page.STATE
        night = state["night"] / parts * assumed["night_case"] / 60_000
        hour = state["hour"] * assumed["reconcile_case"] / 60_000
        assert f"{state['night']:,} kept cases in {parts} parts take {night:.0f} minutes" in block
        assert f"{state['hour']:,} changed cases takes {hour:.0f} minutes" in block
        assert f"[{hour:.0f} minutes](#how-long-a-night-and-an-hour-take)" in page
        assert f"that {growth_page.memory()} MB have" in block


FIGURES = {"cases": 100, "calls": 300, "processor_ms": 50, "botocore_ms": 0.8}


class TestCase:
    def test_takes_its_waits_and_its_share_of_a_processor(self, monkeypatch):
        slow = growth_page.a_case_ms(FIGURES)
        assert slow == pytest.approx(15 + (0.5 + 3 * 0.8) * 1769 / 512)
        monkeypatch.setattr(growth_page, "memory", lambda: 1769)
        assert growth_page.a_case_ms(FIGURES) == pytest.approx(15 + 2.9)

    def test_has_whole_milliseconds_in_the_minutes_too(self):
        """So the page and the volumes, from which `make cost` follows, have one figure."""
        told = growth_page.night({"1000": {"night": FIGURES, "hour": FIGURES}})
        assert growth_page.parts_at_once() == 32
        assert ceil(growth_page.a_case_ms(FIGURES)) == 26
        assert f"take {4_000_000 / 32 * 26 / 60_000:.0f} minutes" in told
        assert f"take {4_000_000 / 32 * 25 / 60_000:.0f} minutes" not in told

    def test_is_put_into_the_volumes_of_the_most_kept(self, tmp_path):
        volumes = tmp_path / "volumes.yaml"
        volumes.write_text("ms:\n  chase: 4\n  reconcile_case: 1\n  night_case: 2\n", "utf-8")
        few, many = FIGURES | {"processor_ms": 9_000}, FIGURES
        found = {n: {"hour": f, "night": f} for n, f in (("9000", few), ("10000", many))}
        growth_page.into_volumes(volumes, found)
        took = ceil(growth_page.a_case_ms(many))
        written = yaml.safe_load(volumes.read_text("utf-8"))["ms"]
        assert written == {"chase": 4, "reconcile_case": took, "night_case": took}


class TestNight:
    def test_gives_every_part_its_own_call(self):
        machine = cloudformation.read(ROOT / "template.yaml")["Resources"]["Nightly"]
        states = machine["Properties"]["Definition"]["States"]
        begun, parts = states["Begin"]["Parameters"], states["Parts"]
        assert begun["parts"] == [*range(begun["of"])]
        assert parts["MaxConcurrency"] == begun["of"]

    def test_waits_for_a_function_longer_than_a_part_takes(self):
        machine = cloudformation.read(ROOT / "template.yaml")["Resources"]["Nightly"]
        plan = machine["Properties"]["Definition"]["States"]["Parts"]["ItemProcessor"]["States"]
        first, *others = plan["Plan"]["Retry"]
        assert first["ErrorEquals"] == ["Lambda.TooManyRequestsException"]
        assert first["IntervalSeconds"] * first["MaxAttempts"] >= 2 * 900  # a call's longest
        assert [one["ErrorEquals"] for one in others] == [["States.ALL"]]
