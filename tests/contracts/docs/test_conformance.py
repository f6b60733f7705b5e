"""The conformance page: each clause names what meets it or what is missing, and all exists."""

import re
from importlib import import_module
from typing import Any

import pytest

from infra.compiler import yaml_lines
from infra.documents import conformance
from infra.repository import ROOT
from tests.support.named_tests import in_file

KNOWN = conformance.data()
CLAUSES: list[dict[str, Any]] = KNOWN["clauses"]
SAMPLE = yaml_lines.read(ROOT / "infra/agency/sample.yaml").data
# Each section's clauses, as far as they are known: `sections` of the data says which of them were
# read. A section of one duty has none; (A)(3) is listed by its parts.
GIVEN = (
    "(A)(1)",
    "(A)(2)",
    *(f"(A)(3)({letter})" for letter in "abcdefghi"),
    *("(B)", "(C)", "(D)", "(E)"),
)
WARRANTS = ("(A)", "(B)", "(C)(1)", "(C)(2)", "(C)(3)", "(D)")
REGISTER = ("(A)", "(B)(1)", "(B)(2)(a)", "(B)(2)(b)", "(B)(3)", "(C)", "(D)", "(E)")
SECTIONS = {
    "13-4271": REGISTER,
    "13-4405": GIVEN,
    "13-4405.01": WARRANTS,
    "13-4406": ("",),
    "13-4409": ("",),
    "13-4417": ("",),
    "13-4429": ("(A)",),
    "39-127": ("",),
    "8-386": GIVEN,
    "8-386.01": WARRANTS,
    "8-398": ("(A)",),
    "8-408": ("(A)",),
}
UNDONE = ("open", "in part")  # states that must say what is missing
clauses = pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause["clause"])


def setting(name: str) -> Any:
    """Return the sample's value of a setting, or raise `KeyError`."""
    found = SAMPLE
    for key in name.split("."):
        found = found[key]
    return found


def code(name: str) -> Any:
    """Return the module or the public object that a name means."""
    try:
        return import_module(name)
    except ModuleNotFoundError:
        module, _, wanted = name.rpartition(".")
        return getattr(import_module(module), wanted)


class TestClause:
    @clauses
    def test_names_what_exists_and_what_its_state_asks_for(self, clause: dict[str, Any]) -> None:
        for name in clause.get("settings", ()):
            setting(name)
        for name in clause.get("code", ()):
            assert code(name) is not None
        for name in clause.get("tests", ()):
            path, _, test = name.partition("::")
            assert test in in_file(path), name
        assert clause["state"] in conformance.STATES
        assert clause["source"] in {"none", *KNOWN["sources"]}
        assert ("gap" in clause) == (clause["state"] in UNDONE)
        if clause["state"] in ("met", "settable", "in part"):
            assert clause["tests"]
            assert clause["settings"]
        switches = [name for name in clause.get("settings", ()) if name.endswith(".on")]
        assert clause["state"] != "met" or all(setting(name) is True for name in switches)


class TestPage:
    def test_is_what_the_data_says(self) -> None:
        assert conformance.PAGE.read_text("utf-8") == conformance.page(KNOWN), (
            "run python -m infra.documents.conformance"
        )

    def test_has_each_known_clause_once(self) -> None:
        listed = sorted(name for row in CLAUSES for name in conformance.clauses_of(row))
        assert listed == sorted(s + part for s, parts in SECTIONS.items() for part in parts)
        page = conformance.page(KNOWN)
        assert f"What {len(SECTIONS)} sections of" in page
        numbers = re.search(r"\*\*Of (\d+) clauses, (\d+) are met, (\d+) are met in part", page)
        assert numbers
        assert numbers[1] == str(len(listed))
        of, met, in_part = numbers.groups()
        said = f"It meets {met} of the {of} clauses that we know of, and {in_part} in part"
        assert said in " ".join((ROOT / "README.md").read_text("utf-8").split())

    def test_calls_no_section_whole_that_was_not_read(self) -> None:
        """A clause from memory or from a summary shows that nobody saw the end of its section."""
        read = {name for name, source in KNOWN["sources"].items() if not source.get("summary")}
        assert {row["section"] for row in KNOWN["sections"]} == SECTIONS.keys()
        for row in KNOWN["sections"]:
            of = {c["source"] for c in CLAUSES if conformance.section_of(c) == row["section"]}
            assert not row["whole"] or of <= read

    def test_marks_what_nobody_read(self) -> None:
        page = conformance.page(KNOWN)
        known = KNOWN["sources"]
        for clause in CLAUSES:
            (row,) = [row for row in page.splitlines() if f" | {clause['duty']}" in row]
            source = known.get(clause["source"], {"summary": True})
            assert ("*Not verified*" in row or "*Not verified.*" in row) == source.get(
                "summary", False
            )
