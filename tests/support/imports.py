"""What a module imports, itself and through others, read from the repository's files."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from infra.repository import ROOT

PRODUCT = frozenset({"aviso", "functions"})


def direct(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, wherever it does, and each name taken from one."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module, f"{path.name} imports by a relative name"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_the_product(module: str) -> list[str]:
    """Return the modules through which a module reaches the product, each with what it imports."""
    reached = _reached(module)
    return sorted(
        f"{name} imports {other}"
        for name in reached
        for other in _direct(name)
        if other.partition(".")[0] in PRODUCT
    )


def forget() -> None:
    """Read the files again at the next call: what a module imports is kept for the process."""
    _direct.cache_clear()


def _reached(module: str) -> set[str]:
    """Return the repository's modules that a module imports, itself and through others."""
    found, left = set(), [module]
    while left:
        name = left.pop()
        if name not in found and _file(name):
            found.add(name)
            left += _direct(name)
            left += [name.rpartition(".")[0]]  # its package runs first
    return found


@cache
def _direct(module: str) -> frozenset[str]:
    path = _file(module)
    return frozenset(direct(path)) if path else frozenset()


def _file(module: str) -> Path | None:
    place = ROOT / module.replace(".", "/")
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if module and file.is_file()), None)
