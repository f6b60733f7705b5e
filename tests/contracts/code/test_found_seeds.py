"""Each fault that a storm's seed found has a plain test: a seed repeats only its own commit."""

import json

import pytest

from infra.repository import ROOT
from tests.support.named_tests import in_file

FOUND = json.loads((ROOT / "tests/storm/found.json").read_text(encoding="utf-8"))


def missing(names):
    """Return the tests that are not there, of names as pytest has them."""
    parts = [name.partition("::") for name in names]
    return [
        path + test
        for path, _, test in parts
        if not (ROOT / path).is_file() or test not in in_file(path)
    ]


class TestFoundSeeds:
    @pytest.mark.parametrize("one", FOUND, ids=lambda one: str(one["seed"]))
    def test_have_a_plain_test_of_their_fault(self, one):
        assert one["tests"]
        assert missing(one["tests"]) == []

    def test_without_one_would_be_seen(self):
        here = "tests/contracts/code/test_found_seeds.py"
        assert missing([f"{here}::TestFoundSeeds::test_without_one_would_be_seen"]) == []
        assert len(missing([f"{here}::TestFoundSeeds::test_sings", "tests/gone.py::test_x"])) == 2
