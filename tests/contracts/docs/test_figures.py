"""`docs/figures.md` says what the code counts, row by row."""

import re

import pytest

from aviso.domain.notice import State
from aviso.domain.settings import Settings
from aviso.reporting import FIGURES, Figure
from aviso.reporting.figures import Terms
from infra.repository import ROOT

PAGE = (ROOT / "docs/figures.md").read_text()


def table(heading: str) -> list[list[str]]:
    """Return the cells of the table under a heading."""
    section = PAGE.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def written(terms: Terms) -> str:
    """Write a sum of counters as the page does."""
    text = ""
    for metric, factor in terms.items():
        number = f"{abs(factor)} " if abs(factor) != 1 else ""
        sign = (" - " if factor < 0 else " + ") if text else ""
        text += f"{sign}{number}`{metric}`"
    return text


def row_of(figure: Figure) -> list[str]:
    """Return the page's row for a figure."""
    return [f"`{figure.name}`", figure.unit, written(figure.over), written(figure.under)]


LETTERS = ("letter_minutes", "letter_cost_cents", "letter_share_before", "staff_hour_cents")


class TestFigures:
    def test_are_on_the_page_as_in_the_code(self) -> None:
        assert table("Figures") == [row_of(figure) for figure in FIGURES]

    def test_explain_every_counter(self) -> None:
        patterns = [re.escape(row[0].strip("`")) for row in table("Counters")]
        known = re.compile("|".join(re.sub(r"<\w+>", r"[a-z0-9_]+", p) for p in patterns))
        used = {metric for figure in FIGURES for metric in (*figure.over, *figure.under)}
        assert [metric for metric in sorted(used) if not known.fullmatch(metric)] == []

    def test_count_states_that_exist(self) -> None:
        used = {m for f in FIGURES for m in (*f.over, *f.under) if m.startswith("notices.")}
        assert used <= {f"notices.{state.value}" for state in State}

    def test_name_the_settings_that_letters_cost(self) -> None:
        for setting in (*LETTERS, "time_zone", "feed_silence"):
            assert setting in PAGE

    @pytest.mark.parametrize("question", ["satisfaction", "still_called"])
    def test_have_their_questions_in_the_sample(self, settings: Settings, question: str) -> None:
        assert question in {q.id for q in settings.survey.questions}
