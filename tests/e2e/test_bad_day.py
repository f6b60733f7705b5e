"""A short `make bad-day` in every test run: the rig plays, and what it judges by is there."""

import json
import sys

import pytest

from infra.repository import ROOT
from tests.bad_day import world
from tests.bad_day.__main__ import main
from tests.chaos import mutations


class TestSabotage:
    @pytest.mark.parametrize("name", world.SABOTAGES)
    def test_still_finds_the_line_it_breaks(self, name, tmp_path):
        module, line, _ = world.SABOTAGES[name]
        (tmp_path / module).parent.mkdir(exist_ok=True)
        (tmp_path / module).write_text((ROOT / "layers/aviso/aviso" / module).read_text())
        mutations.apply(name, tmp_path, world.SABOTAGES)
        assert line not in (tmp_path / module).read_text()


class TestShortDay:
    def test_loses_and_misdirects_nothing(self, monkeypatch):
        monkeypatch.setattr(sys, "argv", ["bad-day", "--short"])
        assert main() == 0
        figures = json.loads((ROOT / "build" / "bad-day-short.json").read_text())
        duties = figures["duties"]
        assert duties["owed"] == duties["told"] + duties["letter"] + duties["task"] == 20
        assert duties["lost"] == duties["wrong_recipient"] == figures["bare"] == 0
        assert "first page" in figures["pages"]
        assert figures["refused_calls"].keys() >= {"sns", "ses"}
        assert "FeedRefused" in [name for name, *_ in figures["alarms"]]  # the poison file
