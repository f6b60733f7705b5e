"""What docs/security.md claims to be proved is proved: each test it names exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "docs/security.md").read_text(encoding="utf-8")


def existing() -> set[str]:
    """Return the names of all tests."""
    found = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return found


def test_every_test_that_the_security_document_names_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", TEXT))
    assert len(named) > 40
    assert named - existing() == set()


def test_every_threat_names_what_stops_it_and_its_test() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| **")]
    assert len(rows) > 20
    for row in rows:
        threat, stops, proof = (cell.strip() for cell in row.strip("|").split(" | "))
        assert len(stops) > 10, threat
        assert "`test_" in proof, threat
