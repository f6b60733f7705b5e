"""A stack's whole life, run with the commands of `aviso`, and what was seen on the way."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.deploy.findings import Finding
from infra.harness.feed_files import complete
from infra.local import drop_feed
from infra.local.sam_build import build
from infra.local.stack import PATIENCE, REGION, LocalAws, wait_for
from infra.message_checks.wording import opening
from infra.repository import ROOT
from tests.e2e.arrested_case import arrest_notice, files
from tests.e2e.traffic import Traffic, messages_to
from tests.support import former_release, next_release

ANSWERS = {"stack": "aviso", "region": REGION}
OPT_OUT = "OPTOUT#made-up-hash"
# What is never another in a notice, whatever becomes of it.
STEADY = frozenset(
    {
        *("pk", "sk", "type", "case", "victim", "kind", "fact"),
        *("fact_at", "first_seen", "deadline", "created_at"),
    }
)
Commands = dict[str, subprocess.CompletedProcess[str]]
KEPT = (
    *("CasesTable", "NoticesTable", "ResponsesTable", "AuditTable", "TalliesTable", "GuardsTable"),
    "MembersTable",
)


@dataclass
class Life:
    """What was seen on the way, for the tests to judge."""

    aws: LocalAws
    upgrade_log: str = ""
    at_first: dict[str, Any] = field(default_factory=dict)
    before: dict[str, Any] = field(default_factory=dict)
    upgraded: dict[str, Any] = field(default_factory=dict)
    traffic: Traffic | None = None  # None without the history: see `former_release`
    arrests_told: dict[str, int] = field(default_factory=dict)  # by case imported meanwhile
    kept: dict[str, Any] = field(default_factory=dict)
    came_back: dict[str, Any] = field(default_factory=dict)
    told_again: int = 0
    trails: list[set[str]] = field(default_factory=list)  # the locked copy's objects
    policies: dict[str, Any] = field(default_factory=dict)  # by stack: what no change may do
    refused: str = ""  # what CloudFormation said to a plain delete-stack
    first_key: str = ""
    keys: list[list[str]] = field(default_factory=list)  # before and after
    finding: Finding | None = None
    in_the_end: dict[str, Any] = field(default_factory=dict)
    commands: Commands = field(default_factory=dict)

    def run(self, name: str, *words: str, typed: str = "", stack: str = "") -> None:
        """Run a command of `aviso` as a person would, typing an answer."""
        self.commands[name] = subprocess.run(
            [sys.executable, "-m", "infra.cli", *words],
            cwd=ROOT,
            env=os.environ | self.aws.credentials | ({"STACK": stack} if stack else {}),
            input=typed,
            capture_output=True,
            text=True,
            check=False,
        )


def rows(aws: LocalAws, outputs: Mapping[str, str]) -> dict[str, Any]:
    """Return what is in the tables, as DynamoDB has it."""
    database = aws.client("dynamodb")
    return {name: _scan(database, outputs[name]) for name in KEPT}


def _scan(database: Any, table: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for page in database.get_paginator("scan").paginate(TableName=table, ConsistentRead=True):
        found |= {json.dumps([r["pk"], r.get("sk")]): r for r in page["Items"]}
    return found


def objects(aws: LocalAws, bucket: str) -> set[str]:
    """Return the keys of what is in a bucket."""
    return {o["Key"] for o in aws.client("s3").list_objects_v2(Bucket=bucket).get("Contents", ())}


def first_release() -> Path | None:
    """Return the last release's built template; None, that is ours, without history."""
    return former_release.build() if former_release.source() else None


def arrest_subjects() -> set[str]:
    """Return how the subject of an arrest begins, in our words and in the last release's."""
    ask = "from infra.message_checks.wording import opening; print(opening('arrest', 'en').subject)"
    return {opening("arrest", "en").subject, former_release.run("-c", ask).strip()}


def upgrade(life: Life, folder: Path) -> None:
    """Upgrade the stack; from the last release twice, with a rollback between, under traffic."""
    aws, keep = life.aws, {"KeepData": "true"}
    former = first_release()
    if not former:
        aws.deploy(keep, next_release.of(build()))
    else:
        life.traffic = Traffic.begun(aws, folder)
        for change, release in (("up", None), ("back", former), ("again", None)):
            with life.traffic.during(change):
                aws.deploy(keep, release)
        numbers = life.traffic.imported
        life.arrests_told = {n: messages_to(aws, n, arrest_subjects()) for n in numbers}
    life.upgrade_log = (aws.folder / "deploy.log").read_text()
    life.upgraded = rows(aws, aws.outputs)


def policies(aws: LocalAws, protected: list[str]) -> dict[str, Any]:
    """Return the policy of each of these stacks, by the types of what it holds."""
    cloudformation = aws.client("cloudformation")
    found: dict[str, Any] = {}
    for stack in protected:
        resources = cloudformation.list_stack_resources(StackName=stack)["StackResourceSummaries"]
        body = cloudformation.get_stack_policy(StackName=stack)["StackPolicyBody"]
        found |= {r["ResourceType"]: json.loads(body) for r in resources}
    return found


def refused(aws: LocalAws, stack: str) -> str:
    """Return what CloudFormation says when somebody deletes the stack without `aviso destroy`."""
    try:
        aws.client("cloudformation").delete_stack(StackName=stack)
    except ClientError as error:
        return str(error.response["Error"]["Message"])
    return ""


