"""What the build says about a call-back list that calls nobody, or calls whom it must not."""

import pytest

from infra.compiler.settings_checks import check
from infra.compiler.yaml_lines import read
from tests.conftest import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"
SHARE = "    robbery: 50\n"


def found(tmp_path, before, after):
    """Return what is wrong with the sample agency after one change."""
    text = SAMPLE.read_text("utf-8")
    assert before in text
    path = tmp_path / "agency.yaml"
    path.write_text(text.replace(before, after, 1), "utf-8")
    return "\n".join(str(problem) for problem in check(read(path)))


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
    def test_are_refused_with_a_sentence(self, tmp_path, before, after, said):
        assert said in found(tmp_path, before, after)

    def test_may_be_left_out(self, tmp_path):
        text = SAMPLE.read_text("utf-8")
        part = text[text.index("call_backs:\n") : text.index("# --- The brake")]
        assert found(tmp_path, part, "") == ""
