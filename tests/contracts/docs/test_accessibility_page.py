"""The accessibility statement: each criterion of WCAG 2.2, with rules and tests that exist."""

import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest

from infra.documents import accessibility
from tests.support.named_tests import in_file

KNOWN = accessibility.data()
CRITERIA: list[dict[str, Any]] = KNOWN["criteria"]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULES = set(re.findall(r'id:"([a-z0-9-]+)"', AXE))
criteria = pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: str(one["number"]))


class TestCriterion:
    @criteria
    def test_names_rules_and_tests_that_exist(self, criterion: dict[str, Any]) -> None:
        assert set(criterion.get("axe", ())) <= RULES
        assert set(criterion.get("tests", ())) <= set(KNOWN["tests"])

    @criteria
    def test_that_is_supported_is_tested(self, criterion: dict[str, Any]) -> None:
        assert criterion["state"] in accessibility.STATES
        assert criterion["level"] in ("A", "AA")
        assert criterion["state"] != "supports" or criterion.get("tests")
        assert criterion["state"] != "not applicable" or not criterion.get("tests")


class TestPage:
    def test_is_what_the_data_says(self) -> None:
        assert accessibility.PAGE.read_text("utf-8") == accessibility.page(KNOWN), (
            "run python -m infra.documents.accessibility"
        )

    def test_names_tests_that_exist(self) -> None:
        for named in KNOWN["tests"].values():
            path, _, test = named.partition("::")
            assert test in in_file(path), named

    def test_has_each_criterion_of_both_levels_once(self) -> None:
        """WCAG 2.2 has 31 criteria of level A (without 4.1.1, which it removed) and 24 of AA."""
        numbers = [str(criterion["number"]) for criterion in CRITERIA]
        assert len(set(numbers)) == len(numbers) == 55
        levels = [criterion["level"] for criterion in CRITERIA]
        assert (levels.count("A"), levels.count("AA")) == (31, 24)
