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
READ: list[dict[str, Any]] = KNOWN["sections"]
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


def section_of(clause: dict[str, Any]) -> str:
    """Return the section of the law that a row of the page is of."""
    name: str = clause["clause"].partition("(")[0]
    return name


def clauses_of(section: str) -> list[str]:
    """Return a section's clauses on the page; a row such as "(A)(3)(a), (b) and (d)" has three."""
    found = []
    for row in CLAUSES:
        name, bracket, rest = row["clause"].partition("(")
        if name == section:
            first, *more = re.split(", | and ", bracket + rest)
            found += [first, *(first[: -len(other)] + other for other in more)]
    return sorted(found)


class TestClause:
    @clauses
    def test_names_settings_code_and_tests_that_exist(self, clause: dict[str, Any]) -> None:
        for name in clause.get("settings", ()):
            setting(name)
        for name in clause.get("code", ()):
            assert code(name) is not None
        for name in clause.get("tests", ()):
            path, _, test = name.partition("::")
            assert test in in_file(path), name

    @clauses
    def test_has_a_state_and_what_it_asks_for(self, clause: dict[str, Any]) -> None:
        assert clause["state"] in conformance.STATES
        assert clause["source"] in {"none", *KNOWN["sources"]}
        assert ("gap" in clause) == (clause["state"] in UNDONE)
        if clause["state"] in ("met", "settable", "in part"):
            assert clause["tests"]
            assert clause["settings"]

    @clauses
    def test_that_is_met_is_on_in_the_sample(self, clause: dict[str, Any]) -> None:
        switches = [name for name in clause.get("settings", ()) if name.endswith(".on")]
        assert clause["state"] != "met" or all(setting(name) is True for name in switches)

    @pytest.mark.parametrize(
        "start",
        [
            *("13-4405(A)(3)(c)", "13-4405(A)(3)(h)", "13-4405(A)(3)(i)", "13-4405(C)"),
            *("13-4405.01(B)", "13-4271(A)"),
            *("8-386(A)(3)(c)", "8-386(A)(3)(i)", "8-386(C)", "8-386.01(B)"),
        ],
    )
    def test_is_not_met_where_something_is_missing(self, start: str) -> None:
        (clause,) = [clause for clause in CLAUSES if clause["clause"] == start]
        assert clause["state"] in UNDONE


class TestPage:
    def test_is_what_the_data_says(self) -> None:
        assert conformance.PAGE.read_text("utf-8") == conformance.page(KNOWN), (
            "run python -m infra.documents.conformance"
        )

    @pytest.mark.parametrize("section", SECTIONS)
    def test_has_each_known_clause_once(self, section: str) -> None:
        assert clauses_of(section) == sorted(SECTIONS[section])

    def test_has_every_section(self) -> None:
        assert conformance.sections(KNOWN) == set(SECTIONS)
        assert f"what {len(SECTIONS)} sections of" in conformance.page(KNOWN)

    def test_says_how_far_each_section_was_read(self) -> None:
        assert [row["section"] for row in READ] == list(dict.fromkeys(map(section_of, CLAUSES)))
        top = conformance.page(KNOWN).partition("## The clauses")[0]
        for row in READ:
            assert f"| A.R.S. {row['section']} | {row['read']} | " in top

    def test_calls_no_section_whole_that_was_not_read(self) -> None:
        """A clause from memory or from a summary shows that nobody saw the end of its section."""
        read = {name for name, source in KNOWN["sources"].items() if not source.get("summary")}
        for row in READ:
            of = {clause["source"] for clause in CLAUSES if section_of(clause) == row["section"]}
            assert not row["whole"] or of <= read

    def test_marks_what_nobody_read(self) -> None:
        rows = conformance.page(KNOWN).partition("## The clauses")[2].splitlines()
        for clause in CLAUSES:
            (row,) = [row for row in rows if row.startswith(f"| A.R.S. {clause['clause']} |")]
            source = KNOWN["sources"].get(clause["source"], {"summary": True})
            assert ("*Not verified" in row) == source.get("summary", False)

    def test_has_its_numbers_at_the_top(self) -> None:
        top = conformance.page(KNOWN).partition("## The clauses")[0]
        for state, words in (("met", "met,"), ("in part", "met in part"), ("open", "open")):
            count = sum(clause["state"] == state for clause in CLAUSES)
            assert f"{count} are {words}" in top
        unread = sum(clause["source"] == "none" for clause in CLAUSES)
        assert f"We have not read the words of {unread}:" in top
        assert f"We read only {sum(row['whole'] for row in READ)} of them to its end" in top
