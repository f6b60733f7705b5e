"""The tests that documents name, as `TestClass::test_name`."""

import ast
from collections.abc import Iterator
from functools import cache

from infra.repository import ROOT


def in_file(path: str) -> dict[str, ast.FunctionDef]:
    """Return the tests of a file by `TestClass::test_name`, or by name where there is no class."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {"::".join(names): node for names, node in _tests(tree, ())}


@cache
def everywhere() -> frozenset[str]:
    """Return the name of each test."""
    files = (ROOT / "tests").rglob("test_*.py")
    return frozenset(name for path in files for name in in_file(str(path.relative_to(ROOT))))


def _tests(
    node: ast.AST, inside: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], ast.FunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            yield from _tests(child, (*inside, child.name))
        elif isinstance(child, ast.FunctionDef) and child.name.startswith("test_"):
            yield (*inside, child.name), child
