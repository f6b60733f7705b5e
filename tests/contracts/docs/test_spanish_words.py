"""One word for one thing in Spanish: no text says what the glossary replaces."""

import re
from pathlib import Path

import pytest
import yaml

from infra.repository import ROOT

SPANISH = sorted((ROOT / "templates/locales/es").rglob("*.*"))
GLOSSARY = yaml.safe_load((ROOT / "infra/message_checks/spanish_words.yaml").read_text("utf-8"))


class TestSpanish:
    @pytest.mark.parametrize("path", SPANISH, ids=lambda path: path.name)
    def test_says_no_word_that_misleads(self, path: Path) -> None:
        said = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        wrong = re.compile(rf"\b({'|'.join(word['never'] for word in GLOSSARY)})\b", re.IGNORECASE)
        assert [line for line in said if wrong.search(line)] == []
