"""What `make mutants` changes, and which tests it runs for it."""

from pathlib import Path

import pytest
from coverage import CoverageData

from tests.mutants import covering
from tests.mutants.__main__ import place, tried, write
from tests.mutants.points import SWAPS, TEMPLATE, Point


class TestTemplate:
    @pytest.mark.parametrize(
        ("line", "swap", "instead"),
        [
            ("      Enabled: true", 0, "      Enabled: false"),
            ("          Effect: Deny", 3, "          Effect: Allow"),
            ('- {Action: ["a:Query", "a:PutItem"]}', 5, '- {Action: ["a:PutItem"]}'),
        ],
    )
    def test_loses_one_line(self, tmp_path: Path, line: str, swap: int, instead: str) -> None:
        (tmp_path / TEMPLATE).write_text(f"Resources:\n{line}\n", "utf-8")
        Point(TEMPLATE, 2, "template", swap).put_in(tmp_path)
        assert (tmp_path / TEMPLATE).read_text("utf-8") == f"Resources:\n{instead}\n"
        assert len(SWAPS) > swap


class TestTable:
    def test_says_what_is_left_to_try(self, tmp_path: Path) -> None:
        """A row about another fault, of code that was changed since, does not count."""
        table, (one, other, former) = (
            tmp_path / "table.csv",
            [Point(Path("a.py"), line, "core/AddNot", 0, "f") for line in (1, 2, 3)],
        )
        assert tried([one], table) == []
        write([(*place(one), "1", "tests/unit/a.py"), (*place(former), "0", "")], table)
        assert tried([one, other], table) == [(*place(one), "1", "tests/unit/a.py")]


class TestTests:
    @pytest.fixture
    def data(self, tmp_path: Path) -> CoverageData:
        data = CoverageData(str(tmp_path / "coverage"))
        for test, lines in {
            "": [1],
            "tests/integration/a.py::A::test_b|run": [2],
            "tests/unit/a.py::A::test_c|run": [2, 3],
        }.items():
            data.set_context(test)
            data.add_lines({str(tmp_path / "a.py"): lines})
        return data

    @pytest.mark.parametrize(
        ("line", "tests"),
        [
            (1, ["tests/unit/a.py::A::test_c", "tests/integration/a.py::A::test_b"]),
            (2, ["tests/unit/a.py::A::test_c", "tests/integration/a.py::A::test_b"]),
            (3, ["tests/unit/a.py::A::test_c"]),
        ],
        ids=["at_import", "two", "one"],
    )
    def test_run_the_line(self, tmp_path: Path, data: CoverageData, line: int, tests: list[str]):
        point = Point(Path("a.py"), line, "core/AddNot", 0)
        assert covering.tests_of(point, data, tmp_path) == tests

    def test_are_first_those_that_import_it(self, tmp_path: Path, data: CoverageData) -> None:
        point = Point(Path("layers/aviso/aviso/domain/guards.py"), 1, "core/AddNot", 0)
        file = tmp_path / "tests/unit/domain/test_guards.py"
        file.parent.mkdir(parents=True)
        file.write_text("from aviso.domain.guards import Switches\n", "utf-8")
        assert covering.tests_of(point, data, tmp_path) == ["tests/unit/domain/test_guards.py"]
