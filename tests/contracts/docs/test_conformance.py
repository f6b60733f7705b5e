"""The conformance page: each clause names what does it or what is missing, and all exists."""

from importlib import import_module
from typing import Any

import pytest

from infra.compiler import yaml_lines
from infra.documents import conformance
from infra.repository import ROOT
from tests.support.named_tests import in_file

LAWS = [conformance.data(folder.name) for folder in sorted((ROOT / "infra/law").glob("*/"))]
KNOWN = conformance.data()
CLAUSES: list[dict[str, Any]] = KNOWN["clauses"]
NAMED = {clause["clause"]: clause for law in LAWS for clause in law["clauses"]}
SAMPLE = yaml_lines.read(ROOT / "infra/agency/sample.yaml").data
SOURCES = {name for law in LAWS for name in law["sources"]}
WORDS = 2_000  # of a page that counsel reads
clauses = pytest.mark.parametrize("clause", NAMED.values(), ids=NAMED)


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
    def test_names_what_exists_and_what_its_end_asks_for(self, clause: dict[str, Any]) -> None:
        for name in clause.get("settings", ()):
            setting(name)
        for name in clause.get("code", ()):
            assert code(name) is not None
        for name in clause.get("tests", ()):
            path, _, test = name.partition("::")
            assert test in in_file(path), name
        said = {**NAMED.get(clause.get("as", ""), {}), **clause}
        assert ("why" in said and "by_hand" in said) == (clause["end"] == "gap")
        assert ("way" in said) == (clause["end"] == "done")
        if clause["end"] == "done":
            assert clause["tests"]
            assert clause["settings"]
        switches = [name for name in clause.get("settings", ()) if name.endswith(".on")]
        wanted = clause["end"] == "done" and "when_set" not in clause
        assert not wanted or all(setting(name) is True for name in switches)

    @clauses
    def test_says_nothing_that_nobody_read(self, clause: dict[str, Any]) -> None:
        copies, summaries = clause.get("copies", []), clause.get("summaries", [])
        assert {*copies, *summaries} <= SOURCES
        assert ("agree" in clause) == (len(copies) > 1)
        says = "owed" in clause or "as" in clause
        assert says == bool(copies or summaries)
        assert clause["end"] == "not read" or says


class TestPage:
    def test_is_what_the_data_says(self) -> None:
        text = conformance.PAGE.read_text("utf-8")
        assert text == conformance.page(KNOWN), "run python -m infra.documents.conformance"
        assert len(text.split()) <= WORDS

    @pytest.mark.parametrize("law", LAWS, ids=lambda law: law["state"])
    def test_names_its_state_alone(self, law: dict[str, Any]) -> None:
        text = conformance.page(law)
        assert [each["state"] for each in LAWS if each["state"] in text] == [law["state"]]

    def test_lists_every_clause_once_in_a_known_section(self) -> None:
        assert len(NAMED) == sum(len(law["clauses"]) for law in LAWS)
        sections = {section["section"] for section in conformance.sections(KNOWN)}
        assert {conformance.section_of(clause) for clause in CLAUSES} == sections

    def test_calls_no_section_whole_that_has_an_unread_rest(self) -> None:
        for section in conformance.sections(KNOWN):
            of = [c for c in CLAUSES if conformance.section_of(c) == section["section"]]
            assert not section["whole"] or all("copies" in clause for clause in of)

    @pytest.mark.parametrize("page", ["README.md", "docs/administrator-guide.md"])
    def test_gives_others_its_figures(self, page: str) -> None:
        text = " ".join((ROOT / page).read_text("utf-8").split())
        assert conformance.figures(KNOWN) in text
