"""Every relative link of the documents leads to a file and a heading that exist."""

import re
import subprocess
from functools import cache
from pathlib import Path

from infra.repository import ROOT

CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)(?: \"[^\"]*\")?\)|\b(?:src|href)=\"([^\"]+)\"")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")  # https:, mailto:
INDEX = ROOT / "docs/README.md"


def pages() -> list[Path]:
    """Return each tracked document."""
    listed = subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).split()
    return [path for name in listed if (path := ROOT / name).is_file()]


@cache
def text_of(page: Path) -> str:
    """Return a document's text without its code."""
    return CODE.sub("", page.read_text("utf-8"))


def links(page: Path) -> list[str]:
    """Return the relative links of a document."""
    found = [a or b for a, b in LINK.findall(text_of(page))]
    return [link for link in found if not ELSEWHERE.match(link)]


@cache
def anchors(page: Path) -> set[str]:
    """Return a document's anchors: those that it names, and those that GitHub makes of headings."""
    text = page.read_text("utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    plain = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    return {*plain, *re.findall(r'<a id="([^"]+)"></a>', text)}


def target(page: Path, link: str) -> tuple[Path, str]:
    """Return the file and the anchor that a link leads to."""
    name, _, anchor = link.partition("#")
    return ((page.parent / name).resolve() if name else page), anchor


class TestLinks:
    def test_documents_have_links(self):
        assert sum(len(links(page)) for page in pages()) > 100

    def test_every_link_leads_to_a_file_or_folder(self):
        broken = [
            f"{page.relative_to(ROOT)}: {link}"
            for page in pages()
            for link in links(page)
            if not target(page, link)[0].exists()
        ]
        assert broken == []

    def test_every_link_stays_in_the_repository(self):
        outside = [
            f"{page.relative_to(ROOT)}: {link}"
            for page in pages()
            for link in links(page)
            if not target(page, link)[0].is_relative_to(ROOT)
        ]
        assert outside == []

    def test_every_anchor_exists(self):
        broken = [
            f"{page.relative_to(ROOT)}: {link}"
            for page in pages()
            for link in links(page)
            for file, anchor in [target(page, link)]
            if anchor and file.suffix == ".md" and anchor not in anchors(file)
        ]
        assert broken == []


class TestIndex:
    def test_every_page_of_docs_is_linked_from_the_index(self):
        linked = {target(INDEX, link)[0] for link in links(INDEX)}
        there = {*(ROOT / "docs").glob("*.md"), ROOT / "docs/decisions/README.md"} - {INDEX}
        assert there - linked == set()

    def test_readme_links_to_the_index(self):
        readme = ROOT / "README.md"
        assert INDEX in {target(readme, link)[0] for link in links(readme)}
