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
            (
                "arizona",
                "arrest",
                {"on": False},
                ["kinds.arrest.on is false, and 13-4405, arrest needs"],
            ),
            ("arizona", "arrest", {"told": "if_requested"}, ["told is if_requested, and"]),
            (
                "arizona",
                "arrest",
                {"deadline": "2 days"},
                ["deadline is 2 days, and 13-4405, arrest needs 20 hours"],
            ),
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
