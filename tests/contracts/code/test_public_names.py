"""Other packages are used by their public parts alone (docs/decisions/calls-to-aws.md)."""

import ast
from collections.abc import Iterator

import pytest

from infra.repository import ROOT

OWN = {"aviso", "functions", "infra", "tests", "benchmarks", "layers", "handler", "aviso_compiled"}


OWN |= {path.stem for path in (ROOT / "infra/compiler").glob("*.py")}


FILES = sorted(
    file
    for folder in ("layers/aviso/aviso", "functions", "infra", "tests", "benchmarks")
    for file in (ROOT / folder).rglob("*.py")
)
DOCUMENTED = {"os._exit"}  # by Python, in spite of its name


# Neither is deployed. docs/decisions/calls-to-aws.md gives the reason for each.
EXCEPTIONS = {"infra/local/aws_server.py", "infra/harness/client_calls.py"}


BY_NAME = {"object", "setattr", "getattr", "hasattr", "delattr"}  # the second argument is a name


def private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


def imported(nodes: list[ast.AST]) -> Iterator[tuple[str, str]]:
    """Yield each name that a module imports from elsewhere, and all that the import says."""
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.partition(".")[0] not in OWN:
                    yield alias.asname or alias.name.partition(".")[0], alias.name
        elif isinstance(node, ast.ImportFrom) and node.module not in (None, "__future__"):
            for alias in node.names if str(node.module).partition(".")[0] not in OWN else ():
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def by_name(node: ast.Call, theirs: dict[str, str]) -> Iterator[str]:
    """Yield the private name that a call such as patch.object gives as a text."""
    match node:
        case ast.Call(
            func=ast.Name(id=how) | ast.Attribute(attr=how),
            args=[of, ast.Constant(value=str(name)), *_],
        ) if how in BY_NAME and private(name) and root(of) in theirs:
            yield f"{ast.unparse(of)}.{name}"


def root(node: ast.expr) -> str:
    """Return the name that an expression begins with, empty when it begins with none."""
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def private_parts(source: str) -> set[str]:
    """Return the private names of other packages that a source uses."""
    nodes = [*ast.walk(ast.parse(source))]
    theirs = dict(imported(nodes))
    found = {path for path in theirs.values() if any(map(private, path.split(".")))}
    for node in nodes:
        if isinstance(node, ast.Call):
            found |= set(by_name(node, theirs))
        elif isinstance(node, ast.Attribute):
            if private(node.attr) and root(node.value) in theirs:
                found.add(ast.unparse(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and "._" in node.value:
            parts = node.value.split(".")
            if all(map(str.isidentifier, parts)) and parts[0] not in OWN | {"self", "_retry"}:
                found |= {node.value} if any(map(private, parts[1:])) else set()
    return found - DOCUMENTED


class TestPrivateParts:
    def test_of_other_packages_are_not_used(self):
        found = {
            file.relative_to(ROOT).as_posix(): private_parts(file.read_text(encoding="utf-8"))
            for file in FILES
        }
        used = {file: names for file, names in found.items() if names}
        assert used.keys() == EXCEPTIONS, used

    @pytest.mark.parametrize("file", sorted(EXCEPTIONS))
    def test_in_use_are_named_with_a_reason(self, file):
        decision = (ROOT / "docs/decisions/calls-to-aws.md").read_text(encoding="utf-8")
        assert f"`{file}`" in decision

    @pytest.mark.parametrize(
        "line",
        [
            "import re\nre._parser.parse('x')",
            "from botocore.client import BaseClient\nBaseClient._make_api_call",
            "import boto3\nboto3.client('s3')._make_api_call",
            "from package import _secret",
            "import_module('re._parser')",
            "from botocore.client import BaseClient\npatch.object(BaseClient, '_make_api_call', x)",
            "from botocore.client import BaseClient\ngetattr(BaseClient, '_make_api_call')",
            "from botocore.client import BaseClient\nsetattr(BaseClient, '_make_api_call', x)",
            "import boto3\nmonkeypatch.setattr(boto3.client('s3'), '_make_api_call', x)",
            "monkeypatch.setattr('pynamodb.connection.Connection._make_api_call', x)",
        ],
    )
    def test_are_found(self, line):
        assert private_parts(line)

    def test_of_our_own_are_not_others(self):
        assert not private_parts("from aviso import secrets\nsecrets._cache.clear()\nself._client")
