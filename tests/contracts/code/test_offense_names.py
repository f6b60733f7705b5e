"""Each offense of the sample settings and of the preset has a name in each language."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from aviso.domain.settings import Settings
from infra.repository import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"
LANGUAGES = set(yaml.load(SAMPLE.read_text("utf-8"), yaml.CSafeLoader)["agency"]["languages"])
PRESET = ROOT / "infra/agency/presets/nibrs.yaml"


def names(path: Path) -> Iterator[tuple[str, Any]]:
    """Yield each offense code of a file with what it is called."""
    data = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)
    for group in data.get("settings", data)["offense_groups"].values():
        yield from group["offenses"].items()


class TestOffenses:
    @pytest.mark.parametrize("path", [SAMPLE, PRESET], ids=lambda path: path.stem)
    def test_have_a_name_in_each_language(self, path: Path) -> None:
        found = dict(names(path))
        assert len(found) > 70
        assert [c for c, name in found.items() if not isinstance(name, dict)] == []
        assert [c for c, name in found.items() if name.keys() != LANGUAGES] == []

    @pytest.mark.parametrize("path", [SAMPLE, PRESET], ids=lambda path: path.stem)
    def test_have_a_spanish_name_of_their_own(self, path: Path) -> None:
        same = [name for _, name in names(path) if name["en"] == name["es"]]
        assert same == []

    def test_are_named_in_the_language_asked_for(self, settings: Settings) -> None:
        assert settings.offense_words("13-1507", "en") == "Burglary in the second degree"
        assert settings.offense_words("13-1507", "es").startswith("Allanamiento")
        assert settings.offense_words("13-1802; 13-1203", "es") == "Robo, Agresión"
        assert settings.offense_words("unknown", "es") == ""
