"""What the build says about receiving agencies that cannot be told from each other."""

import pytest

from infra.compiler.settings_checks import check
from infra.compiler.yaml_lines import read
from tests.conftest import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"


def found(tmp_path, before, after):
    """Return what is wrong with the sample agency after one change."""
    text = SAMPLE.read_text("utf-8")
    assert before in text
    path = tmp_path / "agency.yaml"
    path.write_text(text.replace(before, after, 1), "utf-8")
    return "\n".join(str(problem) for problem in check(read(path)))


class TestReceivers:
    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ("kind: jail ", "kind: prison ", "county_jail.kind: 'prison' is not one of 'jail'"),
            (
                "kind: juvenile_detention",
                "kind: prosecutor",
                "county_attorney.kind: is a second prosecutor beside juvenile_detention",
            ),
            (
                "kind: juvenile_detention",
                "kind: prosecutor",
                "juvenile_detention.feed_names: is only for a jail or a detention center",
            ),
            (
                "[County Juvenile Center]",
                "[COUNTY ADULT DETENTION]",
                "juvenile_detention: 'COUNTY ADULT DETENTION' is a name of county_jail already",
            ),
            ("consent_days: 730", "consent_days: 2000", "2000 is more than 1095"),
            ("email: victim-services@", "email: victim-services-", "is not an email address"),
        ],
    )
    def test_are_refused_with_a_sentence(self, tmp_path, before, after, said):
        assert said in found(tmp_path, before, after)

    def test_may_be_left_out(self, tmp_path):
        text = SAMPLE.read_text("utf-8")
        part = text[text.index("receivers:\n") : text.index("# --- Surveys")]
        assert found(tmp_path, part, "") == ""
