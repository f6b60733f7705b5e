"""The parts of a run in processes of their own."""

from itertools import count
from math import sqrt

import pytest

from tests.rig.side_by_side import outcomes


class TestOutcomes:
    @pytest.mark.parametrize("in_order", [True, False])
    def test_that_ended_before_one_failed_are_kept(self, in_order):
        found = outcomes(sqrt, [4.0, -1.0], 1, in_order=in_order)
        assert next(found) == 2.0
        with pytest.raises(ValueError, match=r"math domain|nonnegative"):
            next(found)

    def test_of_endless_parts_come_as_they_are_wanted(self):
        found = outcomes(sqrt, count(), 1, of_one=9)
        assert [next(found) for _ in range(2)] == [0.0, 1.0]
        found.close()
