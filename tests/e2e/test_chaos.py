"""A short `make chaos` in every test run, and what makes its model worth believing."""

import ast
import json
import sys
from datetime import UTC, datetime, timedelta

import pytest

from infra.local.sam_build import ROOT
from tests.chaos import generator, hand_offs, mutations
from tests.chaos.__main__ import main
from tests.chaos.environment import HERE

SEED, CASES = "7", "34"
MODEL = ("observed", "oracle", "hand_offs", "speakers", "incapacity", "scenario", "generator")


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


class TestModel:
    @pytest.mark.parametrize("module", MODEL)
    def test_imports_nothing_of_the_product(self, module):
        # `hand_offs`, `speakers` and `incapacity` ask `oracle`.
        ours = {"tests.chaos", "tests.chaos.scenario", "tests.chaos.observed"}
        for name in imports_of(HERE / f"{module}.py"):
            assert name in ours or name.partition(".")[0] in sys.stdlib_module_names

    def test_makes_the_same_scenario_from_a_seed(self):
        now = datetime(2026, 11, 24, 18, tzinfo=UTC)
        assert generator.make(3, 50, now) == generator.make(3, 50, now)

    def test_asks_jail_and_prosecutor(self):
        scenario = generator.make(int(SEED), int(CASES), datetime(2026, 11, 24, 18, tzinfo=UTC))
        agreed = hand_offs.agreements(scenario)
        agencies = {key[2] for key in hand_offs.expect(scenario, agreed, set())}
        assert agencies >= {hand_offs.JAIL, hand_offs.PROSECUTOR}

    @pytest.mark.parametrize(("minutes", "lost"), [(1, 0), (-1, 1)])
    def test_wants_word_of_what_is_taken_back(self, minutes, lost):
        since = datetime(2026, 11, 24, 18, tzinfo=UTC)
        key = ("1", "v1", hand_offs.JAIL, "arrest:1")
        to, at = hand_offs.MAILBOXES[hand_offs.JAIL], since + timedelta(minutes=minutes)
        email = hand_offs.Email(to, at, hand_offs.TAKEN_BACK)
        expected = {key: frozenset({hand_offs.WITHDRAWN})}
        found = hand_offs.unsaid(expected, {key}, [email], since)
        assert (len(found["lost"]), found["wrong_recipient"]) == (lost, [])

    def test_wants_no_word_of_what_stays(self):
        now = datetime(2026, 11, 24, 18, tzinfo=UTC)
        email = hand_offs.Email(hand_offs.MAILBOXES[hand_offs.JAIL], now, hand_offs.TAKEN_BACK)
        assert hand_offs.unsaid({}, set(), [email], now)["wrong_recipient"]


class TestSabotage:
    @pytest.mark.parametrize("name", mutations.SABOTAGES)
    def test_still_finds_the_line_it_breaks(self, name, tmp_path):
        module, line, _ = mutations.SABOTAGES[name]
        (tmp_path / module).parent.mkdir(exist_ok=True)
        (tmp_path / module).write_text((ROOT / "layers/aviso/aviso" / module).read_text())
        mutations.apply(name, tmp_path)
        assert line not in (tmp_path / module).read_text()


class TestStorm:
    def test_loses_doubles_and_misdirects_nothing(self, monkeypatch, tmp_path):
        monkeypatch.setattr(sys, "argv", ["chaos", "--seeds", SEED, "--cases", CASES, "--short"])
        assert main() == 0
        figures = json.loads((ROOT / "build" / "chaos-short.json").read_text())
        assert figures["owed"] >= 100
        assert figures["hand_offs"] >= 5
        assert figures["taken_back"] >= 1
        assert figures["named"] >= 5
        assert figures["told_beside"] + figures["told_in_place"] >= 1
        assert figures["lost"] == figures["wrong_recipient"] == 0
        assert figures["details"]["unequal_to_model"] == figures["recount_differences"] == 0
        assert figures["duplicates"] <= figures["crash_window"]
