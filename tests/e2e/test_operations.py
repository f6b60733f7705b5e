"""What the operator of a stack does: follow one row through the logs, drill, serve one victim."""

import json
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.harness.feed_files import complete
from infra.local import drop_feed
from infra.local.ops_command import run
from infra.local.stack import PATIENCE, LocalAws, wait_for
from infra.ops import after_moment, restore
from tests.e2e import nights
from tests.e2e.arrested_case import EMAIL, EVENTS, NUMBER, VICTIM, arrest_notice, files, items
from tests.e2e.standing_still import standing_still
from tests.support import backfill_run

LOST = ("Notices", "Cases")  # of these tables


@pytest.fixture(scope="module")
def told(deployed: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> LocalAws:
    """Give the stack with a case on it whose victim was told of an arrest by email."""
    now, folder = datetime.now(UTC), tmp_path_factory.mktemp("operations")
    for name, rows in files(now).items():
        (folder / name).write_text(complete(name, rows), encoding="utf-8-sig")
        key = drop_feed.drop(deployed, folder / name, f"incoming/ops_{name}")
        drop_feed.wait_for_import(deployed, key, now)
    wait_for(
        lambda: arrest_notice(deployed).get("state") == "sent", PATIENCE, "the arrest to be told"
    )
    deployed.wait_until_quiet()
    return deployed


def lines(aws: LocalAws, message: str) -> list[dict[str, Any]]:
    """Return the log lines that say this."""
    found = [json.loads(line) for line in aws.log_lines() if line.startswith("{")]
    return [line for line in found if line.get("message") == message]


class TestRow:
    def test_is_followed_through_every_log(self, told: LocalAws) -> None:
        (arrest,) = [
            r for r in items(told, "CasesTable", f"CASE#{NUMBER}") if r["sk"] == "ARREST#OPA1"
        ]
        row, notice = arrest["digest"][:12], arrest_notice(told)["pk"]
        event = (EVENTS / "ses_delivery.json").read_text()
        event = event.replace("abcdefghijklmnopqrstuvwx23", notice).replace(
            "ana@example.com", EMAIL
        )
        (attempt,) = [
            n for n in items(told, "NoticesTable", notice) if n["sk"].startswith("ATTEMPT")
        ]
        event = event.replace('\\"attempt\\": [\\"2\\"]', f'\\"attempt\\": [\\"{attempt["n"]}\\"]')
        message = json.loads(event)["Records"][0]["Sns"]["Message"]
        told.client("sns").publish(TopicArn=told.outputs["EmailEventsTopic"], Message=message)
        wait_for(lambda: arrest_notice(told)["state"] == "delivered", PATIENCE, "the receipt")
        told.wait_until_quiet()

        assert [line for line in lines(told, "rows") if row in line["rows"]]  # import_feed
        (entered,) = [line for line in lines(told, "entered") if notice in line["notices"]]
        assert entered["notices"][notice] == row  # plan_notices names both
        (sent,) = [line for line in lines(told, "dispatched") if line["notice"] == notice]
        assert (sent["correlation_id"], sent["outcome"]) == (notice, "sent")
        assert [line for line in lines(told, "receipt") if line["notice"] == notice]


class TestHourly:
    def test_goes_through_what_changed(self, told: LocalAws) -> None:
        denied = told.access_denied()
        found = told.invoke("reconcile", {"time": datetime.now(UTC).isoformat()})
        assert found["cases"] >= 1
        assert (found["missing"], found["failed"]) == (0, 0)
        assert told.access_denied() == denied


class TestNightly:
    def test_goes_through_every_case_in_parts(self, told: LocalAws) -> None:
        told.wait_until_quiet()
        denied = told.access_denied()
        rows = told.client("dynamodb").scan(TableName=told.outputs["CasesTable"])["Items"]
        numbers = {r["pk"]["S"] for r in rows if r["sk"]["S"].startswith(("CASE", "ARREST#"))}
        machine = told.client("stepfunctions")
        started = machine.start_execution(
            stateMachineArn=told.outputs["NightlyMachine"],
            input=json.dumps({"time": datetime.now(UTC).isoformat()}),
        )
        backfill_run.finish(told, started["executionArn"], 120)
        told.wait_until_quiet()
        ended = machine.describe_execution(executionArn=started["executionArn"])
        found = json.loads(ended["output"])
        nothing = {"missing": 0, "failed": 0, "go_on_at": "", "new": 0, "without_people": 0}
        assert found == {"cases": len(numbers), **nothing}
        assert backfill_run.reconciled(told) == found
        assert told.access_denied() == denied


def _states(rows: list[dict[str, Any]]) -> dict[str, str]:
    """Return the state of each row by its key.

    What was never sent may be waiting by now, since the kill switch is on. What is held may wait
    too, for other tests' victims: planning tries it again, because its case was written again.
    """
    states = {row["pk"]["S"] + row["sk"]["S"]: row.get("state", {}).get("S", "") for row in rows}
    unsent = ("planned", "held")
    return {key: "waiting" if state in unsent else state for key, state in states.items()}


@pytest.fixture
def kill_switch(told: LocalAws) -> Iterator[dict[str, Any]]:
    """Give the key of the switches, which a restore turns on and leaves on; they end with a test.

    They end when it fails too, or all later tests of this stack would wait for messages.
    """
    row = {"TableName": told.outputs["GuardsTable"], "Key": {"pk": {"S": "SWITCHES"}}}
    known = {"pk": {"S": "SWITCHES"}, "trial": {"BOOL": False}}  # set by a person: not lost
    told.client("dynamodb").put_item(TableName=told.outputs["GuardsTable"], Item=known)
    yield row
    told.client("dynamodb").put_item(TableName=told.outputs["GuardsTable"], Item=known)
    told.wait_until_quiet()


class TestRestore:
    def test_of_every_table_leaves_nothing_behind(self, told: LocalAws) -> None:
        database = told.client("dynamodb")
        before = set(database.list_tables()["TableNames"])
        done = run(told, "data", "drill")
        assert done.returncode == 0, done.stderr
        records = [line for line in done.stdout.splitlines() if "rows restored" in line]
        assert len(records) == 7
        cases = len(items(told, "CasesTable"))
        assert any(f"{cases:,} rows restored" in line and ", 0 differ" in line for line in records)
        assert set(database.list_tables()["TableNames"]) == before

    def test_brings_lost_rows_back_and_tells_nobody_twice(
        self, told: LocalAws, kill_switch: dict[str, Any]
    ) -> None:
        database, tables = told.client("dynamodb"), [told.outputs[f"{n}Table"] for n in LOST]
        with standing_still(told):
            at = datetime.now(UTC).replace(microsecond=0)  # a moment has whole seconds
            moment = restore.Moment(at)
            for table in tables:  # local AWS restores the present: kept before the loss
                restore.begin(database, table, moment)
            before = {table: database.scan(TableName=table)["Items"] for table in tables}
            for table, found in before.items():
                for row in found:
                    database.delete_item(TableName=table, Key={k: row[k] for k in ("pk", "sk")})
        told.clear_sent()
        asked = ["--at", at.isoformat(), "--tables", "Cases,Notices", "--by", "Records"]
        done = run(told, "data", "restore", *asked)
        assert done.returncode == 0, done.stderr
        assert nights.finish(told, at)
        kept = {table: database.scan(TableName=table)["Items"] for table in tables}
        switches = database.get_item(**kill_switch)["Item"]
        assert switches["kill"] == {"BOOL": True}
        was, now = (
            {k: v for rows in found.values() for k, v in _states(rows).items()}
            for found in (before, kept)
        )
        assert {k: (v, now.get(k)) for k, v in was.items() if v != now.get(k)} == {}
        assert now.keys() == was.keys()
        assert not told.sent_emails()
        assert not told.sent_texts()
        assert not {moment.copy_of(table) for table in tables} & {
            *database.list_tables()["TableNames"]
        }

    def test_holds_what_the_logs_say_was_told(
        self, told: LocalAws, kill_switch: dict[str, Any]
    ) -> None:
        database, table = told.client("dynamodb"), told.outputs["NoticesTable"]
        notice = arrest_notice(told)["pk"]
        (line,) = [
            line
            for line in lines(told, "dispatched")
            if (line["notice"], line["outcome"]) == (notice, "sent")
        ]
        at = datetime.fromisoformat(line["timestamp"]).astimezone(UTC).replace(microsecond=0)
        moment = restore.Moment(at - timedelta(seconds=5))
        restore.begin(database, table, moment)  # the present: made what it was before the message
        copy = moment.copy_of(table)
        database.get_waiter("table_exists").wait(TableName=copy)
        for row in database.scan(TableName=copy)["Items"]:
            if row["pk"]["S"] == notice and row["sk"]["S"] != "NOTICE":
                database.delete_item(TableName=copy, Key={k: row[k] for k in ("pk", "sk")})
        database.update_item(
            TableName=copy,
            Key={"pk": {"S": notice}, "sk": {"S": "NOTICE"}},
            UpdateExpression="SET #s = :planned REMOVE told_at, channel, arrived",
            ExpressionAttributeNames={"#s": "state"},
            ExpressionAttributeValues={":planned": {"S": "planned"}},
        )
        for row in database.scan(TableName=table)["Items"]:
            database.delete_item(TableName=table, Key={k: row[k] for k in ("pk", "sk")})
        told.wait_until_quiet()
        told.clear_sent()
        asked = ["--at", moment.at.isoformat(), "--tables", "Notices", "--by", "Records"]
        done = run(told, "data", "restore", *asked)
        assert done.returncode == 0, done.stderr
        told.wait_until_quiet()
        found = arrest_notice(told)
        assert (found["state"], found["reason"]) == ("held", "perhaps_told")
        database.delete_item(**kill_switch)
        told.wait_until_quiet()
        # Other tests' victims may be told now what had waited for the kill switch.
        assert EMAIL not in {to for email in told.sent_emails() for to in email.to}
        tried = [line["outcome"] for line in lines(told, "dispatched") if line["notice"] == notice]
        assert [outcome for outcome in tried if outcome in after_moment.HANDED] == ["sent"]

    def test_counts_lost_tallies_again(self, told: LocalAws) -> None:
        database, table = told.client("dynamodb"), told.outputs["TalliesTable"]
        assert items(told, "TalliesTable")
        refused = run(told, "data", "recount", "--rebuild")
        assert (refused.returncode, "not empty" in refused.stdout) == (1, True)
        with standing_still(told):  # a count that came between would refuse it
            for item in database.scan(TableName=table)["Items"]:
                database.delete_item(TableName=table, Key={k: item[k] for k in ("pk", "sk")})
            assert run(told, "data", "recount").returncode == 1
            done = run(told, "data", "recount", "--rebuild")
        assert done.stdout.endswith("recount: 0 differences\n"), done.stdout + done.stderr
        assert done.returncode == 0


def victim(aws: LocalAws, what: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `aviso case export` and similar commands."""
    return run(aws, "case", what, NUMBER, *arguments, "--by", "Records")


class TestVictimsData:
    def test_is_exported_held_and_erased_on_record(self, told: LocalAws, tmp_path: Path) -> None:
        out = tmp_path / "victim.json"
        assert victim(told, "export", VICTIM, "--out", str(out)).returncode == 0
        assert stat.S_IMODE(out.stat().st_mode) == 0o600
        held = json.loads(out.read_text())
        assert held["victim"] == VICTIM
        assert EMAIL in json.dumps(held["rows"])
        assert arrest_notice(told)["pk"] in json.dumps(held["ledger"])
        assert "OPS1" not in json.dumps(held["rows"])

        assert victim(told, "hold").returncode == 0
        refused = victim(told, "erase", VICTIM, "--yes")
        assert refused.returncode == 1
        assert "under a legal hold" in refused.stderr
        assert EMAIL in json.dumps(items(told, "CasesTable"))

        assert victim(told, "hold", "--end").returncode == 0
        assert victim(told, "erase", VICTIM, "--yes").returncode == 0
        assert EMAIL not in json.dumps(items(told, "CasesTable"))
        assert arrest_notice(told)  # the proof of the notice stays

        mine = [row for row in items(told, "AuditTable") if row.get("case") == NUMBER]
        actions = [row["action"] for row in mine if row["actor"] == "operator:Records"]
        wanted = ["victim_exported", "legal_hold", "legal_hold_ended", "victim_erased"]
        assert sorted(actions) == sorted(wanted)


def copied(aws: LocalAws, actor: str) -> list[dict[str, Any]]:
    """Return the rows of the trail's locked copy that somebody's doing left."""
    s3, bucket = aws.client("s3"), {"Bucket": aws.outputs["AuditBucket"]}
    keys = [item["Key"] for item in s3.list_objects_v2(**bucket).get("Contents", ())]
    bodies = (s3.get_object(**bucket, Key=key)["Body"].read() for key in keys)
    rows = [json.loads(line) for body in bodies for line in body.splitlines()]
    return [row for row in rows if row["actor"]["S"] == actor]


class TestTrail:
    def test_names_the_one_row_that_was_changed(self, told: LocalAws) -> None:
        def compared() -> subprocess.CompletedProcess[str]:
            return run(told, "data", "audit", f"{datetime.now(UTC):%Y-%m-%d}")

        def at_night() -> int:
            tomorrow = datetime.now(UTC) + timedelta(days=1)
            return int(told.invoke("tally", {"time": tomorrow.isoformat()})["differing"])

        for end in ((), ("--end",)):
            done = run(told, "case", "hold", NUMBER, *end, "--by", "Auditor")
            assert done.returncode == 0, done.stderr
        wait_for(
            lambda: len(copied(told, "operator:Auditor")) == 2, PATIENCE, "the rows to be copied"
        )
        told.wait_until_quiet()
        clean = compared()
        assert clean.stdout.endswith("audit: 0 differences\n"), clean.stdout + clean.stderr
        assert clean.returncode == 0
        assert at_night() == 0

        row, other = copied(told, "operator:Auditor")
        database, table = told.client("dynamodb"), told.outputs["AuditTable"]
        database.put_item(TableName=table, Item=row | {"actor": {"S": "Somebody else"}})
        told.wait_until_quiet()
        found = compared()
        assert at_night() == 1
        key, kept = (f"{r['pk']['S']} {r['sk']['S']}" for r in (row, other))
        assert found.returncode == 1
        assert f"changed in the table  {key}\naudit: 1 differences" in found.stdout
        assert kept not in found.stdout
        for personal in ("Auditor", "Somebody", NUMBER):
            assert personal not in found.stdout

        database.put_item(TableName=table, Item=row)
        assert compared().returncode == 0
        roles = ("KeepAudit", "Tally")
        assert not [
            d for d in told.decisions() if any(r in d.role for r in roles) and not d.allowed
        ]

    def test_needs_a_name_from_each_command(self, told: LocalAws) -> None:
        done = run(told, "case", "export", NUMBER, VICTIM, "--by", "")
        assert done.returncode == 2
        assert "say who" in done.stderr
