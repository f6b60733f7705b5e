"""Which shown sums would tell a secret one."""

import pytest

from aviso.reporting.subtraction import revealing

A, B, C = {"a": 1}, {"b": 1}, {"c": 1}
AB, BC, ABC = {"a": 1, "b": 1}, {"b": 1, "c": 1}, {"a": 1, "b": 1, "c": 1}
CASES = {
    "nothing secret": ([A, B, AB], [], [], set()),
    "a part and its sum": ([AB, B], [A], [], {1}),
    "the secret itself": ([A, AB], [A], [], {0}),
    "the sum of two others": ([AB, C], [ABC], [], {1}),
    "by three steps": ([ABC, BC, B], [A], [], {1}),
    "what can be computed anyway is shown": ([AB, B, A], [C], [], set()),
    "with what everybody knows": ([AB], [C], [{"a": 1, "b": 1, "c": -1}], {0}),
    "twice a secret": ([{"a": 2}], [A], [], {0}),
}


class TestRevealing:
    @pytest.mark.parametrize(("shown", "secrets", "known", "hidden"), CASES.values(), ids=CASES)
    def test_hides_the_later_of_two(self, shown, secrets, known, hidden):
        assert revealing(enumerate(shown), secrets, known) == hidden
