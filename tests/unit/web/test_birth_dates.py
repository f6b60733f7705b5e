"""Birth dates as people type them."""

from datetime import date

import pytest

TODAY = date(2026, 11, 24)
MARCH_14 = date(1985, 3, 14)


class TestBirthDate:
    @pytest.mark.parametrize(
        "typed",
        [
            "3/14/1985",
            "03-14-1985",
            "14/3/1985",
            "14.03.1985",
            "1985-03-14",
            "March 14, 1985",
            "mar 14 1985",
            "14th of March 1985",
            "14 de marzo de 1985",
            "14 MARZO 1985",
            "marzo 14, 1985",
            "03141985",
            "19850314",
        ],
    )
    def test_is_understood_in_any_common_order(self, compiled, typed):
        from aviso.web import birth_dates

        assert birth_dates.parse(typed, TODAY) == (MARCH_14,)

    def test_that_reads_two_ways_is_tried_both_ways(self, compiled):
        from aviso.web import birth_dates

        assert birth_dates.parse("3/4/1985", TODAY) == (date(1985, 3, 4), date(1985, 4, 3))

    @pytest.mark.parametrize(
        "typed", ["", "1985", "3/14/85", "31/31/1985", "3/14/2099", "3/14/1801", "a" * 500]
    )
    def test_that_is_not_in_the_past_is_none(self, compiled, typed):
        from aviso.web import birth_dates

        assert birth_dates.parse(typed, TODAY) == ()