def opt_out_keys(aws: LocalAws) -> list[str]:
    """Return every stack's key of opt-outs."""
    vault = aws.client("secretsmanager")
    names = [s["Name"] for s in vault.list_secrets()["SecretList"] if "OptoutKey" in s["Name"]]
    return [
        json.loads(vault.get_secret_value(SecretId=name)["SecretString"])["key"] for name in names
    ]


def what_is_left(aws: LocalAws) -> dict[str, Any]:
    """Return everything that an account could still hold of a stack."""
    cognito, keys = aws.client("cognito-idp"), aws.client("kms")
    ids = [key["KeyId"] for key in keys.list_keys()["Keys"]]
    buckets = [b["Name"] for b in aws.client("s3").list_buckets()["Buckets"]]
    stacks = aws.client("cloudformation").list_stacks()["StackSummaries"]
    return {
        "tables": aws.client("dynamodb").list_tables()["TableNames"],
        "buckets": [name for name in buckets if name != "aviso-artifacts"],  # SAM's own
        "pools": cognito.list_user_pools(MaxResults=10)["UserPools"],
        "secrets": aws.client("secretsmanager").list_secrets()["SecretList"],
        "keys": [
            key for key in ids
            if keys.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] != "PendingDeletion"
        ],
        "stacks": [s["StackName"] for s in stacks if s["StackStatus"] != "DELETE_COMPLETE"],
        "functions": aws.client("lambda").list_functions()["Functions"],
        "roles": aws.client("iam").list_roles()["Roles"],
        "topics": aws.client("sns").list_topics()["Topics"],
        "queues": aws.client("sqs").list_queues().get("QueueUrls", []),
        "logs": aws.client("logs").describe_log_groups()["logGroups"],
        "apis": aws.client("apigateway").get_rest_apis()["items"],
        "alarms": aws.client("cloudwatch").describe_alarms()["MetricAlarms"],
    }  # fmt: skip


def tell_a_victim(aws: LocalAws, folder: Path) -> None:
    """Have a case imported and its victim told; leave versions, an opt-out and an audit row."""
    now = datetime.now(UTC)
    for name, text in files(now).items():
        (folder / name).write_text(complete(name, text), encoding="utf-8-sig")
        key = drop_feed.drop(aws, folder / name, f"incoming/ops_{name}")
        drop_feed.wait_for_import(aws, key, now)
    wait_for(lambda: arrest_notice(aws).get("state") == "sent", PATIENCE, "the arrest to be told")
    bucket = {"Bucket": aws.outputs["FeedBucket"], "Key": "rejects/twice.csv"}
    for body in (b"first", b"second"):
        aws.client("s3").put_object(**bucket, Body=body)
    aws.client("s3").delete_object(**bucket)
    aws.client("dynamodb").put_item(
        TableName=aws.outputs["GuardsTable"],
        Item={
            "pk": {"S": OPT_OUT}, "type": {"S": "GUARD"},
            "at": {"S": "2026-11-24T12:00:00.000000+0000"}, "source": {"S": "reply"},
        },
    )  # fmt: skip
    aws.client("dynamodb").put_item(
        TableName=aws.outputs["AuditTable"],
        Item={
            "pk": {"S": f"{now:%Y-%m-%d}#0"}, "sk": {"S": f"{now:%Y-%m-%dT%H:%M:%S.%f}Z#made-up"},
            "at": {"S": f"{now:%Y-%m-%dT%H:%M:%S.%f}Z"}, "actor": {"S": "operator:dana"},
            "action": {"S": "switch_kill_on"}, "expires": {"N": f"{now.timestamp() + 86_400:.0f}"},
        },
    )  # fmt: skip
    aws.wait_until_quiet()


def leave_a_copy(aws: LocalAws) -> None:
    """Have a bucket as an upgrade leaves it that was taken back: the stack's by its tags alone."""
    s3, bucket = aws.client("s3"), {"Bucket": "aviso-auditbucket-left"}
    tags = {
        "aws:cloudformation:stack-name": "aviso",
        "aws:cloudformation:logical-id": "AuditBucket",
    }
    rows = [{"Key": key, "Value": value} for key, value in tags.items()]
    s3.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_bucket_versioning(**bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_tagging(**bucket, Tagging={"TagSet": rows})
    s3.put_object(**bucket, Key="2026-11-24/1.jsonl", Body=b"a row")


def lost(before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[str]]:
    """Return what rows of data are gone or another, by table; a new attribute is not a loss.

    The stack lives on meanwhile: its schedules leave marks of their looks in Guards, and counters
    count, so of these two only rows that are gone are told. A notice that waits is looked at every
    five minutes: it may be tried again, and of others the time of the next look may be another.
    """
    found: dict[str, list[str]] = {}
    for table, rows in before.items():
        for key, row in rows.items():
            now = after[table].get(key)
            moves = table in ("GuardsTable", "TalliesTable")
            wrong = {"gone"} if now is None else set() if moves else _changed(row, now)
            if wrong:
                found.setdefault(table, []).append(f"{key}: {', '.join(sorted(wrong))}")
    return found


def _changed(before: dict[str, Any], after: dict[str, Any]) -> set[str]:
    """Return the attributes of a row that are gone or another, except for what may move on."""
    waits = before.get("state", {}).get("S") in ("planned", "waiting", "claimed")
    moves = before.keys() - STEADY if waits else {"due_at"}
    return {name for name in before.keys() - moves if after.get(name) != before[name]}


def said(life: Life, name: str) -> str:
    """Return what a command said, whichever way."""
    return life.commands[name].stderr + life.commands[name].stdout
