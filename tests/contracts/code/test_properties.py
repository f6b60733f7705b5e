"""No search for garbage runs during a test of a property (`tests/conftest.py` says why)."""

import gc

from hypothesis import given, settings, strategies


class TestProperty:
    @settings(max_examples=5)
    @given(strategies.integers())
    def test_runs_without_a_search_for_garbage(self, number: int) -> None:
        assert not gc.isenabled()

    def test_leaves_the_search_to_others(self) -> None:
        assert gc.isenabled()
