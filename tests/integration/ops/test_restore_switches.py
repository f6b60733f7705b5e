"""`make restore` and the switches: what was off is off again, where nobody turned it on since."""

from datetime import UTC, datetime, timedelta

import pytest

from aviso.notices import overdue
from aviso.staff import switch_decisions
from aviso.storage import sending_controls
from infra.harness.builders import an_invocation
from infra.harness.staff_browser import subjects
from infra.ops import restore
from infra.ops.connection import operator

MOMENT = restore.Moment(datetime(2126, 11, 26, 12, 0, tzinfo=UTC))  # after the acts of these tests
OUTPUTS = {f"{name}Table": name for name in restore.ALL} | {"ReconcileFunction": "reconcile"}

pytestmark = pytest.mark.in_memory_tables


class TestSwitches:
    def test_lost_leave_off_what_was_off(self, keep, lose, bring_back):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        sending_controls.set_usual(40, 2)
        keep()
        lose("Guards")
        sending_controls.turn(kinds_off=["status"])
        bring_back()
        now = sending_controls.switches()
        assert (now.kill, now.trial) == (True, True)
        assert sorted(now.kinds_off) == ["arrest", "status"]
        assert now.brake == "notices"
        assert (now.usual_notices, now.usual_corrections) == (40, 2)

    def test_turned_off_again_are_in_the_trail(self, keep, lose, bring_back):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        keep()
        lose("Guards")
        bring_back()
        acts = subjects()
        for act, about in (("kind_off", "arrest"), ("brake_on", ""), ("trial_on", "")):
            assert ("operator:dana", f"switch_{act}", about) in acts

    def test_turned_on_since_stay_on(self, keep, bring_back):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        keep()
        sending_controls.turn(kinds_off=[], brake="")
        bring_back()
        now = sending_controls.switches()
        assert (now.trial, sorted(now.kinds_off), now.brake) == (False, [], "")

    def test_turned_on_since_stay_on_in_an_adopted_stack(self, keep, lose, bring_back):
        sending_controls.turn(kinds_off=["arrest"], trial=True, taken_from="aviso-1-Guards")
        keep()
        sending_controls.turn(kinds_off=[])
        lose("Notices")
        bring_back()
        assert not sending_controls.switches().kinds_off

    def test_of_an_earlier_moment_are_off_after_a_second_try(
        self, database, keep, lose, bring_back, settings
    ):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        keep()
        lose(*restore.ALL)
        late = restore.Moment(MOMENT.at + timedelta(minutes=30))  # typed first: after the loss
        for name in restore.ALL:
            restore.begin(database, name, late)
        restore.bring_all_back(OUTPUTS, restore.ALL, late, "dana", settings)
        bring_back()
        now = sending_controls.switches()
        assert (sorted(now.kinds_off), now.brake) == (["arrest"], "notices")

    def test_turned_on_between_two_runs_stay_on(self, keep, lose, bring_back):
        sending_controls.turn(kinds_off=["arrest"], trial=False)
        keep()
        lose("Guards")
        bring_back()
        keep()
        sending_controls.turn(kinds_off=[])
        bring_back()
        assert not sending_controls.switches().kinds_off

    def test_were_looked_at_once_trial_mode_is_off(
        self, database, keep, lose, bring_back, settings
    ):
        keep()
        lose("Guards")
        bring_back()
        sending_controls.turn(kinds_off=["arrest"])
        other = restore.Moment(MOMENT.at + timedelta(minutes=30))
        for name in restore.ALL:
            restore.begin(database, name, other)
        sending_controls.turn(kinds_off=[], trial=False)
        restore.bring_all_back(OUTPUTS, restore.ALL, other, "dana", settings)
        assert not sending_controls.switches().kinds_off

    def test_set_by_hand_after_the_loss_are_compared(self, keep, lose, bring_back, capsys):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        keep()
        lose("Guards")
        switch_decisions.turn("trial_on", operator("ana"))
        bring_back()
        said = capsys.readouterr().out
        assert "these kinds of notices were off before, and are on now: arrest" in said
        assert "the brake had stopped all messages before" in said

    def test_lost_turn_trial_on_after_a_new_hour(self, keep, lose, bring_back, settings):
        sending_controls.turn(trial=True, guests=["+15205550100"])
        keep()
        lose("Guards")
        nine = datetime(2026, 11, 26, 16, 0, tzinfo=UTC)
        overdue.chase(an_invocation(settings, lambda: nine))  # writes what is usual
        sending_controls.apply_brake("notices")
        bring_back()
        assert sending_controls.switches().trial
