"""One arrest that clears several cases: in whatever order its rows come, the same is recorded."""

from itertools import permutations

import pytest

from aviso.storage import markers
from infra.harness.feed_drop import an_arrest_row

NUMBERS = ("2611240001", "2611240002", "2611240003")


class TestArrestOfSeveralCases:
    @pytest.mark.parametrize("order", list(permutations(NUMBERS)))
    def test_is_recorded_under_the_first_number(self, feed, order):
        rows = [an_arrest_row(number=number) for number in order]
        for _ in range(2):
            feed.drop("arrests", *rows)
        found = markers.marker("ARREST#A1")
        assert found
        assert (found[1]["number"], found[1]["several"]) == (NUMBERS[0], True)
