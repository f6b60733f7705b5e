"""One name for one thing: no import gives it another."""

import ast
import re
from collections.abc import Iterator

import pytest

from infra.repository import ROOT

LAYER = ROOT / "layers/aviso/aviso"
FOLDERS = (LAYER, *(ROOT / name for name in ("functions", "infra", "tests", "benchmarks")))
MAY_RENAME = re.compile(r"\bimport\s+\w(?:\\\n|[^(\n])*\bas\b|\bimport\s*\([^)]*\bas\b")


def renaming_imports(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the new name of each import that gives a thing another name."""
    if not MAY_RENAME.search(source):  # most modules need not be parsed
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node.lineno, name.asname) for name in node.names if name.asname)


class TestImports:
    def test_none_renames_what_it_imports(self):
        found = [
            f"{file.relative_to(ROOT)}:{line}: import as {name}; rename one of the two things"
            for folder in FOLDERS
            for file in sorted(folder.rglob("*.py"))
            for line, name in renaming_imports(file.read_text(encoding="utf-8"))
        ]
        assert not found, "\n".join(found)

    @pytest.mark.parametrize(
        "source",
        [
            "import json as j",
            "import aviso.storage.notices as ledger",
            "from aviso.storage import notices as ledger",
            "from aviso.domain import (\n    text as phones,\n)",
            "def late():\n    from aviso.domain import text as phones",
            "from aviso.domain.text import plain as plain",
        ],
    )
    def test_renaming_one_is_found(self, source):
        assert list(renaming_imports(source))

    @pytest.mark.parametrize("source", ["import json", "with open(1) as f: pass"])
    def test_others_are_not(self, source):
        assert not list(renaming_imports(source))
