"""A test is a method of a class that names its subject; its own name is the behavior, in brief."""

import ast

import pytest

from infra.repository import ROOT

LONGEST_NAME = 60  # characters; aim at 40
FILES = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))


def faults(source: str) -> list[str]:
    """Return what a test file's source does that no test file may do."""
    tree = ast.parse(source)
    tests = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and _is_test(n.name)]
    found = [f"{n.name} is in no class" for n in tree.body if n in tests]
    found += [f"{n.name} has {len(n.name)} characters" for n in tests if len(n.name) > LONGEST_NAME]
    return found + [
        f"it imports from {n.module}, which is a test file"
        for n in ast.walk(tree)
        if isinstance(n, ast.ImportFrom) and _is_test(n.module.rpartition(".")[2])
    ]


def _is_test(name: str) -> bool:
    return name.startswith("test_")


class TestTestFiles:
    def test_have_classes_and_short_names(self) -> None:
        found = {file: faults((ROOT / file).read_text("utf-8")) for file in FILES}
        bad = {file: says for file, says in found.items() if says}
        assert not bad, f"CONTRIBUTING.md says how tests are named: {bad}"


class TestFaults:
    @pytest.mark.parametrize(
        ("source", "says"),
        [
            ("def test_x(): pass", "in no class"),
            (f"class TestX:\n    def test_{'x' * 60}(self): pass", "has 65 characters"),
            ("from tests.a.test_b import C", "imports from tests.a.test_b"),
        ],
    )
    def test_are_found(self, source: str, says: str) -> None:
        (found,) = faults(source)
        assert says in found

    def test_are_not_found_in_helpers(self) -> None:
        assert faults("class TestX:\n    def test_y(self):\n        def z(): pass") == []
