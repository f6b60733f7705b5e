"""`docs/figures.md` says what each figure counts, by the name that the desk gives it."""

import re

import pytest
import yaml

from aviso.domain.notice import State
from aviso.domain.settings import Settings
from aviso.reporting import FIGURES
from infra.repository import ROOT

PAGE = (ROOT / "docs/figures.md").read_text("utf-8")
LETTERS = ("letter_minutes", "letter_cost_cents", "letter_share_before", "staff_hour_cents")


class TestFigures:
    def test_are_on_the_page_as_the_desk_names_them(self) -> None:
        path = ROOT / "templates/locales/en/desk.yaml"
        words = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
        table = PAGE.partition("## Figures\n")[2].partition("\n\n**")[0]
        named = re.findall(r"^\| ([^|]+) \| .{5,} \|$", table, re.MULTILINE)
        assert named[1:] == [words[f"desk_column_{figure.name}"] for figure in FIGURES]

    def test_count_states_that_exist(self) -> None:
        used = {m for f in FIGURES for m in (*f.over, *f.under) if m.startswith("notices.")}
        assert used <= {f"notices.{state.value}" for state in State}

    def test_name_the_settings_that_letters_cost(self) -> None:
        for setting in (*LETTERS, "time_zone", "feed_silence"):
            assert setting in PAGE

    @pytest.mark.parametrize("question", ["satisfaction", "still_called"])
    def test_have_their_questions_in_the_sample(self, settings: Settings, question: str) -> None:
        assert question in {q.id for q in settings.survey.questions}
