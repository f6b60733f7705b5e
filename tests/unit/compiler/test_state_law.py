"""Where an agency's settings do less than its state's law asks for."""

import pytest

from infra.compiler.compile import load
from infra.compiler.state_law import below_the_law
from infra.repository import ROOT, SAMPLE


class TestSettings:
    @pytest.mark.parametrize(
        ("law", "kind", "own", "said"),
        [
            ("arizona", "arrest", {}, []),
            ("arizona", "arrest", {"on": False}, ["kinds.arrest is off. 13-4405, arrest asks"]),
            ("arizona", "arrest", {"told": "if_requested"}, ["kinds.arrest tells if_requested."]),
            ("arizona", "arrest", {"deadline": "2 days"}, ["a deadline of 2 days."]),
            ("arizona", "arrest", {"told": "always", "deadline": "1 hour"}, []),
            ("arizona", "warrant", {"on": False}, []),  # the law asks for none
            ("hawaii", "arrest", {"told": "if_requested"}, []),
            ("hawaii", "case_closed", {"on": False}, ["(infra/law/hawaii). Ask your counsel."]),
        ],
    )
    def test_that_do_less_are_said(self, law, kind, own, said):
        raw = load(SAMPLE)
        kinds = raw["kinds"] | {kind: raw["kinds"][kind] | own}
        found = [*below_the_law(raw | {"kinds": kinds}, ROOT / "infra/law" / law)]
        assert len(found) == len(said)
        assert all(words in line for words, line in zip(said, found, strict=True))
