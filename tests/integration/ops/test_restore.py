"""`aviso data restore`: what was lost is back, what must not be is not; nobody is told twice."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from aviso.notices import overdue, planning
from aviso.runtime import hashing
from aviso.storage import access_codes, cases, notices, sending_controls, suppressions
from infra.deploy.stacks import DeployError
from infra.harness.builders import NOW, NUMBER, an_arrest_case, an_invocation
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, subjects
from infra.ops import every_case, restore
from tests.integration.ops.conftest import NIGHTLY
from tests.support import restored

MOMENT = restore.Moment(datetime(2026, 11, 24, 8, 30, tzinfo=UTC))
PLAN = every_case.plan  # other tests of restores have no machine
PHONE = "+15205550101"

pytestmark = pytest.mark.usefixtures("outside")


class TestRestore:
    def test_brings_back_cases_and_tells_nobody_twice(
        self, database, keep, lose, bring_back, settings
    ):
        store(an_arrest_case().case)
        sending_controls.turn(kill=False, trial=False)
        assert planning.plan(NUMBER, settings, NOW) > 0
        before, told = cases.read_case(NUMBER), {n.id: n for n in notices.of_case(NUMBER)}
        keep()
        lose("Cases", "Notices")
        bring_back()
        assert sending_controls.switches().kill
        assert ("operator:dana", "switch_kill_on", "") in audited()
        assert cases.read_case(NUMBER) == before
        assert planning.plan(NUMBER, settings, NOW) == 0
        assert {n.id: n for n in notices.of_case(NUMBER)} == told
        assert sorted(database.list_tables()["TableNames"]) == sorted(
            restore.ALL
        )  # no copy is left


@pytest.mark.in_memory_tables
class TestRows:
    def test_of_notices_come_before_any_case(self, database, keep, bring_back, monkeypatch):
        order: list[str] = []
        there = restore.bring_back

        def seen(database, name, table, moment):
            order.append(name)
            return there(database, name, table, moment)

        monkeypatch.setattr(restore, "bring_back", seen)
        sending_controls.turn(trial=False)
        keep()
        bring_back(*restore.wanted("Cases, Notices"))
        assert order == ["Notices", "Cases"]

    def test_of_counters_are_all_that_a_run_for_them_brings(self, keep, bring_back, nights, capsys):
        sending_controls.turn(trial=False)
        keep()
        bring_back("Tallies")
        said = capsys.readouterr().out
        assert "rows into Tallies" in said
        assert "STOPs" not in said
        assert nights() == []
        assert sending_controls.switches().kill

    def test_start_the_night(self, nights, keep, bring_back, monkeypatch):
        monkeypatch.setattr(every_case, "plan", PLAN)
        monkeypatch.setitem(restored.OUTPUTS, "NightlyMachine", NIGHTLY)
        keep()
        before = datetime.now(UTC)
        bring_back()
        (given,) = nights()
        assert given.keys() == {"time"}
        assert before <= datetime.fromisoformat(given["time"]) <= datetime.now(UTC)

    def test_are_never_overwritten(self, database, keep, bring_back):
        store(an_arrest_case().case)
        keep()
        row = {"pk": {"S": f"CASE#{NUMBER}"}, "sk": {"S": "CASE"}, "status": {"S": "NEWER"}}
        database.put_item(TableName="Cases", Item=row)
        bring_back()
        found = database.get_item(TableName="Cases", Key={name: row[name] for name in ("pk", "sk")})
        assert found["Item"] == row

    def test_of_a_stop_come_and_none_that_lets_in(self, database, keep, bring_back):
        stopped, started = hashing.address_key(PHONE), hashing.address_key("+15205550102")
        for key in (stopped, started):
            suppressions.opt_out(key, "reply", NOW)
        for name in ("SESSION#1", "STAFF#1", "SIGNIN#1"):
            database.put_item(TableName="Guards", Item={"pk": {"S": name}})
        access_codes.put(
            "used", access_codes.CodeRecord(case=NUMBER, victim="v1", purpose="card", until=NOW)
        )
        keep()
        suppressions.opt_in(started, NOW.replace(year=2027))
        for name in ("SESSION#1", "STAFF#1", "SIGNIN#1", "CODE#used", f"OPTOUT#{stopped}"):
            database.delete_item(TableName="Guards", Key={"pk": {"S": name}})
        bring_back()
        names = {row["pk"]["S"] for row in database.scan(TableName="Guards")["Items"]}
        assert names == {"SWITCHES", f"OPTOUT#{stopped}", f"OPTIN#{started}"}

    def test_of_a_lock_come_and_no_session(self, database, keep, bring_back):
        names = ("ACCOUNT#u1", "STAFF#1", "SIGNIN#1", "RESET#ana")
        for name in names:
            database.put_item(
                TableName="Members", Item={"pk": {"S": name}, "reason": {"S": "desk"}}
            )
        keep()
        for name in names:
            database.delete_item(TableName="Members", Key={"pk": {"S": name}})
        bring_back()
        assert [row["pk"]["S"] for row in database.scan(TableName="Members")["Items"]] == [
            "ACCOUNT#u1"
        ]

    @pytest.mark.parametrize("at", ["yesterday", "2026-11-24T08:30", "2126-11-24T08:30Z", ""])
    def test_refuses_a_moment_that_is_none(self, typed, capsys, at):
        assert typed({}, "data", "restore", "--at", at) == 2
        assert "not a past moment with its time zone" in capsys.readouterr().err

    def test_names_the_commands_left_to_do(self, monkeypatch):
        monkeypatch.delenv("STACK", raising=False)
        monkeypatch.setenv("REGION", "us-west-2")
        said = restore.left_to_do("2026-01-02T08:30Z", "Dana Ruiz", Path("police.yaml"))
        for command in (
            "./aviso data recount",
            "./aviso data restore --at 2026-01-02T08:30Z --tables Tallies --by 'Dana Ruiz'",
            "./aviso data recount --rebuild",
            "./aviso switch --trial off --by 'Dana Ruiz'",
            "./aviso switch --kill off --by 'Dana Ruiz'",
        ):
            assert f"{command} --agency police.yaml --region us-west-2\n" in said
        assert said.index("--trial off") < said.index("--kill off")  # or all that is owed is held
        monkeypatch.delenv("REGION")
        assert "--agency" not in restore.left_to_do("2026-01-02T08:30Z", "dana", None)

    @pytest.mark.parametrize(
        "code", ["InvalidRestoreTimeException", "PointInTimeRecoveryUnavailableException"]
    )
    def test_says_first_that_aws_lacks_the_moment(self, database, bring_back, monkeypatch, code):
        sending_controls.turn(kill=False, trial=False)

        def refuse(**asked: object) -> None:
            said = {"Code": code, "Message": "outside of its window"}
            raise getattr(database.exceptions, code)({"Error": said}, "RestoreTableToPointInTime")

        monkeypatch.setattr(database, "restore_table_to_point_in_time", refuse)
        monkeypatch.setattr("boto3.client", lambda _: database)
        with pytest.raises(DeployError, match="as it was at 2026-11-24T08:30:00Z, and nothing"):
            bring_back()
        assert not sending_controls.switches().kill

    def test_refuses_a_table_that_there_is_not(self):
        with pytest.raises(DeployError, match="no table Cabinets"):
            restore.wanted("Cases,Cabinets")


@pytest.mark.in_memory_tables
class TestSwitches:
    def test_that_were_on_before_are_named(self, keep, bring_back, capsys):
        sending_controls.turn(kill=False, trial=False)
        keep()
        bring_back()
        assert "the kill switch was on already" not in capsys.readouterr().out
        keep()
        bring_back()
        assert "the kill switch was on already" in capsys.readouterr().out

    def test_lost_turn_trial_on_too(self, keep, lose, bring_back):
        lose("Guards")
        keep()
        bring_back()
        assert (sending_controls.switches().kill, sending_controls.switches().trial) == (True, True)

    def test_lost_need_their_table(self, keep, lose, bring_back):
        lose("Guards")
        sending_controls.apply_brake("notices")  # or `chase`: the row is there, and nobody set it
        with pytest.raises(DeployError, match="the switches were lost: add Guards to --tables"):
            bring_back("Notices", "Cases")
        assert not sending_controls.switches().kill

    def test_lost_leave_off_what_was_off(self, keep, lose, bring_back):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        sending_controls.set_usual(40, 2, 0)
        keep()
        lose("Guards")
        sending_controls.turn(kinds_off=["status"])
        bring_back()
        now = sending_controls.switches()
        assert (now.kill, now.trial) == (True, True)
        assert sorted(now.kinds_off) == ["arrest", "status"]
        assert now.brake == "notices"
        assert (now.usual_notices, now.usual_corrections) == (40, 2)
        acts = subjects()
        for act, about in (("kind_off", "arrest"), ("brake_on", ""), ("trial_on", "")):
            assert ("operator:dana", f"switch_{act}", about) in acts

    @pytest.mark.parametrize("lost", ["Notices", "Guards"])
    def test_turned_on_since_stay_on_and_are_named(self, keep, lose, bring_back, capsys, lost):
        sending_controls.turn(kinds_off=["arrest"], brake="notices", trial=False)
        keep()
        lose(lost)
        sending_controls.turn(kinds_off=[], brake="", trial=False)
        bring_back()
        now = sending_controls.switches()
        assert (now.trial, sorted(now.kinds_off), now.brake) == (False, [], "")
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
