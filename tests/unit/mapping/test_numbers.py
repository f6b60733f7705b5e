"""The pattern of case numbers, and the number that no case has."""

import re

import pytest
from hypothesis import given, strategies

from infra.mapping.numbers import pattern_of


class TestPattern:
    @pytest.mark.parametrize(
        ("numbers", "pattern", "example"),
        [
            (["2611240137", "2611240138"], "^[0-9]{10}$", "0000000000"),
            (["JX123456", "HZ123456"], "^[A-Z]{2}[0-9]{6}$", "XX000000"),
            (["26123", "261234"], "^[0-9]{5,6}$", "00000"),
            (["26A1", "261"], "^(?:[0-9]{3}|[0-9]{2}[A-Z]{1}[0-9]{1})$", "000"),
            (["0000", "1234"], "^[0-9]{4}$", "9999"),
        ],
    )
    def test_says_what_the_numbers_have(self, numbers, pattern, example):
        found = pattern_of(numbers)
        assert (found.pattern, found.example, found.sure) == (pattern, example, True)

    def test_is_unsure_for_too_many_forms(self):
        found = pattern_of(["1A", "A1", "1A1", "A1A", "11"])
        assert not found.sure
        assert found.pattern == r"^\w{2,3}$"

    def test_is_unsure_without_a_number(self):
        assert not pattern_of([]).sure

    @given(strategies.lists(strategies.text("AZ09", min_size=1, max_size=8), min_size=1))
    def test_fits_every_number_and_the_example(self, numbers):
        found = pattern_of(numbers)
        assert all(re.fullmatch(found.pattern, number) for number in numbers)
        assert re.fullmatch(found.pattern, found.example)


class TestExample:
    @given(
        strategies.lists(
            strategies.text("0123456789", min_size=3, max_size=8), min_size=1, max_size=30
        )
    )
    def test_is_no_case(self, numbers):
        if not {"0" * n for n in range(9)} & set(numbers):
            assert pattern_of(numbers).example not in numbers
