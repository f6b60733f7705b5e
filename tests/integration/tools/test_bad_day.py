"""A short bad day: nothing is lost, the alarms are judged, and mistakes are noticed."""

import json
import os
import subprocess
import sys

import pytest

from infra.repository import ROOT


def day(out, *options):
    """Play a day in a process of its own; return its code and its figures."""
    command = [sys.executable, "-m", "tests.bad_day", "--short"]
    command += ["--out", out, *options]
    env = os.environ | {"PYTHONHASHSEED": "0"}  # otherwise it starts itself again with it
    done = subprocess.run(command, cwd=ROOT, check=False, env=env)
    return done.returncode, json.loads((out / "bad-day-short.json").read_text())


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    return day(tmp_path_factory.mktemp("day"))


class TestDay:
    def test_loses_and_misdirects_nothing(self, played):
        code, figures = played
        duties = figures["duties"]
        assert code == 0, figures["problems"]
        assert duties["owed"] == duties["told"] + duties["letter"] + duties["task"] == 40
        assert duties["lost"] == duties["wrong_recipient"] == duties["duplicates"] == 0
        assert figures["open"] == figures["bare"] == figures["strangers"] == 0

    def test_tells_everybody_after_the_hour_of_refusals(self, played):
        _, figures = played
        assert figures["waited"]["p50"] > 3_600
        assert figures["refused_calls"]["sns"] > 0
        assert figures["refused_calls"]["CasesTable"] > 0

    def test_judges_the_alarms_of_chase_and_reconcile(self, played):
        _, figures = played
        judged = {"NoticesOverdue", "NoticesStuck", "LedgerIncomplete", "BrakeOn", "FlowErrors"}
        assert not judged & {*figures["not_judged"]}
        assert "FeedRefused" in [name for name, *_ in figures["alarms"]]  # the poison file

    def test_shows_the_pages_of_visitors_and_the_desk(self, played):
        _, figures = played
        pages = {"first page", "find", "verify, then status", "help", "status again"}
        pages |= {"alerts", "sign up"}
        desk = {f"desk: {name}" for name in ("tasks", "case", "inbox", "find", "figures")}
        assert pages | desk == figures["pages"].keys()
        assert min(figures["pages"][name]["answers"] for name in desk) >= 10
        assert sum(figures["pages"][name]["errors"] for name in desk) > 0  # the table refused some
        assert figures["visits"] == 160


class TestSupervisor:
    def test_releases_the_brake_once_its_alarm_rang(self, tmp_path):
        _, figures = day(tmp_path, "--arrests", "230", "--visitors", "1", "--minutes", "12")
        (rang,) = [at for name, _, at, _ in figures["alarms"] if name == "BrakeOn"]
        (released,) = [at for at, what in figures["events"] if "releases the brake" in what]
        assert figures["brakes"] == 1
        assert released >= rang


class TestSabotage:
    @pytest.mark.parametrize(("name", "by"), [("forget", "lost"), ("tell", "wrong_recipient")])
    def test_is_noticed(self, name, by, tmp_path):
        # A few minutes show it: a message that was refused waits, a restricted case is told.
        scale = ("--arrests", "10", "--visitors", "1", "--minutes", "4")
        code, figures = day(tmp_path, *scale, "--sabotage", name)
        assert code == 1
        assert figures["duties"]["owed"] == 10
        assert figures["duties"][by] > 0
