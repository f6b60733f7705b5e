"""Each decision has its number and date, and the index agrees with the pages."""

import re
import subprocess
from datetime import date

from infra.repository import ROOT

FOLDER = ROOT / "docs/decisions"
HEAD = re.compile(
    r"# (?P<title>.+)\n\n"
    r"Decision (?P<number>\d+)\. Date: (?P<date>[\d-]{10})(?:; changed [\d-]{10})?\.\n"
)
CITED = re.compile(r"decisions/([\w-]+\.md)")
ROW = re.compile(r"^\| (\d+) \| \[(.+)\]\((.+)\) \| ([\d-]{10}) \|$", re.MULTILINE)


def heads() -> dict[str, re.Match[str] | None]:
    """Return what each page says of itself in its first lines."""
    pages = [path for path in FOLDER.glob("*.md") if path.name != "README.md"]
    return {path.name: HEAD.match(path.read_text("utf-8")) for path in pages}


class TestDecisions:
    def test_each_page_has_number_and_date(self):
        assert [name for name, head in heads().items() if head is None] == []

    def test_no_two_have_one_number(self):
        """A decision that is over leaves its number unused."""
        numbers = [head["number"] for head in heads().values() if head]
        assert len(set(numbers)) == len(numbers)

    def test_dates_follow_the_numbers(self):
        numbered = {int(h["number"]): date.fromisoformat(h["date"]) for h in heads().values() if h}
        assert sorted(numbered.values()) == [numbered[n] for n in sorted(numbered)]

    def test_index_agrees_with_the_pages(self):
        written = {
            (head["number"], head["title"], name, head["date"])
            for name, head in heads().items()
            if head
        }
        assert set(ROW.findall((FOLDER / "README.md").read_text("utf-8"))) == written

    def test_that_is_cited_exists(self):
        listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split()
        files = [ROOT / name for name in listed if name.endswith((".md", ".py", ".yaml", ".html"))]
        cited = {
            (file.name, name)
            for file in files
            if file.is_file()
            for name in CITED.findall(file.read_text("utf-8"))
        }
        assert len(cited) > 20
        assert [one for one in cited if not (FOLDER / one[1]).is_file()] == []
