"""The tables in memory answer every call as moto does, whatever was done before."""

import random
from typing import Any

import boto3
import pytest
from botocore import UNSIGNED, xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.harness.cloudformation import table_definitions
from infra.harness.dynamodb.database import Database
from tests.conftest import REGION

NAMES = {"#n": "number", "#m": "map", "#s": "set", "#t": "task", "#p": "phone"}
CONDITIONS = (
    "attribute_not_exists (pk)",
    "attribute_exists(pk) AND (#n < :one OR NOT #n <> :two)",
    "#n BETWEEN :one AND :two",
    "#n IN (:one, :two)",
    "begins_with (sk, :start) AND #m.#p = :text",
    "contains (#s, :text)",
)
OF_INDEX = (
    *(f"#t = :task AND #a {sign} :low" for sign in ("<", "<=", ">", ">=", "=")),
    "#t = :task AND #a BETWEEN :low AND :high",
    "#t = :task AND begins_with (#a, :low)",
)
UPDATES = (
    "SET #n = :two, #t = if_not_exists(#t, :text), #p = :text",
    "ADD #n :one, #s :texts",
    "SET #m.#p = :text REMOVE #p",
    "SET #n = #n + :one DELETE #s :texts",
    "REMOVE #t, #m",
)
VALUES = {
    ":one": {"N": "1"},
    ":two": {"N": "2"},
    ":start": {"S": "A"},
    ":text": {"S": "text"},
    ":texts": {"SS": ["text", "other"]},
}
PLACES = [("1", "A1"), ("1", "A2"), ("1", "B"), ("2", "A1"), ("2", "B")]


def used(*texts):
    """Return the names and values that expressions use: others are refused."""
    whole = " ".join(texts)
    words = set(whole.replace("(", " ").replace(")", " ").replace(",", " ").split())
    words |= {part for word in words for part in word.split(".")}
    return {
        "ExpressionAttributeNames": {k: v for k, v in NAMES.items() if k in words},
        "ExpressionAttributeValues": {k: v for k, v in VALUES.items() if k in words},
    }


def trimmed(params):
    return {key: value for key, value in params.items() if value not in ("", {}, None)}


def a_write(dice):
    pk, sk = dice.choice(PLACES)
    key = {"pk": {"S": pk}, "sk": {"S": sk}}
    kind = dice.choice(["Put", "Update", "Delete"])
    text = dice.choice([*CONDITIONS, "", ""])
    params = {"TableName": "Cases", "ConditionExpression": text}
    if kind == "Put":
        extra = {
            "number": {"N": str(dice.randrange(4))},
            "map": {"M": {"phone": {"S": dice.choice(["text", "no"])}}},
            "task": {"S": "NEW"},
            "at": {"S": f"2026-0{dice.randrange(1, 4)}"},
        }
        chosen = dice.sample(sorted(extra), dice.randrange(5))
        return "PutItem", trimmed(
            params | used(text) | {"Item": key | {name: extra[name] for name in chosen}}
        )
    if kind == "Update":
        change = dice.choice(UPDATES)
        if "#m." in change or "#n +" in change:
            params["ConditionExpression"] = text = "attribute_exists (#m) AND attribute_exists (#n)"
        return "UpdateItem", trimmed(
            params
            | used(text, change)
            | {"Key": key, "UpdateExpression": change, "ReturnValues": "ALL_NEW"}
        )
    return "DeleteItem", trimmed(params | used(text) | {"Key": key})


def a_transaction(dice):
    writes, seen = [], set()
    for _ in range(dice.randrange(2, 4)):
        operation, params = a_write(dice)
        place = str(params.get("Key") or {k: params["Item"][k] for k in ("pk", "sk")})
        if place not in seen:
            seen.add(place)
            params.pop("ReturnValues", None)
            writes.append({operation.removesuffix("Item"): params})
    return "TransactWriteItems", {"TransactItems": writes}


