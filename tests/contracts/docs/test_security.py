"""What docs/security.md claims to be proved is proved: each test it names exists."""

import re

from infra.repository import ROOT
from tests.support.named_tests import everywhere

TEXT = (ROOT / "docs/security.md").read_text(encoding="utf-8")


class TestThreat:
    def test_names_tests_that_exist(self) -> None:
        named = set(re.findall(r"`((?:Test\w+::)?test_\w+)`", TEXT))
        assert len(named) > 40
        assert named - everywhere() == set()

    def test_names_what_stops_it_and_its_test(self) -> None:
        rows = [line for line in TEXT.splitlines() if line.startswith("| **")]
        assert len(rows) > 20
        for row in rows:
            threat, stops, proof = (cell.strip() for cell in row.strip("|").split(" | "))
            assert len(stops) > 10, threat
            assert re.search("`(Test|test_)", proof), threat
