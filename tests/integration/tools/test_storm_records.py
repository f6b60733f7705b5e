"""What docs/results.md says of a storm's runs and sabotages, and of what nobody recorded."""

import json
from collections import Counter

import pytest

from tests.storm import results
from tests.storm.__main__ import entry
from tests.storm.campaign import Total
from tests.storm.plan import Plan
from tests.storm.run import Outcome
from tests.storm.verdict import Verdict

BROKEN = Verdict(figures=Counter(duties=160, lost=1))
TOTAL = Total(verdict=BROKEN, seeds=2, seconds=3300.4, first=5, last=6, cases={20})


@pytest.fixture
def kept(monkeypatch, tmp_path):
    """Record into files of its own; the page begins with another section."""
    for name in ("RUNS", "SABOTAGES", "TRIED"):
        monkeypatch.setattr(results, name, tmp_path / f"{name}.json")
    monkeypatch.setattr(results, "PAGE", tmp_path / "results.md")
    results.PAGE.write_text("# Results\n")
    results.RUNS.write_text("[]")
    results.SABOTAGES.write_text(json.dumps({"date": "", "commit": "", "sabotages": []}))
    return lambda: results.PAGE.read_text()


def rows(page):
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in page.splitlines()]


class TestRun:
    def test_is_kept_with_what_repeats_it(self, kept):
        failed = Outcome(Plan(6, 20), BROKEN, "")
        total = Total(**{**vars(TOTAL), "failing": [failed]})
        results.record(entry(total, "0123456789", "5-6", 2))
        head, _, row, added = (one for one in rows(kept()) if len(one) > 3)
        said = dict(zip(head, row, strict=True))
        assert said["commit"] == "0123456789"
        how = ("seeds", "cases of a seed", "processes", "seconds", "duties", "lost")
        assert [said[name] for name in how] == ["5-6", "20", "2", "3300", "160", "1"]
        assert said["what failed"] == "lost (seed 6)"
        assert dict(zip(head, added, strict=True))["seconds"] == ""

    def test_of_found_seeds_names_them_and_their_cases(self):
        total = Total(**{**vars(TOTAL), "cases": {400, 40}})
        found = entry(total, "0123456789", "found:2,16", 1)
        assert (found["seeds"], found["cases"]) == ("found:2,16", "40, 400")

    def test_from_before_shows_empty_cells(self, kept):
        found = entry(TOTAL, "0123456789", "5-6", 2)
        results.record({name: found[name] for name in found if name not in results.HOW})
        (head, _, row, _) = (one for one in rows(kept()) if len(one) > 3)
        said = dict(zip(head, row, strict=True))
        assert [said[name] for name in results.HOW.values()] == ["", "", ""]


class TestSabotages:
    def test_are_kept_with_date_and_commit(self, kept):
        noticed = {"name": "a", "mistake": "a mistake", "duties": 178, "by": ["lost"]}
        results.TRIED.write_text(json.dumps({"finished": True, "sabotages": [noticed]}))
        results.record_sabotages("0123456789")
        text = " ".join(kept().split())
        assert f"1 of 1 were, on {results.today()} at 0123456789." in text
        assert "| a mistake | lost | 178 |" in text
