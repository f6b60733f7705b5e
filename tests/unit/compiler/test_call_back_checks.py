"""What the build says about a call-back list that calls nobody, or calls whom it must not."""

import pytest

from tests.conftest import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"
SHARE = "    robbery: 50\n"


class TestCallBacks:
    @pytest.mark.parametrize(
        ("before", "after", "said"),
        [
            ("[SUSPENDED, NO_STAFF,", "[SUSPENDED, GONE,", "'GONE' is no status with `tells`"),
            ("[SUSPENDED, NO_STAFF,", "[SUSPENDED, WARRANT,", "'WARRANT' is no status"),
            (SHARE, "    stalking: 50\n", "'stalking' is no offense group whose victims"),
            (SHARE, "    robery: 50\n", "'robery' is no offense group whose victims"),
            (SHARE, "    robbery: 101\n", "101 is more than 100"),
        ],
    )
    def test_are_refused_with_a_sentence(self, found, before, after, said):
        assert said in found(before, after)

    def test_may_be_left_out(self, found):
        text = SAMPLE.read_text("utf-8")
        part = text[text.index("call_backs:\n") : text.index("# --- The brake")]
        assert found(part, "") == ""
