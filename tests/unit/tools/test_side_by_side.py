"""The two runs of `make test`."""

import sys
from pathlib import Path

import pytest

from tests.__main__ import side_by_side


def says(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "build/log"


class TestSideBySide:
    def test_passes_when_all_do(self, log, capsys):
        assert side_by_side([says("")], [says("system"), says("granted")], log) == 0
        assert capsys.readouterr().out.split() == ["system", "granted"]

    @pytest.mark.parametrize(("computing", "on_aws"), [(1, 0), (0, 1), (2, 2)])
    def test_fails_when_either_does(self, computing, on_aws, log):
        assert side_by_side([says("", computing)], [says("", on_aws)], log) == 1

    def test_judges_no_calls_of_failed_tests(self, log):
        assert side_by_side([says("")], [says("failed", 1), says("granted")], log) == 1
        assert log.read_text().split() == ["failed"]

    def test_waits_for_both(self, log):
        slow = [sys.executable, "-c", "import time; time.sleep(0.3); raise SystemExit(1)"]
        assert side_by_side([slow], [says("")], log) == 1
        assert side_by_side([says("")], [slow], log) == 1
