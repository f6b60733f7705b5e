"""Pages are short enough to read, and cells of tables short enough to find something in."""

from infra.repository import ROOT

PAGE, DECISION, CELL = 1_600, 280, 60  # words
ALL = 52_000  # docs/, README, CHANGELOG and CONTRIBUTING: take a line out before you add one
README = 650
# Pages with more: lower a number, or take a line out.
LONGER = {
    "docs/desk-handbook.md": 3_300,
    "docs/feed-format.md": 2_990,
    "docs/runbook.md": 2_900,
    "docs/rules.md": 3_800,
    "docs/security.md": 2_600,
    "docs/conformance.md": 2_000,
    "docs/what-we-hold.md": 2_100,
    "docs/administrator-guide.md": 2_150,
    "docs/recovery.md": 1_850,
    "docs/decisions/README.md": 750,
}
TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for pattern in ("*.md", "docs/*.md", "docs/decisions/*.md")
    for path in sorted(ROOT.glob(pattern))
}


def usual(name: str) -> int:
    """Return how many words a page may have that is in no list."""
    return DECISION if "decisions" in name else PAGE


def cells(text: str) -> list[str]:
    """Return the cells of all tables of a page."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [cell for row in rows for cell in row.strip("| ").split(" | ")]


class TestPages:
    def test_have_no_more_words_than_they_may(self) -> None:
        words = {name: len(text.split()) for name, text in TEXTS.items()}
        assert {name: n for name, n in words.items() if n > LONGER.get(name, usual(name))} == {}
        assert [name for name in LONGER if words.get(name, 0) <= usual(name)] == []

    def test_have_no_more_words_in_all(self) -> None:
        read = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")
        counted = {n: len(t.split()) for n, t in TEXTS.items() if n in read or "/" in n}
        assert counted["README.md"] <= README
        assert sum(counted.values()) <= ALL

    def test_have_no_cell_that_is_a_page(self) -> None:
        found = {name: [c for c in cells(t) if len(c.split()) > CELL] for name, t in TEXTS.items()}
        assert {name: long for name, long in found.items() if long} == {}
