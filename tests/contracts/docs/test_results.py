"""`docs/results.md` is what `make simulate` writes, of the figures that there are."""

import re
from pathlib import Path

from aviso.reporting import FIGURES
from tests.simulation.ground_truth import Costs, Ledger
from tests.simulation.report import PUBLISHED

PAGE = (Path(__file__).resolve().parents[3] / "docs/results.md").read_text()
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in PAGE.splitlines()
    if line.startswith("| `")
]
# Figures of the notices' states, which the simulated people cannot see.
COSTS = Costs(hours=0.05, dollars=0.85, share_before=0.96)
NOT_SEEN = {"notices_told", "notices_delivered", "notices_open"}


def test_every_figure_of_the_dashboard_is_on_the_page_but_those_nobody_outside_can_see():
    names = [row[0].strip("`") for row in ROWS]
    assert names == list(Ledger().figures(COSTS)) == list(PUBLISHED)
    assert set(names) == {figure.name for figure in FIGURES} - NOT_SEEN


def test_the_dashboard_shows_the_truth():
    assert len(ROWS) == len(PUBLISHED)
    assert [row for row in ROWS if row[2] != row[3]] == []
    assert re.search(r"\*\*0 of \d+ figures differ\*\*, and a recount finds 0 differences", PAGE)


def test_days_were_sealed_while_it_played_and_compared_with_their_seals():
    words = " ".join(PAGE.split())  # a sentence goes over lines
    sealed = re.search(r"\*\*(\d+) days are sealed\*\*", words)
    assert sealed
    assert int(sealed[1]) > 60
    forgotten = re.search(r"retention has let (\d+) closed cases go", words)
    assert forgotten
    assert int(forgotten[1]) > 0


def test_the_page_says_that_the_behavior_of_simulated_people_is_an_assumption():
    assert "**assumption**" in PAGE
    assert "tests/simulation/behavior.py" in PAGE
