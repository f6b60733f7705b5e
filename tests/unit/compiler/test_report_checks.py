"""What the build says about targets that the report cannot show."""

import json

import pytest

from aviso.reporting.counted_facts import MINUTES
from infra.compiler.settings_checks import SCHEMA


class TestTargets:
    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ("- id: still_called", "- id: called", "needs a question of the survey with the id"),
            ("median_minutes_target: 60", "median_minutes_target: 50", "50 is not one of 15, 30,"),
            ("victims_told_target: 98", "victims_told_target: 101", "101 is more than 100"),
            ("still_called_target: 30", "still_called_target: low", "is not a whole number"),
            ("publishes: quarter", "publishes: week", "'week' is not one of 'month', 'quarter',"),
        ],
    )
    def test_are_refused_with_a_sentence(self, found, before, after, said):
        assert said in found(before, after)

    @pytest.mark.parametrize(
        "name", ["arrest_on_time", "median_minutes", "victims_told", "still_called"]
    )
    def test_may_be_left_out(self, found, name):
        assert found(f"  {name}_target:", f"  # {name}_target:") == ""

    def test_median_is_the_end_of_a_group(self):
        report = json.loads(SCHEMA.read_text("utf-8"))["properties"]["report"]["properties"]
        assert report["median_minutes_target"]["enum"] == list(MINUTES)
