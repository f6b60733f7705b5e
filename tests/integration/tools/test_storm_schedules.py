"""The night of a storm is tried again as the template says, and judged by its own sum."""

from random import Random

import pytest

from infra.harness import cloudformation
from tests.rig.cloud import Cloud
from tests.rig.faults import Faults
from tests.rig.functions import Functions
from tests.rig.scheduler import Scheduler
from tests.storm.schedules import AGAIN_AFTER, NOTHING, PARTS, Night


class Reconcile(Functions):
    """Each part finds one case; the sum is as given."""

    def __init__(self, said):
        super().__init__(Cloud(Scheduler(0.0, lambda _: None), Faults(1), 1))
        rows = self.cloud.tables.leader.tables["Cases"].items
        rows.update({(f"CASE#{n}", "CASE"): {} for n in range(PARTS)})
        self.said = said

    def invoke(self, function, event, ended, *, later=False, seconds=0):
        ended(NOTHING | ({"cases": 1} if "part" in event else self.said), False)


class TestNight:
    def test_is_tried_again_as_the_template_says(self):
        template = cloudformation.read(cloudformation.TEMPLATES[0])["Resources"]["Nightly"]
        states = template["Properties"]["Definition"]["States"]
        plan = states["Parts"]["ItemProcessor"]["States"]["Plan"]
        for retry in (plan["Retry"][-1], states["SumUp"]["Retry"][-1]):
            first, rate = retry["IntervalSeconds"], retry["BackoffRate"]
            tries = range(retry["MaxAttempts"])
            assert tuple(first * rate**n for n in tries) == AGAIN_AFTER
        assert {name.removesuffix(".$") for name in plan["ResultSelector"]} == {*NOTHING}

    @pytest.mark.parametrize(
        ("cases", "go_on_at", "wrong"),
        [(PARTS, "", 0), (PARTS - 1, "", 1), (PARTS + 1, "", 1), (PARTS, "lost", 1)],
    )
    def test_that_misses_a_case_is_wrong(self, cases, go_on_at, wrong):
        played = Reconcile({"cases": cases, "go_on_at": go_on_at})
        night = Night(played, Random(1), "2026-03-02T10:00:00+00:00", [])
        night.begin()
        played.cloud.time.run(1000, lambda: False)
        assert len(night.wrong) == wrong
