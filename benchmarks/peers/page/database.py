"""The journey's calls to DynamoDB with boto3: those that ours makes."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

import boto3
from agency import SETTINGS
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

dynamodb = boto3.client("dynamodb", region_name="us-west-2")
_deserialize, _serialize = TypeDeserializer().deserialize, TypeSerializer().serialize
IDLE, LONGEST = timedelta(minutes=15), timedelta(hours=2)


def instant(at: datetime) -> str:
    """Return a time as it is stored."""
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")


def stored(values: dict[str, Any]) -> dict[str, Any]:
    """Return an item as DynamoDB takes it."""
    return {name: _serialize(value) for name, value in values.items()}


def _plain(item: dict[str, Any]) -> dict[str, Any]:
    return {name: _deserialize(value) for name, value in item.items()}


def key_of(token: str) -> str:
    """Return what a visit's token is stored under."""
    return sha256(token.encode()).hexdigest()


def resume(token: str, now: datetime) -> dict[str, Any] | None:
    """Return the visit that is open under this token and keep it open; None when it is over."""
    key = key_of(token)
    try:
        found = dynamodb.update_item(
            TableName="Guards",
            Key={"pk": {"S": f"SESSION#{key}"}},
            UpdateExpression="SET idle_until = :until",
            ConditionExpression="idle_until > :now AND max_until > :now",
            ExpressionAttributeValues={
                ":until": {"S": instant(now + IDLE)},
                ":now": {"S": instant(now)},
            },
            ReturnValues="ALL_NEW",
        )
    except dynamodb.exceptions.ConditionalCheckFailedException:
        return None
    return _plain(found["Attributes"])


def case_rows(number: str) -> list[dict[str, Any]]:
    """Return a case's rows."""
    answer = dynamodb.query(
        TableName="Cases",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"CASE#{number}"}},
        ConsistentRead=True,
    )
    return [_plain(item) for item in answer["Items"]]


def audited(now: datetime, actor: str, action: str, case: str, **more: str) -> dict[str, Any]:
    """Return the put of a row of the audit trail."""
    row = {
        "pk": f"{now:%Y-%m-%d}#{secrets.randbelow(4)}",
        "sk": f"{instant(now)}#{secrets.token_hex(8)}",
        "at": instant(now),
        "actor": actor,
        "action": action,
        "case": case,
        "expires": int(now.timestamp()) + 86400 * SETTINGS["retention"]["audit"],
        **more,
    }
    return {"TableName": "Audit", "Item": stored(row)}


def audit(now: datetime, actor: str, action: str, case: str, **more: str) -> None:
    """Write a row of the audit trail."""
    dynamodb.put_item(**audited(now, actor, action, case, **more))


def reserve(limits: Sequence[tuple[str, int, datetime]]) -> bool:
    """Count a try against every limit, or none and False when any is used up."""
    try:
        dynamodb.transact_write_items(
            TransactItems=[
                {
                    "Update": {
                        "TableName": "Guards",
                        "Key": {"pk": {"S": f"FAILS#{name}"}},
                        "ConditionExpression": "attribute_not_exists(tries) OR tries < :most",
                        "UpdateExpression": "SET expires = :until ADD tries :one",
                        "ExpressionAttributeValues": {
                            ":most": {"N": str(most)},
                            ":until": {"N": str(int(until.timestamp()))},
                            ":one": {"N": "1"},
                        },
                    }
                }
                for name, most, until in limits
            ]
        )
    except dynamodb.exceptions.TransactionCanceledException:
        return False
    return True


def refund(limits: Sequence[tuple[str, int, datetime]]) -> list[dict[str, Any]]:
    """Return the updates that give a counted try back."""
    return [
        {
            "Update": {
                "TableName": "Guards",
                "Key": {"pk": {"S": f"FAILS#{name}"}},
                "UpdateExpression": "ADD tries :back",
                "ExpressionAttributeValues": {":back": {"N": "-1"}},
            }
        }
        for name, _, _ in limits
    ]
