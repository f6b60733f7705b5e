"""Answers a test's calls on tables from memory, and has moto check that it answers the same.

moto takes milliseconds for a call, and many tests make hundreds. So `infra.harness.dynamodb`
answers. The first call of each shape in a run (operation, tables, expressions, kinds of values) is
made once more, both in memory and to moto, on copies of the rows that it names, or of all that it
searches. A test fails when the answers differ: so a reserved word, an unused value or an expression
that DynamoDB refuses fails a test.
"""

import hashlib
import json
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore import UNSIGNED, xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.dynamodb.models import dynamodb_backends
from moto.dynamodb.responses import (
    validate_put_has_empty_attrs,
    validate_put_has_empty_keys,
    validate_put_has_gsi_keys_set_to_none,
)

from infra.harness.cloudformation import table_definitions
from infra.harness.dynamodb.database import Database
from infra.harness.dynamodb.indexes import Refused
from infra.harness.dynamodb.pages import size
from tests.support import role_judge

TYPES = {"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"}
# moto reads a table in another order, and knows no parts of it.
PAGING = {"Limit", "ExclusiveStartKey", "Segment", "TotalSegments"}
OF_NO_SHAPE = PAGING | {"Item", "ClientRequestToken"}
CALLS = {
    *("GetItem", "BatchGetItem", "Query", "Scan"),
    *("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"),
}
MOST_ROWS = 60  # copied for a comparison
MOST_BYTES = 500_000  # of them: moto cuts a page of a megabyte at another row
ELSEWHERE = "us-east-1"  # where no test has tables
ACCOUNT = "123456789012"  # moto's

Rows = Mapping[str, list[Mapping[str, Any]]]
Definitions = Mapping[str, Mapping[str, Any]]
compared: set[str] = set()  # the shapes that were compared in this process
current: "list[MemoryTables]" = []  # the tables of the test that runs, if it has any
# The folder of a run: a file for each shape that one of its processes compared.
run: list[Path] = []


