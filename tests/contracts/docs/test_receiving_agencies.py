"""The pages for auditors say that other agencies get what victims let them have."""

import re

import pytest

from aviso.domain.receiving_agencies import ReceiverKind
from infra.repository import ROOT

WORDS = {
    ReceiverKind.JAIL: "jail",
    ReceiverKind.JUVENILE_DETENTION: "juvenile detention center",
    ReceiverKind.PROSECUTOR: "prosecutor",
}


def page(name: str) -> str:
    """Return a page of the documentation."""
    return (ROOT / "docs" / name).read_text("utf-8")


def row(name: str, start: str) -> list[str]:
    """Return the cells of the one table row that starts with these words."""
    (line,) = [line for line in page(name).splitlines() if line.startswith(f"| {start} |")]
    return [cell.strip() for cell in line.strip("|").split("|")]


class TestCjis:
    @pytest.mark.parametrize("kind", ReceiverKind)
    def test_names_each_kind_of_receiver(self, kind: ReceiverKind) -> None:
        assert WORDS[kind] in row("cjis.md", "5.1 Information exchange agreements")[2]

    def test_asks_for_an_agreement_with_each(self) -> None:
        assert (
            "each agency of the setting `receivers`"
            in row("cjis.md", "5.1 Information exchange agreements")[3]
        )


class TestDataFlow:
    def test_draws_other_agencies_as_receivers(self) -> None:
        drawn = page("architecture.md").partition("```mermaid")[2].partition("```")[0]
        assert re.search(r"^  staff -- .+ --> agency$", drawn, re.MULTILINE)
        assert "agency((other agencies))" in drawn
