"""Where an agency's settings do less than its state's law asks for."""

import pytest

from infra.compiler.compile import load
from infra.compiler.state_law import below_the_law, problems
from infra.repository import ROOT, SAMPLE


class TestSettings:
    @pytest.mark.parametrize(
        ("law", "kind", "own", "less"),
        [
            ("arizona", "arrest", {}, False),
            ("arizona", "arrest", {"on": False}, True),
            ("arizona", "arrest", {"told": "if_requested"}, True),
            ("arizona", "arrest", {"deadline": "2 days"}, True),
            ("arizona", "arrest", {"told": "always", "deadline": "1 hour"}, False),
            ("arizona", "arrest", {"age_limit": "1 hour"}, True),
            ("arizona", "warrant", {"on": False}, False),  # the law asks for none
            ("hawaii", "arrest", {"told": "if_requested"}, False),
            ("hawaii", "case_closed", {"on": False}, True),
        ],
    )
    def test_that_do_less_are_said(self, law, kind, own, less):
        raw = load(SAMPLE)
        kinds = raw["kinds"] | {kind: raw["kinds"][kind] | own}
        found = [*below_the_law(raw | {"kinds": kinds}, ROOT / "infra/law" / law)]
        assert [f"kinds.{kind} does less" in line for line in found] == [True] * less

    def test_that_tell_on_the_page_alone_are_said(self):
        raw = load(SAMPLE) | {"only_on_page": ["case_closed"]}
        (line,) = below_the_law(raw, ROOT / "infra/law/hawaii")
        assert "kinds.case_closed does less than we read in 801D-4(a)(1), end" in line
        assert [*below_the_law(raw, ROOT / "infra/law/arizona")] == []


class TestFolder:
    @pytest.mark.parametrize(
        ("file", "text", "said"),
        [
            ("clauses.yaml", "state: Utah", ["postal: is missing"]),
            ("kinds.yaml", "", ["has no kinds of notices"]),
            ("kinds.yaml", "arest: {clause: x}", ["arest: is not a kind of notice"]),
            ("kinds.yaml", "arrest: {todl: always}", ["todl is unknown", "names no clause"]),
        ],
    )
    def test_with_mistakes_is_refused(self, tmp_path, file, text, said):
        (tmp_path / "clauses.yaml").write_text("{state: Utah, postal: UT}")
        assert [*problems(tmp_path)] == []
        (tmp_path / file).write_text(text)
        found = [str(problem) for problem in problems(tmp_path)]
        assert [sentence in line for sentence, line in zip(said, found, strict=True)] == [
            True for _ in said
        ]

    @pytest.mark.parametrize("law", ["arizona", "hawaii"])
    def test_of_each_state_has_none(self, law):
        assert [*problems(ROOT / "infra/law" / law)] == []
