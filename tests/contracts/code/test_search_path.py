"""Python finds the project's packages by .venv's aviso.pth alone."""

import re
from pathlib import Path

import pytest

from infra.repository import ROOT

# Each says in a comment why it must.
ALLOWED = {
    *("infra/compiler/search_path.py", "benchmarks/child.py"),
    "infra/local/fork_server.py",
}
EDIT = re.compile(r"\bsys\.path(\[|\.(insert|append|extend)\b| *\+?=)|\bsite\.addsitedir\b")


def edits(folder: str) -> set[str]:
    """Return the files of a folder that change the search path."""
    return {
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / folder).rglob("*.py")
        if file != Path(__file__) and EDIT.search(file.read_text(encoding="utf-8"))
    }


class TestSearchPath:
    def test_is_changed_in_one_place(self):
        folders = ("layers", "functions", "infra", "tests", "benchmarks")
        assert set().union(*map(edits, folders)) == ALLOWED

    @pytest.mark.parametrize(
        "line",
        ["sys.path.insert(0, x)", "sys.path[:0] = [x]", "sys.path += [x]", "site.addsitedir(x)"],
    )
    def test_an_edit_is_found(self, line):
        assert EDIT.search(line)

    def test_reading_it_is_none(self):
        assert not EDIT.search("paths = list(sys.path)")
