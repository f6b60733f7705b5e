"""What infra/documents/claims.yaml says proves the claims of a page exists."""

import re
from functools import cache

import pytest
import yaml

from infra.repository import ROOT
from tests.support.named_tests import everywhere
from tests.support.typed_commands import targets, wrong_with

CLAIMS: dict[str, dict[str, list[str]]] = yaml.load(
    (ROOT / "infra/documents/claims.yaml").read_text("utf-8"), yaml.CSafeLoader
)
SAMPLE = yaml.load((ROOT / "infra/agency/sample.yaml").read_text("utf-8"), yaml.CSafeLoader)
CLAIM = {  # in bold at the start of a row, an item or a paragraph; a heading; an area of the policy
    "security.md": re.compile(r"^(?:\| |- )?\*\*([^*]+)\*\*", re.MULTILINE),
    "security-of-the-template.md": re.compile(r"^\| \*\*([^*]+)\*\*", re.MULTILINE),
    "recovery.md": re.compile(r"^## (.+)$", re.MULTILINE),
    "cjis.md": re.compile(r"^\| (5\.\d+) ", re.MULTILINE),
}
AREAS = [f"5.{n}" for n in range(1, 21)]
NOT_HERE = {"5.2", "5.9", "5.12", "5.17"}  # the agency's own work, or AWS's


@cache
def known() -> frozenset[str]:
    """Return the names of all tests and test files."""
    return everywhere() | {path.name for path in (ROOT / "tests").rglob("test_*.py")}


def exists(name: str) -> bool:
    """Whether what proves a claim is there."""
    if name.startswith("make "):
        return name.split()[1] in targets()
    if name.startswith("aviso "):
        return not wrong_with(name.removeprefix("aviso "))
    group, _, key = name.partition(".")
    return name in known() or (ROOT / name).is_file() or key in SAMPLE.get(group, {})


def claims(page: str) -> list[str]:
    """Return what a page claims, in its order."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return CLAIM[page].findall(text)


class TestClaim:
    def test_is_proved_by_what_exists(self) -> None:
        named = {name for page in CLAIMS.values() for names in page.values() for name in names}
        assert len(named) > 250
        assert {name for name in named if not exists(name)} == set()
        assert not exists("TestClaim::test_sings")
        assert not exists("make gold")
        assert not exists("aviso data gold")

    @pytest.mark.parametrize("page", CLAIM)
    def test_is_on_its_page_with_its_proof(self, page: str) -> None:
        assert all(CLAIMS[page].values())
        proved = [claim for claim in claims(page) if claim not in NOT_HERE]
        assert sorted(proved) == sorted(CLAIMS[page])

    def test_of_the_police_has_every_area(self) -> None:
        assert [claim for claim in claims("cjis.md") if claim in AREAS] == AREAS
