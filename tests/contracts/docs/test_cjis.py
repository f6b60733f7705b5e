"""Each row of the CJIS table names a test, a file or a command that exists."""

import re
from functools import cache

import pytest
import yaml

from infra.repository import ROOT
from tests.support.named_tests import everywhere

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/cjis.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| 5\.\d", line)
]
MET_HERE = [row for row in ROWS if row[2] and row[3] != "AWS Artifact"]
SAMPLE = yaml.load(
    (ROOT / "infra/agency/sample.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
)
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


@cache
def known() -> frozenset[str]:
    """Return the names of all test files and tests."""
    return everywhere() | {path.name for path in (ROOT / "tests").rglob("test_*.py")}


def exists(name: str) -> bool:
    """Whether what a row names is there."""
    if name.startswith("make "):
        return name.removeprefix("make ") in TARGETS
    if name in known():
        return True
    group, _, key = name.partition(".")
    return (ROOT / name).is_file() or key in SAMPLE.get(group, {})


class TestTable:
    def test_has_every_policy_area(self) -> None:
        assert [row[0].split()[0] for row in ROWS] == [f"5.{n}" for n in range(1, 21)]

    @pytest.mark.parametrize("row", MET_HERE, ids=lambda row: row[0])
    def test_names_what_meets_each_row(self, row: list[str]) -> None:
        named = re.findall(r"`([^`]+)`", row[3])
        assert named
        assert [name for name in named if not exists(name)] == []

    @pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
    def test_says_what_stays_with_the_agency(self, row: list[str]) -> None:
        assert len(row[4]) > 5
