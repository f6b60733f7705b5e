"""Each function's own role tries, on local AWS, the writes that it must never make.

Local AWS enforces IAM; `aws_server.py` adds `dynamodb:LeadingKeys`, which it does not know. A role
trusts Lambda alone, so the test adds the account to whom it trusts, and takes that back.
"""

import http.client
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from infra.local.stack import REGION, LocalAws
from tests.e2e.roles import role_of
from tests.permissions import powers

Asked = Callable[[str], Any]
TOKEN = "a-token-that-nobody-was-given"
GRANTED = powers.read()


# Who may write into Guards, and one way in which it may.
WRITERS = {
    p.function: p.action
    for p in GRANTED
    if p.table == "Guards" and p.keys and p.action != "GetItem"
}


@pytest.fixture(scope="module")
def as_function(deployed: LocalAws) -> Iterator[Asked]:
    """Give a function that returns a DynamoDB client under a function's role."""
    iam, sts = deployed.client("iam"), deployed.client("sts")
    account = sts.get_caller_identity()["Account"]
    trusted: dict[str, str] = {}

    @cache
    def database(function: str) -> Any:
        role = role_of(deployed, f"{function}Function")
        found = iam.get_role(RoleName=role)["Role"]
        trust = found["AssumeRolePolicyDocument"]
        trusted[role] = trust if isinstance(trust, str) else json.dumps(trust)
        policy = json.loads(trusted[role])
        principal = {"AWS": f"arn:aws:iam::{account}:root"}
        policy["Statement"].append(
            {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        )
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(policy))
        given = sts.assume_role(RoleArn=found["Arn"], RoleSessionName="test")["Credentials"]
        return boto3.client(
            "dynamodb",
            endpoint_url=deployed.endpoint,
            region_name=REGION,
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    yield database
    for role, policy in trusted.items():
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=policy)


def refused(call: Callable[..., Any], **asked: Any) -> bool:
    """Whether IAM refuses a call; a condition that fails means that it was let through."""
    try:
        call(**asked)
    except ClientError as error:
        return "AccessDenied" in error.response["Error"]["Code"]
    return False


def session_row() -> dict[str, Any]:
    now = datetime.now(UTC)
    times = {"created_at": now, "idle_until": now, "max_until": now + timedelta(hours=9)}
    times["idle_until"] += timedelta(minutes=20)
    text = {
        "pk": f"STAFF#{sha256(TOKEN.encode()).hexdigest()}",
        "id": "made-up",
        "name": "made-up",
        "csrf": "made-up",
        "type": "MemberItem",
        **{k: at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
           for k, at in times.items()},
    }  # fmt: skip
    row: dict[str, Any] = {name: {"S": value} for name, value in text.items()}
    return row | {
        "roles": {"SS": ["supervisor", "administrator"]},
        "expires": {"N": str(int((now + timedelta(hours=9)).timestamp()))},
    }


def looks_at(aws: LocalAws, page: str) -> tuple[int, str]:
    """Ask for a page of the desk with the made-up session's cookie."""
    base = urlsplit(aws.staff_url)
    connection = http.client.HTTPConnection(base.netloc, timeout=60)
    try:
        connection.request(
            "GET", f"{base.path}/{page}", headers={"Cookie": f"__Host-staff={TOKEN}"}
        )
        reply = connection.getresponse()
        return reply.status, reply.headers.get("Location", "")
    finally:
        connection.close()


class TestPortalRole:
    def test_can_write_no_row_that_opens_the_desk(
        self, deployed: LocalAws, as_function: Asked
    ) -> None:
        row = session_row()
        for name in ("MembersTable", "GuardsTable"):
            if name in deployed.outputs:
                refused(as_function("Portal").put_item, TableName=deployed.outputs[name], Item=row)
        assert looks_at(deployed, "trail") == (303, "sign-in")


def table_of(aws: LocalAws, name: str) -> str:
    return aws.outputs[f"{name}Table"]


def ask(database: Any, table: str, call: powers.Call) -> dict[str, Any]:
    """Return a write as a request that passes for those who may, and changes nothing."""
    ranged = call.table in ("Cases", "Notices", "Audit", "Tallies")
    key = {"pk": {"S": call.key}} | ({"sk": {"S": "0"}} if ranged else {})
    never = {"TableName": table, "ConditionExpression": "attribute_exists(nothing_has_this)"}
    match call.action:
        case "PutItem":
            return {"call": database.put_item, "Item": key, **never}
        case "UpdateItem":
            return {"call": database.update_item, "Key": key, **never}
        case _:
            return {"call": database.delete_item, "Key": key, **never}


class TestRole:
    def test_is_refused_writes_that_give_power(
        self, deployed: LocalAws, as_function: Asked
    ) -> None:
        calls = list(powers.never(powers.functions()))
        assert calls
        through = [
            call
            for call in calls
            if not refused(**ask(as_function(call.function), table_of(deployed, call.table), call))
        ]
        assert not through

    @pytest.mark.parametrize("function", WRITERS)
    def test_writes_its_own_names_in_guards_only(
        self, deployed: LocalAws, as_function: Asked, function: str
    ) -> None:
        table, wrong = table_of(deployed, "Guards"), []
        action = WRITERS[function]
        for _, example in powers.GUARDS.values():
            call = powers.Call(function, action, "Guards", example)
            if refused(**ask(as_function(function), table, call)) is powers.may(GRANTED, call):
                wrong.append(call)
        assert not wrong


class TestTransaction:
    def test_is_judged_part_by_part_by_its_keys(
        self, deployed: LocalAws, as_function: Asked
    ) -> None:
        def write(*names: str) -> bool:
            item = {
                "TableName": table_of(deployed, "Guards"),
                "ConditionExpression": "attribute_exists(no)",
            }
            parts = [{"Put": {**item, "Item": {"pk": {"S": name}}}} for name in names]
            return refused(as_function("Portal").transact_write_items, TransactItems=parts)

        assert not write("SESSION#1", "EARLY#1")
        assert write("SESSION#1", "SWITCHES")
