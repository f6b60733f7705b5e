"""The operator's command line, `python -m infra.ops`."""

import re
import sys
from importlib import import_module

import pytest

from infra.deploy.stacks import DeployError
from infra.ops.__main__ import COMMANDS, main
from infra.repository import ROOT


class TestCommands:
    @pytest.mark.parametrize("module", sorted({command.module for command in COMMANDS.values()}))
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

    def test_a_refusal_is_one_sentence(self, monkeypatch):
        def erase():
            raise DeployError("the case is under a legal hold; nothing was erased")

        monkeypatch.setattr(import_module("infra.ops.victim_data"), "main", erase)
        monkeypatch.setattr(sys, "argv", ["ops", "erase-victim", "1", "v1", "--by", "dana"])
        with pytest.raises(SystemExit) as refused:
            main()
        assert refused.value.code == (
            "erase-victim: the case is under a legal hold; nothing was erased"
        )

    @pytest.mark.parametrize(
        ("command", "usage"),
        [("release", "python -m infra.ops release"), ("trail", "python -m infra.ops trail")],
    )
    def test_help_names_the_command_once(self, monkeypatch, capsys, command, usage):
        monkeypatch.setattr(sys, "argv", ["ops", command, "--help"])
        with pytest.raises(SystemExit):
            main()
        assert capsys.readouterr().out.startswith(f"usage: {usage} [-h]")

    def test_help_says_what_each_does(self, monkeypatch, capsys):
        monkeypatch.setattr(sys, "argv", ["ops", "--help"])
        with pytest.raises(SystemExit):
            main()
        shown = capsys.readouterr().out
        assert [name for name, command in COMMANDS.items() if command.does not in shown] == []
