"""The runs of `make test` at the same time."""

import sys
from pathlib import Path

import pytest

from infra.repository import ROOT
from tests.__main__ import ON_AWS, OWN_STACKS, Run, side_by_side


def says(text: str, code: int = 0) -> list[str]:
    return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "build/log"


class TestSideBySide:
    def test_shows_the_logs_in_order_at_the_end(self, log, capsys):
        slow = [sys.executable, "-c", "import time; time.sleep(0.3); print('shared')"]
        runs = Run(slow, log), Run(says("own"), log.with_name("other"))
        assert side_by_side(Run(says("")), *runs) == 0
        assert capsys.readouterr().out.split() == ["shared", "own"]

    @pytest.mark.parametrize(("computing", "on_aws"), [(1, 0), (0, 1), (2, 2)])
    def test_fails_when_either_does(self, computing, on_aws, log):
        assert side_by_side(Run(says("", computing)), Run(says("", on_aws), log)) == 1

    def test_waits_for_all(self, log):
        slow = [sys.executable, "-c", "import time; time.sleep(0.3); raise SystemExit(1)"]
        assert side_by_side(Run(slow), Run(says(""), log)) == 1
        assert side_by_side(Run(says("")), Run(slow, log)) == 1


class TestOwnStacks:
    @pytest.mark.parametrize("file", OWN_STACKS)
    def test_are_tests_on_aws_and_not_of_the_shared_stack(self, file):
        assert file.startswith(ON_AWS)
        source = (ROOT / file).read_text(encoding="utf-8")
        assert "deployed:" not in source
