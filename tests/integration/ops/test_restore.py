"""`make restore`: what was lost is back, what must not be is not, and nobody is told twice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from aviso.compliance import retention
from aviso.domain.model import AuditEntry
from aviso.domain.staff import Account
from aviso.notices import planning
from aviso.runtime import hashing
from aviso.staff import account_locks
from aviso.storage import (
    access_codes,
    audit,
    cases,
    inbox,
    inbox_tasks,
    notices,
    sending_controls,
    staff_accounts,
    suppressions,
)
from infra.deploy.stacks import DeployError
from infra.harness.builders import NOW, NUMBER, an_arrest_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited
from infra.ops import restore

MOMENT = restore.Moment(datetime(2026, 11, 24, 8, 30, tzinfo=UTC))
SINCE = MOMENT.at + timedelta(hours=1)
OUTPUTS = {f"{name}Table": name for name in restore.ALL} | {"ReconcileFunction": "reconcile"}
PHONE = "+15205550101"


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

    def test_brings_notices_before_any_case(self, database, keep, bring_back, monkeypatch):
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

    def test_never_overwrites_a_row(self, database, keep, bring_back):
        store(an_arrest_case().case)
        keep()
        row = {"pk": {"S": f"CASE#{NUMBER}"}, "sk": {"S": "CASE"}, "status": {"S": "NEWER"}}
        database.put_item(TableName="Cases", Item=row)
        bring_back()
        found = database.get_item(TableName="Cases", Key={name: row[name] for name in ("pk", "sk")})
        assert found["Item"] == row

    def test_brings_a_stop_and_nothing_that_lets_in(self, database, keep, bring_back):
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

    def test_brings_a_lock_and_no_session(self, database, keep, bring_back):
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

    def test_erases_again_who_was_erased_since(self, keep, lose, bring_back, settings):
        store(an_arrest_case().case)
        keep()
        (victim,) = cases.read_case(NUMBER).victims
        retention.erase(NUMBER, victim.id, "Records", settings, NOW)
        lose("Cases")
        bring_back()
        assert cases.read_case(NUMBER).victims == ()
        assert cases.read_case(NUMBER).suspects

    def test_says_that_the_kill_switch_was_on(self, keep, bring_back, capsys):
        sending_controls.turn(kill=False, trial=False)
        keep()
        bring_back()
        assert "the kill switch was on already" not in capsys.readouterr().out
        keep()
        bring_back()
        assert "the kill switch was on already" in capsys.readouterr().out

    def test_without_switches_turns_trial_on_too(self, keep, lose, bring_back):
        lose("Guards")
        keep()
        bring_back()
        assert (sending_controls.switches().kill, sending_controls.switches().trial) == (True, True)

    def test_without_switches_needs_their_table(self, database, keep, lose, bring_back):
        lose("Guards")
        sending_controls.apply_brake("notices")  # or `chase`: the row is there, and nobody set it
        with pytest.raises(DeployError, match="the switches were lost: add Guards to TABLES"):
            bring_back("Notices", "Cases")
        assert not sending_controls.switches().kill
        assert sorted(database.list_tables()["TableNames"]) == sorted(restore.ALL)

    @pytest.mark.parametrize("at", ["yesterday", "2026-11-24T08:30", "2126-11-24T08:30Z", ""])
    def test_refuses_a_moment_that_is_none(self, at):
        with pytest.raises(DeployError, match="say AT which moment"):
            restore.instant(at)

    def test_names_the_commands_left_to_do(self, monkeypatch):
        monkeypatch.delenv("STACK", raising=False)
        monkeypatch.setenv("REGION", "us-west-2")
        said = restore.left_to_do("2026-01-02T08:30Z", "Dana Ruiz", Path("police.yaml"))
        for command in (
            "make recount",
            "make restore AT=2026-01-02T08:30Z TABLES=Tallies BY='Dana Ruiz'",
            "make recount REBUILD=1",
            "make switch TRIAL=off BY='Dana Ruiz'",
            "make switch KILL=off BY='Dana Ruiz'",
        ):
            assert f"{command} AGENCY=police.yaml REGION=us-west-2\n" in said
        assert said.index("TRIAL=off") < said.index("KILL=off")  # or all that is owed is held
        monkeypatch.delenv("REGION")
        assert "AGENCY" not in restore.left_to_do("2026-01-02T08:30Z", "dana", None)

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


def text(victim, id, at) -> None:
    """Have a text of a victim in the inbox."""
    phone, key = victim.phone, hashing.address_key(victim.phone)
    data = {"at": at.isoformat(), "text": "please call", "address": phone, "address_key": key}
    data |= {"maybe_stop": False, "cases": [NUMBER]}
    inbox_tasks.put_reply(id, data, at)


class TestErased:
    @pytest.fixture
    def back_since(self, keep, settings):
        """Erase a victim whom the records system sends again."""
        store(an_arrest_case().case)
        sending_controls.turn(trial=False)
        keep()
        (victim,) = cases.read_case(NUMBER).victims
        retention.erase(NUMBER, victim.id, "Records", settings, NOW)
        later = NOW + timedelta(hours=1)
        cases.write_row(NUMBER, replace(victim, first_seen=later), None)

    @pytest.mark.parametrize("table", ["Tallies", "Guards"])
    def test_and_back_since_is_not_erased_without_cases(self, back_since, bring_back, table):
        bring_back(table)
        assert len(cases.read_case(NUMBER).victims) == 1
        assert not {act for who, act, _ in audited() if who == "operator:dana"} & {"victim_erased"}

    @pytest.mark.parametrize("back", [True, False])
    @pytest.mark.parametrize("tables", [("Guards",), ()])
    def test_leaves_no_text_of_before(self, keep, bring_back, settings, back, tables):
        store(an_arrest_case().case)
        sending_controls.turn(trial=False)
        (victim,) = cases.read_case(NUMBER).victims
        text(victim, "t1", NOW)
        keep()
        retention.erase(NUMBER, victim.id, "Records", settings, NOW)
        assert list(inbox.texts()) == []
        if back:
            cases.write_row(NUMBER, replace(victim, first_seen=NOW + timedelta(hours=1)), None)
        bring_back(*tables)
        assert list(inbox.texts()) == []

    def test_keeps_a_text_that_came_since(self, back_since, bring_back):
        (victim,) = cases.read_case(NUMBER).victims
        text(victim, "t2", NOW + timedelta(hours=2))
        bring_back("Guards")
        assert len(list(inbox.texts())) == 1

    def test_and_restored_is_erased_by_a_next_run_without_cases(
        self, keep, lose, bring_back, settings, monkeypatch
    ):
        store(an_arrest_case().case)
        sending_controls.turn(trial=False)
        keep()
        (victim,) = cases.read_case(NUMBER).victims
        retention.erase(NUMBER, victim.id, "Records", settings, NOW)
        lose("Cases")
        with monkeypatch.context() as crash:
            crash.setattr(restore, "erase_again", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                bring_back()
        assert len(cases.read_case(NUMBER).victims) == 1
        bring_back("Guards")
        assert cases.read_case(NUMBER).victims == ()

    def test_is_left_to_other_runs_by_one_for_counters(self, keep, bring_back, capsys):
        sending_controls.turn(trial=False)
        keep()
        bring_back("Tallies")
        said = capsys.readouterr().out
        assert "rows into Tallies" in said
        assert "erased again" not in said
        assert "Reconcile" not in said
        assert sending_controls.switches().kill


class TestLegalHold:
    @pytest.fixture
    def held_since(self, keep, lose, bring_back, settings):
        store(an_arrest_case().case)
        keep()
        retention.hold(NUMBER, "operator:ana", settings, SINCE)
        lose("Guards")
        bring_back()

    def test_made_since_holds_again(self, held_since):
        assert retention.held(cases.read_case(NUMBER))

    def test_of_a_lost_case_holds_it_when_it_is_imported(self, keep, lose, bring_back, settings):
        store(an_arrest_case().case)
        keep()
        retention.hold(NUMBER, "operator:ana", settings, SINCE)
        lose("Cases", "Guards")
        bring_back("Guards")
        store(an_arrest_case().case)
        assert retention.held(cases.read_case(NUMBER))

    def test_ended_since_stays_ended(self, keep, bring_back, settings):
        store(an_arrest_case().case)
        retention.hold(NUMBER, "operator:ana", settings, MOMENT.at - timedelta(days=1))
        keep()
        retention.hold(NUMBER, "operator:ana", settings, SINCE, on=False)
        bring_back()
        assert not retention.held(cases.read_case(NUMBER))

    def test_ended_after_a_restore_stays_ended(self, held_since, keep, bring_back, settings):
        later = datetime.now(UTC) + timedelta(seconds=1)
        retention.hold(NUMBER, "operator:ana", settings, later, on=False)
        keep()
        bring_back()
        assert not retention.held(cases.read_case(NUMBER))

    def test_is_set_once_by_two_restores(self, held_since, keep, bring_back):
        keep()
        bring_back()
        assert audited().count(("operator:dana", "legal_hold", NUMBER)) == 1


class TestAccount:
    @pytest.fixture
    def account(self, database):
        before = MOMENT.at - timedelta(days=1)
        staff_accounts.save_account(Account(id="u1", name="ana", seen_at=before), before)

    def test_locked_since_is_locked_again(self, account, keep, lose, bring_back):
        keep()
        account_locks.lock("u1", "staff:u2", 400, SINCE)
        lose("Members")
        bring_back()
        assert staff_accounts.account("u1").locked_why == account_locks.BY_DESK

    def test_locked_by_failures_is_locked_again(self, account, keep, bring_back):
        keep()
        failed = AuditEntry(
            at=SINCE,
            actor="sign_in_guard",
            action="account_locked",
            case="",
            subject="u1: failures",
        )
        audit.append(failed, 400)
        bring_back()
        assert staff_accounts.account("u1").locked_at is not None

    def test_released_since_stays_open(self, account, keep, lose, bring_back):
        keep()
        account_locks.lock("u1", "staff:u2", 400, SINCE)
        account_locks.release("u1", "staff:u2", 400, SINCE + timedelta(minutes=5))
        lose("Members")
        bring_back()
        assert staff_accounts.account("u1").locked_at is None

    def test_released_after_a_restore_stays_open(self, account, keep, lose, bring_back):
        keep()
        account_locks.lock("u1", "staff:u2", 400, SINCE)
        lose("Members")
        bring_back()
        later = datetime.now(UTC) + timedelta(seconds=1)
        account_locks.release("u1", "staff:u2", 400, later)
        keep()
        bring_back()
        assert staff_accounts.account("u1").locked_at is None
