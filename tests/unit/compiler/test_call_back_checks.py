"""What the build says about a call-back list that calls nobody, or calls whom it must not."""

import pytest

from infra.repository import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"
SHARE = "    robbery: 50\n"


class TestCallBacks:
    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ("[SUSPENDED, NO_STAFF,", "[SUSPENDED, GONE,", "'GONE' is not a status that has"),
            ("[SUSPENDED, NO_STAFF,", "[SUSPENDED, WARRANT,", "'WARRANT' is not a status"),
            (SHARE, "    stalking: 50\n", "'stalking' may not be called"),
            (SHARE, "    robery: 50\n", "'robery' may not be called"),
            (SHARE, "    robbery: 101\n", "101 is more than 100"),
        ],
    )
    def test_are_refused_with_a_sentence(self, found, before, after, said):
        assert said in found(before, after)

    def test_may_be_left_out(self, found):
        text = SAMPLE.read_text("utf-8")
        part = text[text.index("call_backs:\n") : text.index("# --- The brake")]
        assert found(part, "") == ""
