"""A short `make bad-day` in every test run: the rig plays, and what it judges by is there."""

import json
import sys

from infra.repository import ROOT
from tests.bad_day.__main__ import main


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
