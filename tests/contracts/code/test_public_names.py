"""Other packages are used by their public parts alone (docs/decisions/calls-to-aws.md)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
OWN = {"aviso", "functions", "infra", "tests", "benchmarks", "layers", "handler", "aviso_compiled"}
OWN |= {path.stem for path in (ROOT / "infra/agency").glob("*.py")}
FILES = sorted(
    file
    for folder in ("layers/aviso/aviso", "functions", "infra", "tests", "benchmarks")
    for file in (ROOT / folder).rglob("*.py")
)
DOCUMENTED = {"os._exit"}  # by Python, in spite of its name
# None of these is deployed. They stand around every call, which no public part lets them do.
EXCEPTIONS = {
    "infra/local/aws_server.py": "puts right what MiniStack, pinned for laptops, does otherwise",
    "infra/cost/metering.py": "counts what each call of a client takes, before and after it",
    "benchmarks/flow.py": "counts each call of any client",
    "benchmarks/recording.py": "keeps each call of any client with its answer",
}


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def imported(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each name that a module imports from elsewhere, and all that the import says."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] not in OWN:
                    yield alias.asname or alias.name.partition(".")[0], alias.name
        elif isinstance(node, ast.ImportFrom) and node.module not in (None, "__future__"):
            for alias in node.names if str(node.module).partition(".")[0] not in OWN else ():
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def private_parts(source: str) -> set[str]:
    """Return the private names of other packages that a source uses."""
    module = ast.parse(source)
    theirs = dict(imported(module))
    found = {path for path in theirs.values() if any(map(private, path.split(".")))}
    for node in ast.walk(module):
        if isinstance(node, ast.Attribute) and private(node.attr):
            root: ast.expr = node.value
            while isinstance(root, ast.Attribute | ast.Call | ast.Subscript):
                root = root.func if isinstance(root, ast.Call) else root.value
            if isinstance(root, ast.Name) and root.id in theirs:
                found.add(ast.unparse(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            parts = node.value.split(".")
            if all(map(str.isidentifier, parts)) and parts[0] not in OWN | {"self", "_retry"}:
                found |= {node.value} if any(map(private, parts[1:])) else set()
    return found - DOCUMENTED


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_private_part_of_another_package_is_used(file):
    found = private_parts(file.read_text(encoding="utf-8"))
    assert bool(found) is (file.relative_to(ROOT).as_posix() in EXCEPTIONS), found


@pytest.mark.parametrize(
    "line",
    [
        "import re\nre._parser.parse('x')",
        "from botocore.client import BaseClient\nBaseClient._make_api_call",
        "import boto3\nboto3.client('s3')._make_api_call",
        "from package import _secret",
        "import_module('re._parser')",
        "monkeypatch.setattr('pynamodb.connection.Connection._make_api_call', x)",
    ],
)
def test_a_private_part_is_found(line):
    assert private_parts(line)


def test_our_own_private_parts_are_not_others():
    assert not private_parts("from aviso import secrets\nsecrets._cache.clear()\nself._client")
