"""Portal, settings' texts and the desk's help are held to a reading level in both languages."""

import shutil
from pathlib import Path

import pytest

from aviso.domain.settings import Settings
from infra.message_checks import portal_pages
from infra.repository import ROOT

HARD = {
    "en": "Notwithstanding the aforementioned stipulations, notification obligations necessitate "
    "interdepartmental authorization, documentation, verification and reconciliation procedures. ",
    "es": "No obstante las estipulaciones anteriormente mencionadas, las obligaciones de "
    "notificación requieren autorizaciones interdepartamentales, documentación y verificación. ",
}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    for language in HARD:
        folder = f"locales/{language}"
        (tmp_path / folder).mkdir(parents=True)
        for file in (*portal_pages.FILES, "language.yaml"):
            shutil.copy(ROOT / "templates" / folder / file, tmp_path / folder / file)
    return tmp_path


class TestReadability:
    def test_of_the_portal_is_easy(self, templates: Path, settings: Settings) -> None:
        assert list(portal_pages.problems(templates, settings)) == []

    @pytest.mark.parametrize("language", HARD)
    def test_names_a_hard_part(self, language: str, templates: Path, settings: Settings) -> None:
        file = templates / "locales" / language / "strings.yaml"
        file.write_text(
            file.read_text("utf-8").replace("help_page: ", f"help_page: {HARD[language] * 4}")
        )
        (found,) = portal_pages.problems(templates, settings)
        part = {"en": "Help", "es": "Ayuda"}[language]
        assert found.startswith(f"{file}: part '{part}': too hard to read: ")

    @pytest.mark.parametrize("language", HARD)
    def test_names_a_hard_part_of_the_desk(
        self, language: str, templates: Path, settings: Settings
    ) -> None:
        file = templates / "locales" / language / "desk_help.yaml"
        hard = f"desk_help_ask: |\n  {HARD[language] * 4}\n"
        file.write_text(file.read_text("utf-8").replace("desk_help_ask: |\n", hard))
        (found,) = portal_pages.problems(templates, settings)
        part = {"en": "Help: who to ask", "es": "Ayuda: a quién preguntar"}[language]
        assert found.startswith(f"{file}: part '{part}': too hard to read: ")
