"""The portal's strings and the settings' texts are held to a reading level in both languages."""

import shutil
from pathlib import Path

import pytest

from aviso.domain.settings import Settings
from infra.message_checks import ROOT, portal_pages

HARD = {
    "en": "Notwithstanding the aforementioned stipulations, notification obligations necessitate "
    "interdepartmental authorization, documentation, verification and reconciliation procedures. ",
    "es": "No obstante las estipulaciones anteriormente mencionadas, las obligaciones de "
    "notificación requieren autorizaciones interdepartamentales, documentación y verificación. ",
}


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    for language in HARD:
        file = f"locales/{language}/strings.yaml"
        (tmp_path / file).parent.mkdir(parents=True)
        shutil.copy(ROOT / "templates" / file, tmp_path / file)
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
