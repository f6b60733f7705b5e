"""The switches of the desk: stop messages, trial, brake, kinds, guests."""

from datetime import UTC, datetime, timedelta

import pytest

from aviso.domain.staff import Role
from aviso.storage import case_decisions, sending_controls
from aviso.storage.audited_change import change
from infra.harness.staff_browser import audited, buttons, fields, subjects
from tests.integration.staff.conftest import EMAIL, NOW, PHONE, at_work


class TestSwitch:
    def test_is_confirmed_turned_and_recorded(self, desk):

        at_work(desk, Role.SUPERVISOR)
        desk.confirm("switch", do="kill_on")
        assert sending_controls.switches().kill
        desk.confirm("switch", do="trial_on", guests="520-555-0118 v1@example.com")
        assert sending_controls.switches().guests == {PHONE, EMAIL}
        desk.confirm("switch", do="brake_on")
        assert sending_controls.switches().brake == "desk"
        desk.confirm("switch", do="brake_off")
        desk.confirm("switch", do="trial_off")
        desk.confirm("switch", do="kill_off")
        now = sending_controls.switches()
        assert (now.kill, now.trial, now.brake) == (False, False, "")
        assert now.brake_released_until is not None
        assert len([a for _, a, _ in audited() if a.startswith("switch_")]) == 6

    @pytest.mark.parametrize("does", ["kill_off", "brake_off", "trial_off"])
    @pytest.mark.parametrize("page", ["switches", "confirmation"])
    def test_ignores_an_old_page(self, desk, does, page):

        def on():
            now = sending_controls.switches()
            return (now.kill, bool(now.brake), now.trial)

        def stop():
            sending_controls.apply_brake("notices")
            sending_controls.turn(kill=True, trial=True)

        at_work(desk, Role.SUPERVISOR)
        stop()
        old = {f["do"]: f for f in buttons(desk.get("switches"), "switch")}[does]
        if page == "confirmation":
            old = fields(desk.post("switch", **old))
        yes = old | {"csrf": desk.csrf, "confirmed": "yes"}
        sending_controls.turn(kill=False, trial=False)
        sending_controls.turn(**sending_controls.released(NOW))
        assert desk.post("switch", **yes).headers["Location"] == "switches"  # off, as was wanted
        stop()
        assert desk.post("switch", **yes).status == 409
        assert on() == (True, True, True)
        del yes["turns"]
        assert desk.post("switch", **yes).status == 400
        assert not [a for _, a, _ in audited() if a.startswith("switch_")]
        desk.confirm("switch", do=does)
        assert sum(on()) == 2

    def test_that_stops_messages_works_from_any_page(self, desk):

        at_work(desk, Role.SUPERVISOR)
        yes = fields(desk.post("switch", do="kill_on")) | {"csrf": desk.csrf}
        sending_controls.turn(trial=True)
        assert desk.post("switch", **yes).status == 303
        assert sending_controls.switches().kill

    def test_refuses_a_guest_that_is_no_contact(self, desk):

        page = at_work(desk, Role.SUPERVISOR).post("switch", do="trial_on", guests="nobody")
        assert page.status == 400
        assert not sending_controls.switches().trial


class TestBrake:
    def test_release_says_what_pulls_it_again(self, desk, settings):

        at_work(desk, Role.SUPERVISOR)
        sending_controls.apply_brake("notices")
        sending_controls.count_hour(datetime.now(UTC), 1000, 7)
        asked = desk.post("switch", do="brake_off")
        hours = sending_controls.BRAKE_RELEASED // timedelta(hours=1)
        assert f"For the next {hours} hours, the pause turns on again only" in asked.text
        assert "Someone ended it." not in desk.get("switches").text
        desk.confirm("switch", do="brake_off")
        most = 1000 * settings.brake.multiple, 7 * settings.brake.multiple
        assert (
            f"more than {most[0]:,} notices or {most[1]:,} corrections" in desk.get("switches").text
        )


class TestKinds:
    def test_turned_off_by_two_at_once_are_both_off(self, desk, monkeypatch):
        at_work(desk, Role.SUPERVISOR)

        def meanwhile(*args, **rest):
            monkeypatch.setattr(case_decisions, "change", change)
            desk.confirm("switch", do="kind_off", kind="survey")
            change(*args, **rest)

        monkeypatch.setattr(case_decisions, "change", meanwhile)
        desk.confirm("switch", do="kind_off", kind="arrest")
        assert sending_controls.switches().kinds_off == {"arrest", "survey"}

    def test_that_are_off_show_on_every_page(self, desk):

        boss = at_work(desk, Role.SUPERVISOR)
        assert "Every kind that your settings turn on is sent." in boss.get("switches").text
        assert "Arrest" in boss.post("switch", do="kind_off", kind="arrest").text
        boss.confirm("switch", do="kind_off", kind="arrest")
        boss.confirm("switch", do="kind_off", kind="survey")
        assert sending_controls.switches().kinds_off == {"arrest", "survey"}
        assert ("staff:id-supervisor", "switch_kind_off", "arrest") in subjects()
        for role, page in ((Role.RECORDS, "tasks"), (Role.ADMINISTRATOR, "report")):
            text = at_work(desk, role).get(page).text
            assert "Some kinds of notices are off. Arrest, Survey." in text
        at_work(desk, Role.ADMINISTRATOR).confirm("switch", do="kind_on", kind="arrest")
        assert sending_controls.switches().kinds_off == {"survey"}
        desk.confirm("switch", do="kind_on", kind="survey")
        assert "Some kinds of notices are off." not in desk.get("report").text
        assert desk.post("switch", do="kind_off", kind="gossip").status == 400
