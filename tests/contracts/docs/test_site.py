"""The documentation site: every page has its place, nothing is loaded from elsewhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.local.downloads import TOOLS
from infra.repository import ROOT

ELSEWHERE = re.compile(r'<(?:script|link|img|iframe|source)[^>]+(?:src|href)="(?:https?:)?//')


def build(source: Path, into: Path, *how: str) -> subprocess.CompletedProcess[str]:
    """Build the site as `make check` does."""
    options = ["-q", "-c", f"{source}/docs", "-n", "-W", "--keep-going", *how]
    return subprocess.run(
        [str(TOOLS / "docs/bin/sphinx-build"), *options, str(source), str(into)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a copy of the repository's files."""
    folder = tmp_path_factory.mktemp("source")
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    (folder / ".tools").symlink_to(TOOLS)
    return folder


@pytest.fixture(scope="module")
def site(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the site, built strictly."""
    folder = tmp_path_factory.mktemp("site")
    done = build(source, folder, "-E", "-b", "html")
    assert (done.returncode, done.stderr) == (0, "")
    return folder


class TestSite:
    def test_nothing_is_loaded_from_the_network(self, site):
        pages = list(site.rglob("*.html"))
        assert len(pages) > 40
        assert [page.name for page in pages if ELSEWHERE.search(page.read_text("utf-8"))] == []

    def test_every_page_is_in_the_navigation_of_the_first_page(self, site):
        first = (site / "README.html").read_text("utf-8")
        for page in (ROOT / "docs").rglob("*.md"):
            name = page.relative_to(ROOT).with_suffix(".html")
            assert f'href="{name}"' in first, name

    def test_a_page_with_a_diagram_loads_the_script_that_draws_it(self, site):
        page = (site / "docs/architecture.html").read_text("utf-8")
        assert "mermaid.tiny.js" in page
        assert (site / "_static/mermaid.tiny.js").is_file()
        assert "mermaid.tiny.js" not in (site / "docs/rules.html").read_text("utf-8")

    def test_a_broken_link_and_a_page_without_a_place_fail(self, source, site, tmp_path):
        page = source / "docs/glossary.md"
        page.write_text(page.read_text("utf-8") + "\nSee [nothing](no-such-page.md).\n", "utf-8")
        (source / "docs/forgotten.md").write_text("# Forgotten\n", "utf-8")
        # What the first build read and did not change is not read again, and nothing is written.
        done = build(source, tmp_path, "-b", "dummy", "-d", f"{site}/.doctrees")
        assert done.returncode != 0
        assert "no-such-page.md" in done.stderr
        assert "forgotten.md: WARNING: document isn't included in any toctree" in done.stderr
