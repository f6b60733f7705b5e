"""A small storm in every test run: the same seed gives the same run, and a mistake is noticed."""

import json
import os
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from functools import partial
from random import Random
from threading import Event

import pytest

from infra.repository import ROOT
from tests.chaos import generator, incapacity, waivers
from tests.chaos.observed import ABSENT, Evidence
from tests.chaos.scenario import Person
from tests.storm import campaign, results, sabotages
from tests.storm.__main__ import plans_of
from tests.storm.faults import BEATS, CALM_BEAT, RATES, Faults
from tests.storm.plan import Plan
from tests.storm.run import Outcome
from tests.storm.scheduler import Scheduler
from tests.storm.verdict import Verdict

NOW = datetime(2026, 11, 24, 18, tzinfo=UTC)
CHILD = date(2015, 5, 5)
NOTHING = ("lost", "wrong_recipient", "unsettled", "unexplained_duplicates", "unequal_to_model")


def storm(out, *options, hash_seed="random"):
    """Run a storm in a process of its own, as `make storm` does; return its code and figures."""
    command = [sys.executable, "-m", "tests.storm", "--jobs", "1", "--out", out, *options]
    env = os.environ | {"PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, check=False, env=env)
    return done.returncode, json.loads(out.read_text())


class TestStorm:
    def test_same_seed_gives_the_same_run(self, tmp_path):
        """In another process, and after another seed."""
        code, one = storm(tmp_path / "1.json", "--seeds", "5-6", "--cases", "2", hash_seed="0")
        again, other = storm(tmp_path / "2.json", "--seeds", "6", "--cases", "2", hash_seed="2")
        assert (code, again) == (0, 0), one["problems"]
        assert one["digests"]["6"] == other["digests"]["6"]
        assert one["duties"] > 6
        assert sum(one["faults"].values()) > 2
        assert [one[name] for name in NOTHING] == [0] * len(NOTHING)

    def test_holds_in_seeds_that_once_failed(self, tmp_path):
        code, played = storm(tmp_path / "1.json", "--seeds", "found:1248,6163", hash_seed="0")
        assert (code, played["seeds"]) == (0, 2), played["problems"]
        assert played["duties"] > 300


class TestCampaign:
    """Of seeds that owe ten duties each and are played at once."""

    @pytest.fixture
    def played(self, monkeypatch):
        def play(plan):
            return Outcome(plan, Verdict(figures=Counter(duties=10)), "")

        monkeypatch.setattr(campaign, "enter", lambda: None)
        monkeypatch.setattr(campaign, "play", play)
        seen: list[int] = []

        def keep(total):
            seen.append(total.figures()["duties"])

        def run(duties, **bounds):
            plans = (Plan(seed, 1) for seed in range(1, 9))
            campaign.run(plans, duties, 1, lambda _: None, keep=keep, **bounds)
            return seen

        return run

    def test_keeps_the_sum_after_each_seed(self, played):
        assert played(duties=25) == [10, 20, 30]

    def test_ends_when_its_time_is_over(self, played):
        assert played(duties=0, minutes=1e-9) == [10]

    def test_ends_with_the_last_seed(self, played):
        assert len(played(duties=0)) == 8


class TestPlans:
    def test_found_are_those_that_once_failed(self):
        """With the marks of their time, although a seed repeats its run at its own commit alone."""
        plans = {(one.seed, one.cases): one for one in plans_of("found", 40, endless=False)}
        assert not plans[2, 400].incapacity
        assert plans[28, 40].incapacity
        assert not plans[28, 40].later_marks
        some = [one.seed for one in plans_of("found:28,16", 40, endless=False)]
        assert some == [16, 28]

    def test_of_new_seeds_play_all_that_the_rig_can(self):
        for plan in plans_of("3-5", 40, endless=False):
            asked = {f.name: getattr(plan, f.name) for f in fields(Plan) if f.type is bool}
            assert len(asked) == 5
            assert all(asked.values())

    def test_range_has_both_ends(self):
        assert [plan.seed for plan in plans_of("3-5", 40, endless=False)] == [3, 4, 5]


class TestMarks:
    def test_leave_the_other_cases(self):
        scenario, usual = (generator.make(3, 200, NOW) for _ in range(2))
        incapacity.mark(scenario)
        marked = [c for c in scenario.cases if incapacity.MARK in c.trouble]
        assert len(marked) > 10
        assert {c.trouble.rpartition(" ")[2] for c in marked} == set(incapacity.COURSES)
        pairs = zip(scenario.cases, usual.cases, strict=True)
        assert all((one == other) is (one not in marked) for one, other in pairs)

    def test_of_later_files_leave_the_other_cases(self):
        """And those marked before, except that some of their victims die as well."""
        scenario, usual = (generator.make(3, 400, NOW) for _ in range(2))
        incapacity.mark(scenario)
        incapacity.mark(usual)
        incapacity.mark_later(scenario)
        pairs = zip(usual.cases, scenario.cases, strict=True)
        changed = [(one, other) for one, other in pairs if one != other]
        assert len(changed) > 10
        assert {one.before == other.before for one, other in changed} == {True, False}
        marks = {other.trouble.removeprefix(one.trouble) for one, other in changed}
        courses = (incapacity.BECOMES, incapacity.ENDS)
        words = [word for word, _, _ in incapacity.LATER]
        assert marks == {f", {word} {course}" for word in words for course in courses} | {", dies"}

    @pytest.mark.parametrize("said", [{"deceased": True}, {"minor": True}, {"born": CHILD}])
    def test_are_told_unless_the_first_row_has_them(self, said):
        adult = Person(id="P1", role="VIC", first="A", last="B", born=date(1980, 1, 1))
        marked = replace(adult, **said)
        assert incapacity.is_told(marked, adult)
        assert not incapacity.is_told(marked, marked)
        assert not incapacity.is_told(adult, marked)

    @pytest.mark.parametrize("late", [True, False])
    def test_may_be_in_the_first_row_that_is_seen(self, late):
        """Then nobody is told, and both ends are right."""
        scenario = generator.make(3, 200, NOW)
        incapacity.mark_later(scenario)
        case = next(c for c in scenario.cases if c.trouble.endswith("dead becomes"))
        (duty,) = incapacity.expect_of(scenario, case, Evidence(first_late=late))
        assert (ABSENT in duty.ends, duty.untold) == (late, not late)

    def test_are_announced_once(self):
        """A second word of it is owed by nobody."""
        row = {"case": "1", "victim": "v1"}
        times = ("incapacitated:@2026-03-02T08:00:00Z", "incapacitated:@2026-03-02T07:00:00Z")
        rows = [row | {"fact": fact} for fact in (*times, "arrest:a1")]
        found = [r["fact"] for r in incapacity.with_short_keys(rows)]
        assert found == ["arrest:a1", "incapacitated", "incapacitated 2"]


class TestWaivers:
    def test_come_in_the_second_export_of_other_cases(self):
        scenario, usual = (generator.make(3, 400, NOW) for _ in range(2))
        waivers.mark_later(scenario)
        incapacity.mark_later(usual)
        pairs = [(a, b) for a, b in zip(scenario.cases, usual.cases, strict=True) if a != b]
        assert len(pairs) > 10
        for case, before in pairs:
            assert case.before == before.before
            assert before.trouble in waivers.FIT
            assert case.after.victims[0].rights == "W"
            assert case.after.victims[1:] == before.after.victims[1:]

    @pytest.mark.parametrize("late", [True, False])
    def test_are_told_beside_a_task(self, late):
        scenario = generator.make(3, 400, NOW)
        waivers.mark(scenario)
        case = next(c for c in scenario.cases if c.trouble.endswith("waived later"))
        found = list(waivers.expect_of(scenario, case, Evidence(first_late=late)))
        assert [(duty.key[3], ABSENT in duty.ends) for duty in found] == [
            (word, late) for word in waivers.WORDS
        ]

    def test_are_announced_once(self):
        row = {"case": "1", "victim": "v1"}
        times = ("2026-03-02T08:00:00Z", "2026-03-02T07:00:00Z")
        rows = [
            row | {"fact": f"{word}@{at}"}
            for at in times
            for word in (f"{waivers.WORD}:", waivers.TASK)
        ]
        found = {r["fact"] for r in incapacity.with_short_keys(rows, waivers.WORDS)}
        assert found == {*waivers.WORDS, *(f"{word} 2" for word in waivers.WORDS)}


class TestScheduler:
    def test_runs_in_order_of_time_and_entry(self):
        clock: list[float] = []
        seen: list[str] = []
        time = Scheduler(100.0, clock.append)
        for when, name in ((103, "c"), (101, "a"), (103, "d"), (102, "b")):
            time.at(when, partial(seen.append, name))
        assert time.run(110, lambda: len(seen) == 4)
        assert seen == ["a", "b", "c", "d"]
        assert clock == [101, 102, 103]

    def test_stops_at_the_end_of_the_days(self):
        time = Scheduler(0.0, lambda _: None)
        time.at(20, lambda: None)
        assert not time.run(10, lambda: False)


class TestFaults:
    @pytest.mark.parametrize("role", RATES)
    def test_strike_each_call_in_every_way(self, role):
        """Before it, after it, its reply lost: whatever the call is to the flow."""
        ways = {"killed_before", "killed_after", "throttled", "5xx", "reset", "reply_lost", "slow"}
        assert set(RATES[role]) >= ways

    def test_one_left_out_changes_no_other(self):
        """So `shrink` finds by leaving out which fault matters."""

        def drawn(**less):
            faults = Faults(6, **less)
            faults.weather = 40.0
            return [faults.of_call("table", again=False) for _ in range(300)]

        whole, without = drawn(), drawn(off=frozenset({"slow"}))
        assert "slow" in whole
        assert without == ["" if name == "slow" else name for name in whole]
        first = next(n for n, name in enumerate(whole) if name)
        assert drawn(first=0) == [""] * 300
        assert drawn(first=1)[: first + 1] == whole[: first + 1]

    def test_none_happens_when_they_are_off(self):
        faults = Faults(1)
        faults.on = False
        assert {faults.of_call(Random(1).choice([*RATES]), again=True) for _ in range(99)} == {""}

    def test_schedule_comes_late_in_new_runs_alone(self):
        assert {Faults(seed).beat for seed in range(40)} == {1}
        late = [Faults(seed, late=True) for seed in range(40)]
        assert {one.beat for one in late} == {*BEATS}
        for one in late:
            one.on = False
        assert {one.beat for one in late} == {CALM_BEAT}


class TestSabotage:
    def test_has_at_least_twelve(self):
        assert len(sabotages.SABOTAGES) >= 12

    def test_stopped_run_keeps_what_was_noticed(self, monkeypatch, tmp_path):
        said = Event()

        def one(name, _cases):
            if name == "b":
                said.wait(10)  # for the first one's progress
                raise KeyboardInterrupt
            return sabotages.Noticed(name, "a mistake", 10, ["lost"]), None

        def listed(names):
            said.clear()
            sabotages.try_all(names, 1, 1, lambda text: said.set() if " of " in text else None)
            return json.loads(results.TRIED.read_text())

        monkeypatch.setattr(
            sabotages, "ProcessPoolExecutor", lambda *_, **__: ThreadPoolExecutor(1)
        )
        monkeypatch.setattr(sabotages, "try_one", one)
        monkeypatch.setattr(results, "TRIED", tmp_path / "tried.json")
        whole = listed(["a", "c"])
        assert (whole["finished"], [n["name"] for n in whole["sabotages"]]) == (True, ["a", "c"])
        with pytest.raises(KeyboardInterrupt):
            listed(["a", "b"])
        kept = json.loads(results.TRIED.read_text())
        assert (kept["finished"], [n["name"] for n in kept["sabotages"]]) == (False, ["a"])

    def test_is_noticed_and_its_seed_made_small(self):
        """Of two cases one is left, and no fault."""
        asked = ["--jobs", "1", "--cases", "2", "--sabotage", "forget_withdrawal"]
        command = [sys.executable, "-m", "tests.storm", *asked]
        env = os.environ | {"PYTHONHASHSEED": "0"}
        done = subprocess.run(
            command, cwd=ROOT, check=True, env=env, capture_output=True, text=True
        )
        assert "keep=(" in done.stdout
        assert "lost: " in done.stdout