class MemoryTables:
    """The tables of one test."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions, self.database = {**definitions}, Database(definitions)
        self.copies: set[str] = set()  # the tables that `aviso data restore` made
        self.differences: list[str] = []
        self._turn = threading.Lock()

    def answer(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return the answer of a call as botocore reads it, having compared a new shape."""
        with self._turn:
            shape = json.dumps([operation, shape_of(body)], sort_keys=True)
            if shape not in compared:
                self._compare(operation, body, shape)
            return answered(self.database, operation, body)

    def of_copy(self, operation: str, body: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the answer of a call that makes, describes or deletes a copy; None of another."""
        if operation == "RestoreTableToPointInTime":
            return self._copied(body["SourceTableName"], body["TargetTableName"])
        name = body.get("TableName")
        if name not in self.copies or operation not in ("DescribeTable", "DeleteTable"):
            return None
        if operation == "DeleteTable":
            self.copies.remove(name)
            del self.database.tables[name]
        return done({"Table": {"TableName": name, "TableStatus": "ACTIVE"}})

    def _copied(self, source: str, target: str) -> dict[str, Any]:
        if target in self.copies:
            return refused("TableAlreadyExistsException")
        self.copies.add(target)
        self.definitions[target] = self.definitions[source]
        rows = {target: [*self.database.tables[source].items.values()]}
        self.database.tables |= _memory(rows, {target: self.definitions[source]}).tables
        return done({})

    def _compare(self, operation: str, body: Mapping[str, Any], shape: str) -> None:
        rows = self._rows(body)
        items = [item for several in rows.values() for item in several]
        if len(items) > MOST_ROWS or sum(map(size, items)) > MOST_BYTES:
            return  # another test asks the same of fewer rows
        compared.add(shape)
        if _compared_elsewhere(shape):
            return
        asked = {name: value for name, value in body.items() if name not in PAGING}
        ours = plain(answered(_memory(rows, self.definitions), operation, asked))
        theirs = plain(_moto(rows, self.definitions, operation, asked))
        if ours != theirs:
            self.differences.append(f"{shape}: memory answers {ours}, moto {theirs}")

    def _rows(self, body: Mapping[str, Any]) -> Rows:
        """Return what decides an answer: the rows that the call names by their keys, else all."""
        rows: dict[str, list[Mapping[str, Any]]] = {}
        for name, keys in _named(body).items():
            table = self.database.tables[name]
            wanted = dict.fromkeys(map(table.key, keys)) if keys else table.items
            rows[name] = [table.items[key] for key in wanted if key in table.items]
        return rows


def _compared_elsewhere(shape: str) -> bool:
    """Whether another process of this run compared a shape; if not, it is ours from now on."""
    for folder in run:
        try:
            (folder / hashlib.sha256(shape.encode()).hexdigest()).touch(exist_ok=False)
        except FileExistsError:
            return True
    return False


def before_call(model: Any, params: Mapping[str, Any], **call: Any) -> Any:
    """Judge a call on a table by its function's role, and answer it: botocore's `before-call`."""
    body = json.loads(params["body"])
    role_judge.judge(model.name, body)
    if not current:
        return None  # moto's
    known = model.name in CALLS
    answer = (current[-1].answer if known else current[-1].of_copy)(model.name, body)
    if answer is None:
        return None
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return AWSResponse("https://dynamodb.example.org", status, HTTPHeaders(), None), answer


def answered(database: Database, operation: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a database answers, or its refusal, as botocore reads it."""
    try:
        return done(database.answer(operation, body))
    except Refused as error:
        reasons = {} if error.reasons is None else {"CancellationReasons": error.reasons}
        return refused(error.code) | reasons


def done(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer as botocore reads it."""
    return {"ResponseMetadata": {"HTTPStatusCode": 200}, **answer}


def refused(code: str) -> dict[str, Any]:
    """Return a refusal as botocore reads it."""
    return {"ResponseMetadata": {"HTTPStatusCode": 400}, "Error": {"Code": code, "Message": code}}


def shape_of(value: Any) -> Any:
    """Return a call with the kinds of its values in place of the values."""
    if isinstance(value, list):  # the parts of a call, in any number and order
        return sorted({json.dumps(shape_of(one), sort_keys=True) for one in value})
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and (kind := next(iter(value))) in TYPES:
        return kind
    return {
        name: _names(one) if name == "ExpressionAttributeNames" else shape_of(one)
        for name, one in value.items()
        if name not in OF_NO_SHAPE
    }


def _names(names: Mapping[str, str]) -> dict[str, str | int]:
    """Return names by what stands for them: a key's as it is, any other as a number.

    DynamoDB takes any name there, and refuses some uses of a key and of one name twice.
    """
    numbers: dict[str, int] = {}
    return {
        place: name if name in _of_keys() else numbers.setdefault(name, len(numbers))
        for place, name in sorted(names.items())
    }


@cache
def _of_keys() -> frozenset[str]:
    """Return the attributes that are keys of a table or of an index."""
    defined = table_definitions().values()
    return frozenset(a["AttributeName"] for d in defined for a in d["AttributeDefinitions"])


def _named(body: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the tables of a call, and the keys that it names in each: none if it searches."""
    parts = [part for one in body.get("TransactItems", [{"": body}]) for part in one.values()]
    asked = [(part["TableName"], part) for part in parts if "TableName" in part]
    for name, requests in body.get("RequestItems", {}).items():
        if isinstance(requests, list):  # of a BatchWriteItem
            asked += [(name, part) for request in requests for part in request.values()]
        else:
            asked += [(name, {"Key": key}) for key in requests["Keys"]]
    found: dict[str, list[Mapping[str, Any]]] = {name: [] for name, _ in asked}
    for name, part in asked:
        found[name] += [part[place] for place in ("Key", "Item") if place in part]
    return found


def _memory(rows: Rows, definitions: Definitions) -> Database:
    database = Database(definitions)
    for name, items in rows.items():
        for item in items:
            database.answer("PutItem", {"TableName": name, "Item": item})
    return database


@cache
def _client() -> Any:
    """Return a client of moto's, whose calls nobody signs, and nobody answers in its place."""
    config = Config(signature_version=UNSIGNED)
    session = botocore.session.get_session()
    return session.create_client("dynamodb", region_name=ELSEWHERE, config=config)


def _moto(
    rows: Rows, definitions: Definitions, operation: str, body: Mapping[str, Any]
) -> dict[str, Any]:
    for name, items in rows.items():
        _fill(name, items, _copy(definitions[name]))
    try:
        answer: dict[str, Any] = getattr(_client(), xform_name(operation))(**body)
    except ClientError as error:
        answer = dict(error.response)
    for name in rows:
        dynamodb_backends[ACCOUNT][ELSEWHERE].delete_table(name)
    return answer


def _copy(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy, which moto may change."""
    copy: dict[str, Any] = json.loads(json.dumps(given))
    return copy


def _fill(name: str, items: list[Mapping[str, Any]], definition: Mapping[str, Any]) -> None:
    """Give moto a table with these rows, without calls: each would take 2 ms."""
    nothing = ("throughput", "indexes", "streams", "sse_specification", "warm_throughput")
    table = dynamodb_backends[ACCOUNT][ELSEWHERE].create_table(
        name,
        schema=definition["KeySchema"],
        attr=definition["AttributeDefinitions"],
        billing_mode=definition["BillingMode"],
        global_indexes=definition.get("GlobalSecondaryIndexes"),
        tags=[],
        deletion_protection_enabled=False,
        **dict.fromkeys(nothing),
    )
    for item in items:
        row = _copy(item)
        for refuses in (
            validate_put_has_empty_keys,
            validate_put_has_empty_attrs,
            validate_put_has_gsi_keys_set_to_none,
        ):
            refuses(row, table)
        table.put_item(row, overwrite=True)


def plain(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an answer says: rows in one order, sets in order, an error by its code."""
    if "Error" in answer:
        reasons = [reason["Code"] for reason in answer.get("CancellationReasons", ())]
        return {"Error": answer["Error"]["Code"], "reasons": reasons}
    said = {name: answer[name] for name in ("Item", "Attributes", "Count") if name in answer}
    said["Items"] = _in_order(answer.get("Items", ()))
    said["Responses"] = {n: _in_order(rows) for n, rows in answer.get("Responses", {}).items()}
    text = json.dumps(said, sort_keys=True)
    sorted_: dict[str, Any] = json.loads(text, object_hook=_sets_in_order)
    return sorted_


def _in_order(rows: Any) -> list[Any]:
    return sorted(rows, key=lambda row: json.dumps(row, sort_keys=True))


def _sets_in_order(value: dict[str, Any]) -> dict[str, Any]:
    return {n: sorted(v) if n in ("SS", "NS", "BS") else v for n, v in value.items()}
