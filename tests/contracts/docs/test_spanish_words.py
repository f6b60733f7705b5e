"""One word for one thing in Spanish: a code is a "código", a locked case is not a closed one."""

import re
from pathlib import Path

import pytest

from infra.repository import ROOT

SPANISH = sorted((ROOT / "templates/locales/es").rglob("*.*"))


# "Clave" is not the word on the page that asks for the code; "cerrar con llave" reads as closing a
# case, which is what the police do when they stop. A text writes "codigo": its alphabet, GSM-7, has
# no "ó", and one letter of another alphabet would make two parts of most texts.
MISLEADING = re.compile(r"\b(claves?|llaves?)\b", re.IGNORECASE)


class TestSpanish:
    @pytest.mark.parametrize("path", SPANISH, ids=lambda path: path.name)
    def test_never_says_clave_or_llave(self, path: Path) -> None:
        said = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
        assert [line for line in said if MISLEADING.search(line)] == []
