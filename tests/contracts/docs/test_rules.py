"""Every link to a rule leads to a rule in docs/rules.md."""

import re
import subprocess

from infra.repository import ROOT

LINK = re.compile(r"rules\.md#(\d+)((?:, #\d+)*)")
ANCHOR = re.compile(r'^<a id="(\d+)"></a>\n### (\d+)\. ', re.MULTILINE)


def anchors() -> list[tuple[str, str]]:
    """Return each rule's anchor and number, in the order of the document."""
    return ANCHOR.findall((ROOT / "docs/rules.md").read_text("utf-8"))


def links() -> dict[str, list[str]]:
    """Return the numbers of the rules that each tracked text file links to."""
    listed = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).split()
    found: dict[str, list[str]] = {}
    for name in listed:
        path = ROOT / name
        if path.suffix in {".py", ".md", ".yaml", ".toml"} and path.is_file():
            for first, more in LINK.findall(path.read_text("utf-8")):
                found.setdefault(name, []).extend([first, *re.findall(r"\d+", more)])
    return found


class TestRules:
    def test_anchors_match_numbers(self):
        """A rule that ends leaves its number unused, so that links keep their meaning."""
        numbers = [int(anchor) for anchor, _ in anchors()]
        assert numbers == sorted(set(numbers))
        assert all(anchor == number for anchor, number in anchors())

    def test_every_link_leads_to_a_rule(self):
        known = {anchor for anchor, _ in anchors()}
        broken = {name: set(found) - known for name, found in links().items()}
        assert {name: found for name, found in broken.items() if found} == {}

    def test_each_rule_is_linked_from_where_it_acts(self):
        acts = ("layers/", "functions/", "infra/", "template.yaml")
        cited = {n for name, found in links().items() if name.startswith(acts) for n in found}
        assert {anchor for anchor, _ in anchors()} - cited == set()

    def test_no_rule_is_cited_without_a_link(self):
        bare = re.compile(r"\(rules? \d")
        listed = subprocess.check_output(["git", "ls-files", "*.py", "*.yaml"], cwd=ROOT, text=True)
        found = [n for n in listed.split() if bare.search((ROOT / n).read_text("utf-8"))]
        assert found == []
