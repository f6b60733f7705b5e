"""The night of a storm goes as the template's state machine does, with the functions' answers."""

from collections import deque
from datetime import UTC, datetime
from itertools import pairwise
from random import Random

import pytest

from infra.harness import cloudformation
from tests.storm import schedules
from tests.storm.cloud import Cloud
from tests.storm.faults import Faults
from tests.storm.functions import Functions
from tests.storm.plan import Plan
from tests.storm.scheduler import Scheduler
from tests.storm.schedules import AGAIN_AFTER, NIGHT, NOTHING, PARTS, Night, Schedules

DIES = object()


def found(cases, go_on_at=""):
    """Answer as `reconcile` does, with a value that the state machine does not keep."""
    return NOTHING | {"cases": cases, "go_on_at": go_on_at, "more": 1}


class Reconcile(Functions):
    """Answers each part's calls in turn, and sums up; remembers what it was given."""

    def __init__(self, answers, cases=0):
        super().__init__(Cloud(Scheduler(0.0, lambda _: None), Faults(1), 1))
        rows = self.cloud.tables.leader.tables["Cases"].items
        rows.update({(f"CASE#{n}", "CASE"): {} for n in range(cases)})
        self.answers = {part: deque(one) for part, one in answers.items()}
        self.events = []
        self.sent = []

    def invoke(self, function, event, ended, *, later=False, seconds=0):
        self.events.append((self.cloud.time.now, event))
        answers = self.answers.get(event.get("part", "sum"))
        answer = answers.popleft() if answers else self.sum_of(event)
        ended(answer, answer is DIES)

    def sum_of(self, event):
        if "part" in event:
            return found(1)
        parts = [part for part in event["parts"] if part]
        gone = "lost" * (len(parts) < event["of"])
        return found(sum(part["cases"] for part in parts), gone)

    def send(self, function, event, done=None):
        self.sent.append((function, event))

    def of_part(self, part):
        return [(at, e["found"]) for at, e in self.events if e.get("part") == part]


def night(**answers):
    """Play a night whose parts answer so; return what was called and what was wrong."""
    cases = answers.pop("cases", PARTS)
    by_part = {int(name[1:]) if name != "sum" else name: one for name, one in answers.items()}
    played = Reconcile(by_part, cases)
    one = Night(played, Random(1), "2026-03-02T10:00:00+00:00", [])
    one.begin()
    played.cloud.time.run(1000, lambda: False)
    return played, one.wrong


class TestNight:
    def test_goes_through_each_part_and_sums_up(self):
        played, wrong = night()
        assert [e["part"] for _, e in played.events[:-1]] == [*range(PARTS)]
        assert played.events[-1][1]["parts"] == [NOTHING | {"cases": 1}] * PARTS
        assert wrong == []

    def test_goes_on_where_a_part_stopped(self):
        played, _ = night(_2=[found(1, "17"), found(2)], cases=5)
        stopped = NOTHING | {"cases": 1, "go_on_at": "17"}
        assert [given for _, given in played.of_part(2)] == [NOTHING, stopped]

    def test_tries_a_call_again_as_the_template_says(self):
        played, _ = night(_0=[DIES, DIES, DIES, found(1)], sum=[DIES])
        times = [at for at, _ in played.of_part(0)]
        waited = tuple(later - at for at, later in pairwise(times))
        assert waited == AGAIN_AFTER
        template = cloudformation.read(cloudformation.TEMPLATES[0])["Resources"]["Nightly"]
        states = template["Properties"]["Definition"]["States"]
        plan = states["Parts"]["ItemProcessor"]["States"]["Plan"]
        for retry in (plan["Retry"][-1], states["SumUp"]["Retry"][-1]):
            first, rate = retry["IntervalSeconds"], retry["BackoffRate"]
            tries = range(retry["MaxAttempts"])
            assert tuple(first * rate**n for n in tries) == AGAIN_AFTER
        assert {name.removesuffix(".$") for name in plan["ResultSelector"]} == {*NOTHING}

    def test_gives_a_part_up_that_always_fails(self):
        played, wrong = night(_1=[DIES] * (len(AGAIN_AFTER) + 1))
        assert played.events[-1][1]["parts"][1] is None
        assert wrong == []

    @pytest.mark.parametrize(
        "said", [found(PARTS - 1), found(PARTS + 1), found(PARTS, "lost")], ids=str
    )
    def test_that_misses_a_case_is_wrong(self, said):
        assert len(night(sum=[said])[1]) == 1


class TestSchedules:
    @pytest.mark.parametrize(("in_parts", "nights"), [(True, 1), (False, 0)])
    def test_play_the_night_in_parts_in_new_runs(self, monkeypatch, in_parts, nights):
        """A seed found before has it as one call."""
        begun = []
        monkeypatch.setattr(Night, "begin", lambda night: begun.append(night.at))
        monkeypatch.setattr(schedules, "TWICE", 0)
        played = Reconcile({})
        ours = Schedules(played, Plan(1, 1, night_in_parts=in_parts), Random(1))
        for minute in range(60):
            ours.minute(datetime(2026, 3, 2, NIGHT, minute, tzinfo=UTC))
        whole = [event for name, event in played.sent if event.get("which") == "all"]
        assert (len(begun), len(whole)) == (nights, 1 - nights)

    def test_let_a_person_start_a_night_in_the_storm(self, monkeypatch):
        begun = []
        monkeypatch.setattr(Night, "begin", lambda night: begun.append(night.at))
        played = Reconcile({})
        Schedules(played, Plan(1, 1, night_in_parts=True), Random(1))
        played.cloud.time.run(6 * 3600, lambda: False)
        assert len(begun) == 1
