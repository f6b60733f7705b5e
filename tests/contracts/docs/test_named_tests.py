"""Each test that any document names exists."""

import re
import subprocess

from infra.repository import ROOT
from tests.support.named_tests import everywhere

NAMED = re.compile(r"`(?:[\w/]+\.py)?(?:::)?((?:Test\w+::)?test_[\w.]+|Test[A-Z]\w+)`")
FILES = {path.name for path in (ROOT / "tests").rglob("*.py")}


def missing(text: str) -> set[str]:
    """Return the tests, classes of tests and test files that a text names and that are not there.

    A name that is cut off with three dots is missing too: nobody can look it up.
    """
    tests = everywhere()
    classes = {name.partition("::")[0] for name in tests}
    return set(NAMED.findall(text)) - tests - classes - FILES


class TestDocuments:
    def test_name_tests_that_exist(self):
        listed = subprocess.check_output(["git", "ls-files", "*.md"], cwd=ROOT, text=True).split()
        texts = {name: (ROOT / name).read_text("utf-8") for name in listed}
        assert {name: found for name, text in texts.items() if (found := missing(text))} == {}

    def test_that_name_a_missing_one_are_found(self):
        known = (
            "`TestDocuments::test_name_tests_that_exist`, `TestDocuments`, `test_named_tests.py`"
        )
        assert missing(known) == set()
        for name in ("TestDocuments::test_sings", "TestNoSuch", "test_key_admits_..."):
            assert missing(f"and `{name}`.") == {name}
