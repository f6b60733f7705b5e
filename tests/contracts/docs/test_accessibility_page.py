"""The accessibility statement: each criterion of WCAG 2.2, with rules and tests that exist."""

import re
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest

from infra.documents import accessibility
from tests.browser.axe import LEVELS
from tests.support.named_tests import in_file

KNOWN = accessibility.data()
CRITERIA: list[dict[str, Any]] = KNOWN["criteria"]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")
RULE = r'\{id:"([a-z0-9-]+)",(?:(?!\{id:").)*?tags:\[([^\]]*)\]'
TAGS = {rule: set(re.findall('"([^"]+)"', tags)) for rule, tags in re.findall(RULE, AXE)}


class TestCriterion:
    @pytest.mark.parametrize("criterion", CRITERIA, ids=lambda one: str(one["number"]))
    def test_names_tests_and_rules_that_run_and_are_about_it(self, criterion) -> None:
        """Axe tags a rule with its level, and with its criterion: 1.4.12 is wcag1412."""
        assert set(criterion.get("tests", ())) <= set(KNOWN["tests"])
        own = "wcag" + str(criterion["number"]).replace(".", "")
        for rule in criterion.get("axe", ()):
            assert TAGS[rule] & set(LEVELS), f"{rule} does not run"
            assert not TAGS[rule] & {"experimental", "deprecated"}, f"{rule} does not run"
            assert own in TAGS[rule], f"{rule} is about another criterion"
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
