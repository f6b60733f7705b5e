"""Every action that the code writes into the audit trail has its words at the desk."""

import ast
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

import pytest
import yaml

from infra.repository import ROOT
from tests.integration.staff.audited_routes import TRAIL

FILES = [
    path
    for part in ("layers/aviso/aviso", "infra", "functions")
    for path in (ROOT / part).rglob("*.py")
    if "harness" not in path.parts
]
DID = "desk_did_"
REFUSED = "refused:"  # and the path, which is not our wording


def places() -> dict[str, set[int]]:
    """Return each function that takes an action: its name, and its place in a call."""
    found: dict[str, set[int]] = {"AuditEntry": set(), "replace": set()}
    for node in nodes({"action"}):
        if isinstance(node, ast.FunctionDef):
            names = [a.arg for a in node.args.args if a.arg != "self"]
            if "action" in names:
                found.setdefault(node.name, set()).add(names.index("action"))
    return found


def nodes(words: Collection[str]) -> Iterator[ast.AST]:
    """Yield what is in the files that have one of these words: few of all have."""
    for path in FILES:
        text = path.read_text(encoding="utf-8")
        if any(word in text for word in words):
            yield from ast.walk(parsed(text))


@cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def written() -> frozenset[str]:
    """Return the actions in the code, those of which only the start is known with a star."""
    found: set[str] = set()
    known = places()
    for node in nodes({"action", *known} - {"replace"}):
        if isinstance(node, ast.Call):
            function = node.func
            name = getattr(function, "attr", getattr(function, "id", ""))
            if name in known:
                given = [a for n, a in enumerate(node.args) if n in known[name]]
                given += [k.value for k in node.keywords if k.arg == "action"]
                found |= {said for value in given for said in words(value)}
    return frozenset(found)


def words(value: ast.expr) -> Iterator[str]:
    """Yield what an argument may be: a text, one of two, or a text that begins so."""
    match value:
        case ast.Constant(value=str(text)) if text.replace("_", "").isalpha():
            yield text
        case ast.IfExp():
            yield from words(value.body)
            yield from words(value.orelse)
        case ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            yield f"{text}*"


@pytest.fixture(scope="module")
def said() -> set[str]:
    """Give the actions that the desk has words for."""
    path = ROOT / "templates/locales/en/desk.yaml"
    strings = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader)
    return {key.removeprefix(DID) for key in strings if key.startswith(DID)}


class TestWords:
    def test_exist_for_every_action(self, said: set[str]) -> None:
        whole = {name for name in written() if not name.endswith("*")}
        assert "case_viewed" in whole
        assert sorted(whole - said) == []
        begun = {name.removesuffix("*") for name in written() if name.endswith("*")} - {REFUSED}
        assert [start for start in begun if not any(name.startswith(start) for name in said)] == []
        assert {action for action, _ in TRAIL.values()} <= said
        assert "refused" in said

    def test_exist_for_every_switch(self, said: set[str], compiled: Path) -> None:
        from aviso.staff.switch_decisions import ACTS

        assert {f"switch_{does}" for does in ACTS} <= said

    def test_exist_for_nothing_else(self, said: set[str]) -> None:
        code = "".join(path.read_text(encoding="utf-8") for path in FILES)
        unused = {
            name
            for name in said
            if f'"{name}"' not in code and not name.startswith(("switch_", "refused"))
        }
        assert unused == set()
