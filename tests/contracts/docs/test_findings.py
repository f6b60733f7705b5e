"""Each test that docs/findings.md names exists."""

import re

import pytest

from infra.repository import ROOT
from tests.support.named_tests import in_file

ROWS = [
    line.strip("|").split(" | ")
    for line in (ROOT / "docs/findings.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| finding", "| ---"))
]
PATH = re.compile(r"`(tests/[\w/]+\.py)")
DECISION = re.compile(r"decisions/([\w-]+\.md)")
NAME = re.compile(r"(?:`|\.py)::((?:Test\w+::)?test_\w+|Test\w+)")


class TestFinding:
    def test_has_a_test_and_a_fix(self) -> None:
        assert len(ROWS) > 50
        assert [
            row[0] for row in ROWS if len(row) != 3 or not row[1].strip() or not row[2].strip()
        ] == []

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip()[:40])
    def test_names_tests_that_exist(self, row: list[str]) -> None:
        paths = PATH.findall(row[1])
        assert paths
        there = {name for path in paths for name in in_file(path)}
        there |= {name.partition("::")[0] for name in there}
        missing = [name for name in NAME.findall(row[1]) if name not in there]
        assert missing == []


class TestDecision:
    def test_that_is_cited_exists(self) -> None:
        folders = ("docs", "layers/aviso/aviso", "functions", "infra", "tests", "templates")
        files = [f for folder in folders for f in (ROOT / folder).rglob("*.*")]
        files += [ROOT / "CHANGELOG.md", ROOT / "README.md", ROOT / "template.yaml"]
        read = (".md", ".py", ".yaml", ".html")
        cited = {
            (file.name, name)
            for file in files
            if file.suffix in read and "node_modules" not in file.parts
            for name in DECISION.findall(file.read_text(encoding="utf-8"))
        }
        assert len(cited) > 20
        assert [one for one in cited if not (ROOT / "docs/decisions" / one[1]).is_file()] == []
