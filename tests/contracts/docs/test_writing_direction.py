"""No stylesheet knows left from right: a page in Arabic is the same page, turned around."""

import re
from pathlib import Path

import pytest

from infra.repository import ROOT

STYLED = [
    *sorted((ROOT / "templates/assets").glob("*.css")),
    ROOT / "templates/messages/email.html",
]
SIDES = re.compile(
    r"(?:^|[\s;{])(?:(?:margin|padding|border|inset)-(?:left|right)[\w-]*|left|right"
    r"|border-(?:top|bottom)-(?:left|right)-radius)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
)
# Four lengths in a row name the right side and the left: they must be the same.
ONE = r"([^\s;}]+)"
FOUR = re.compile(rf"(?:margin|padding)\s*:\s*{ONE} {ONE} {ONE} {ONE}")


def physical(css: str) -> list[str]:
    """Return the declarations that name a side."""
    unequal = [m[0] for m in FOUR.finditer(css) if m[2] != m[4]]
    return [found.strip() for found in SIDES.findall(css)] + unequal


class TestStylesheet:
    @pytest.mark.parametrize("path", STYLED, ids=lambda path: path.name)
    def test_names_no_side(self, path: Path) -> None:
        assert physical(path.read_text("utf-8")) == []

    @pytest.mark.parametrize(
        "css",
        [
            "a { left: 0 }", "a{margin-left:1rem}", "a { text-align: right; }",
            "a { border-left: 0 }", "a { padding: 0 1rem 0 2rem; }",
            "a { border-top-left-radius: 1rem }",
        ],
    )  # fmt: skip
    def test_that_names_a_side_is_found(self, css: str) -> None:
        assert physical(css)

    @pytest.mark.parametrize("css", ["a { margin: 0 1rem 2rem 1rem }", ".bright { top: 0 }"])
    def test_that_names_none_is_left_alone(self, css: str) -> None:
        assert physical(css) == []
