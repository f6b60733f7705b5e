"""Functions simple enough to hold in mind, and modules short enough to read at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from radon.complexity import cc_visit

from infra.repository import ROOT

PRODUCT = ("layers", "functions", "infra")
FOLDERS = (*PRODUCT, "tests", "benchmarks")
MOST_COMPLEX = 12  # radon counts `and`, `or`, comprehensions and conditional expressions too
LONGEST = 500  # lines
FORMER = Path(__file__).with_name("complex_functions.txt")  # take lines out, or lower a number


def complexities(source: str) -> Iterator[tuple[str, int]]:
    """Yield the name and the complexity of each function and method of a source."""
    for block in cc_visit(source):
        if block.letter != "C":  # a class; its methods are blocks too
            yield block.fullname, block.complexity


def most_of_former() -> dict[str, int]:
    """Return what each function of the list may have at most, by its file and name."""
    lines = (line.rsplit(" ", 1) for line in FORMER.read_text(encoding="utf-8").splitlines())
    return {name: int(most) for name, most in lines}


class TestFunctions:
    def test_are_simple_or_in_a_list_that_shrinks(self):
        complex_ones = {
            f"{file.relative_to(ROOT).as_posix()}:{name}": found
            for folder in PRODUCT
            for file in sorted((ROOT / folder).rglob("*.py"))
            for name, found in complexities(file.read_text(encoding="utf-8"))
            if found > MOST_COMPLEX
        }
        most = most_of_former()
        worse = {n: c for n, c in complex_ones.items() if c > most.get(n, MOST_COMPLEX)}
        assert not worse, f"make each simpler (at most {MOST_COMPLEX}): {worse}"
        better = {n: complex_ones.get(n) for n in most if complex_ones.get(n) != most[n]}
        assert not better, f"take out of {FORMER.name}, or write the lower number: {better}"

    @pytest.mark.parametrize(
        ("body", "found"),
        [
            ("return a", 1),
            ("return a and b or c", 3),
            ("return [x for x in a if x]", 3),
            ("return a if b else c", 2),
        ],
    )
    def test_are_measured_with_all_their_branches(self, body, found):
        assert [*complexities(f"class A:\n    def f():\n        {body}")] == [("A.f", found)]


class TestModules:
    def test_are_at_most_500_lines_long(self):
        lines = {
            file.relative_to(ROOT).as_posix(): len(file.read_text(encoding="utf-8").splitlines())
            for folder in FOLDERS
            for file in sorted((ROOT / folder).rglob("*.py"))
        }
        assert len(lines) > 500
        long = {file: count for file, count in lines.items() if count > LONGEST}
        assert not long, f"split each by its reasons to change: {long}"
