"""Each test that docs/findings.md names exists."""

import re

import pytest

from tests.contracts.template.test_resources import ROOT

ROWS = [
    line.strip("|").split(" | ")
    for line in (ROOT / "docs/findings.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith(("| finding", "| ---"))
]
PATH = re.compile(r"`(tests/[\w/]+\.py)")
NAME = re.compile(r"::(test_\w+|Test\w+)")


def test_every_finding_has_a_test_and_a_fix() -> None:
    assert len(ROWS) > 50
    assert [
        row[0] for row in ROWS if len(row) != 3 or not row[1].strip() or not row[2].strip()
    ] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].strip()[:40])
def test_the_tests_it_names_exist(row: list[str]) -> None:
    paths = PATH.findall(row[1])
    assert paths
    files = {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}
    missing = [n for n in NAME.findall(row[1]) if not any(n in text for text in files.values())]
    assert missing == []
