"""What the build says about receiving agencies that cannot be told from each other."""

import pytest

from infra.repository import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"


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
    def test_are_refused_with_a_sentence(self, found, before, after, said):
        assert said in found(before, after)

    def test_may_be_left_out(self, found):
        text = SAMPLE.read_text("utf-8")
        part = text[text.index("receivers:\n") : text.index("# --- Surveys")]
        assert found(part, "") == ""
