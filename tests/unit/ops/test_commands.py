"""The operator's command line, `python -m infra.ops`."""

import re
import sys
from importlib import import_module

import pytest

from infra.ops.__main__ import COMMANDS, main
from tests.conftest import ROOT


class TestCommands:
    @pytest.mark.parametrize("module", sorted({module for module, _ in COMMANDS.values()}))
    def test_each_module_has_a_main(self, module):
        assert callable(import_module(f"infra.ops.{module}").main)

    def test_make_asks_for_commands_that_exist(self):
        makefile = (ROOT / "Makefile").read_text("utf-8")
        asked = re.findall(r"-m infra\.ops \$\(AGENCY_IS\) ([a-z-]+)", makefile)
        assert len(asked) > 10
        assert set(asked) <= set(COMMANDS)

    def test_settings_and_command_are_handed_on(self, monkeypatch):
        seen = []

        def erase():
            seen.extend(sys.argv[1:])
            return 3

        monkeypatch.setattr(import_module("infra.ops.victim_data"), "main", erase)
        monkeypatch.setattr(
            sys, "argv", ["ops", "--agency", "mine.yaml", "erase-victim", "1", "v1", "--by", "dana"]
        )
        assert main() == 3
        assert seen == ["--agency", "mine.yaml", "erase", "1", "v1", "--by", "dana"]