def a_read(dice):
    kind = dice.choice(["Query", "Index", "Scan", "GetItem"])
    page = {"Limit": 2} if dice.random() < 0.5 else {}
    if kind == "GetItem":
        pk, sk = dice.choice(PLACES)
        return kind, {"TableName": "Cases", "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}
    if kind == "Scan":
        text = "#n = :one OR begins_with (sk, :start)"
        return kind, {"TableName": "Cases", "FilterExpression": text} | used(text) | page
    index = kind == "Index"
    text = dice.choice(OF_INDEX) if index else "pk = :pk AND sk BETWEEN :low AND :high"
    low, high = ("2026-02", "2026-03") if index else ("A2", "C")
    values = {":task": {"S": "NEW"}} if index else {":pk": {"S": "1"}}
    values |= {":low": {"S": low}} | ({":high": {"S": high}} if ":high" in text else {})
    names = {"ExpressionAttributeNames": {"#t": "task", "#a": "at"}} if index else {}
    return "Query", {
        "TableName": "Cases",
        "KeyConditionExpression": text,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": dice.random() < 0.5,
        **names,
        **({"IndexName": "task_index"} if index else {}),
        **page,
    }


def every_page(call, operation, params):
    """Return the result of a call: an error's code and reasons, or all pages of its answer."""
    items, answer = [], {}
    while True:
        try:
            answer = call(operation, params)
        except ClientError as error:
            reasons = error.response.get("CancellationReasons", ())
            return error.response["Error"]["Code"], [r["Code"] for r in reasons]
        items += answer.get("Items", ())
        if "LastEvaluatedKey" not in answer:
            ordered = items if operation == "Query" else sorted(items, key=str)
            return (
                [plain(item) for item in ordered],
                plain(answer.get("Item")),
                plain(answer.get("Attributes")),
            )
        params = params | {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def plain(item):
    """Return an item with its sets in order."""
    return item and {
        name: {"SS": sorted(value["SS"])} if "SS" in value else value
        for name, value in sorted(item.items())
    }


class TestTables:
    @pytest.mark.parametrize("seed", range(8))
    def test_answer_as_moto_does(self, seed, moto):
        dice = random.Random(seed)
        definitions = table_definitions()
        database = Database(definitions)
        unsigned = Config(signature_version=UNSIGNED)  # moto reads no signature
        client: Any = boto3.client("dynamodb", region_name=REGION, config=unsigned)
        client.create_table(TableName="Cases", **definitions["Cases"])

        def memory(operation, params):
            return database.call(client, operation, params)

        def imitated(operation, params):
            return getattr(client, xform_name(operation))(**params)

        agreed = set()
        for _ in range(250):
            operation, params = dice.choice([a_write, a_write, a_read, a_transaction])(dice)
            theirs = every_page(imitated, operation, params)
            assert every_page(memory, operation, params) == theirs, (operation, params)
            agreed.add((operation, theirs[0] if isinstance(theirs[0], str) else "answered"))
        assert len(agreed) >= 9  # each kind of call, taken and refused

    def test_stream_each_change_once(self, aws):
        table = {**table_definitions()["Cases"], "StreamSpecification": {}}
        database = Database({"Cases": table})
        client = boto3.client("dynamodb", region_name=REGION)
        key = {"pk": {"S": "1"}, "sk": {"S": "CASE"}}
        put = {"TableName": "Cases", "Item": key | {"expires": {"N": "10"}}}
        for _ in range(2):
            database.call(client, "PutItem", put)
        refused = put | {"ConditionExpression": "attribute_not_exists (pk)"}
        with pytest.raises(ClientError):
            database.call(client, "PutItem", refused)
        assert database.expire(9) == 0
        assert database.expire(11) == 1
        assert [(c.old is None, c.new is None) for c in database.changes] == [
            (True, False),
            (False, True),
        ]

    def test_never_have_an_empty_index_key(self, aws):
        database = Database(table_definitions())
        client = boto3.client("dynamodb", region_name=REGION)
        item = {"pk": {"S": "1"}, "sk": {"S": "CASE"}, "phone": {"S": ""}}
        with pytest.raises(ClientError):
            database.call(client, "PutItem", {"TableName": "Cases", "Item": item})
