"""`docs/results.md` is what `make simulate` writes, of the figures that there are."""

import json
import re
import subprocess

import pytest

from aviso.reporting import FIGURES
from infra.repository import ROOT
from tests.simulation.entries import Costs
from tests.simulation.ground_truth import Ledger
from tests.simulation.report import PUBLISHED
from tests.storm import results, sabotages

PAGE = (ROOT / "docs/results.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]


# Figures of the notices' states, which the simulated people cannot see.
COSTS = Costs(hours=0.05, dollars=0.85, share_before=0.96)


NOT_SEEN = {
    *("notices_told", "notices_delivered", "notices_open"),
    *("notices_owed", "on_time_share", "told_by_message", "told_by_letter"),
    # The simulation compares calls and hand-offs in its tables, by offense group, division,
    # language, day and month.
    *("hand_offs_sent", "hand_offs_confirmed", "hand_offs_confirmed_share", "hand_offs_taken_back"),
    *("calls_tried", "calls_reached", "calls_missed", "calls_reached_share"),
}


def git(*arguments):
    return subprocess.run(
        ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )


def leads_here(commit):
    """Whether a commit is in the history of the present one: its code can be looked at."""
    return git("merge-base", "--is-ancestor", commit, "HEAD").returncode == 0


class TestResults:
    def test_have_every_figure_seen_from_outside(self):
        names = [row[0].strip("`") for row in ROWS]
        assert names == list(Ledger().figures(COSTS)) == list(PUBLISHED)
        assert set(names) == {figure.name for figure in FIGURES} - NOT_SEEN

    def test_show_that_the_dashboard_is_true(self):
        assert len(ROWS) == len(PUBLISHED)
        assert [row for row in ROWS if row[2] != row[3]] == []
        assert re.search(
            r"\*\*0 of \d+ figures differ\*\*, and a recount finds 0 differences", PAGE
        )

    def test_seal_days_and_compare_them(self):
        words = " ".join(PAGE.split())  # a sentence goes over lines
        sealed = re.search(r"\*\*(\d+) days are sealed\*\*", words)
        assert sealed
        assert int(sealed[1]) > 60
        forgotten = re.search(r"retention has let (\d+) closed cases go", words)
        assert forgotten
        assert int(forgotten[1]) > 0

    def test_call_the_behavior_of_people_an_assumption(self):
        assert "**assumption**" in PAGE
        assert "tests/simulation/behavior.py" in PAGE


class TestStorms:
    def test_are_on_the_page_as_recorded(self):
        assert PAGE.endswith(results.section()), "python -m tests.storm.results writes the page"

    def test_are_of_commits_in_the_history(self):
        """Unless the page says that a commit is not, or that nobody knows it."""
        if git("rev-parse", "--is-shallow-repository").stdout.strip() != "false":
            pytest.skip("without the whole history of git")
        recorded = [run["commit"] for run in json.loads(results.RUNS.read_text())]
        recorded.append(json.loads(results.SABOTAGES.read_text())["commit"])
        known = [one for one in recorded if not one.endswith(results.UNKNOWN)]
        assert len(known) > 10
        assert [one for one in known if not leads_here(one)] == []
        assert leads_here("HEAD")
        assert not leads_here("HEAD-dirty")

    def test_notice_every_sabotage(self):
        noticed = json.loads(results.SABOTAGES.read_text())["sabotages"]
        assert [one["name"] for one in noticed] == [*sabotages.SABOTAGES]
        assert all(one["by"] and one["duties"] <= sabotages.MOST for one in noticed)

    def test_say_what_became_of_each_failing_seed(self):
        failed = [run for run in json.loads(results.RUNS.read_text()) if run["failing"]]
        assert len(failed) > 4
        for run in failed:
            assert re.search(r"\b(fixed|corrected)( in the rig)? in [0-9a-f]{8}", run["said"])
