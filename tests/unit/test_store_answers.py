"""Answers of DynamoDB are read as they come, and say the same as through botocore's own parser."""

import importlib
import pkgutil
from typing import Any

import boto3
import pytest
from pynamodb.constants import BINARY, BINARY_SET
from pynamodb.exceptions import PynamoDBException
from pynamodb.models import Model

from aviso import store
from aviso.store import tables
from aviso.store.tables import condition_failed

KEY = {"pk": {"S": "CASE#1"}, "sk": {"S": "CASE"}}
ROW = KEY | {
    "text": {"S": 'é "quoted" \\ <b>'},
    "number": {"N": "12.50"},
    "yes": {"BOOL": True},
    "nothing": {"NULL": True},
    "set": {"SS": ["a", "b"]},
    "list": {"L": [{"S": "x"}, {"M": {"deep": {"N": "1"}}}]},
    "map": {"M": {"arrest": {"S": "2026-11-24T19:00:00.000000Z"}, "empty": {"M": {}}}},
}


def models(base=Model):
    """Return every table's every model."""
    return [m for kind in base.__subclasses__() for m in (kind, *models(kind))]


def test_an_answer_says_the_same_as_through_botocores_parser(aws):
    ours: Any = tables.connection().client
    usual = boto3.client("dynamodb", region_name="us-west-2")
    ours.put_item(TableName="Cases", Item=ROW)
    asked = {"TableName": "Cases", "Key": KEY, "ReturnConsumedCapacity": "TOTAL"}
    reads: list[tuple[str, dict[str, Any]]] = [
        ("get_item", asked),
        ("get_item", asked | {"Key": KEY | {"sk": {"S": "none"}}}),
        ("batch_get_item", {"RequestItems": {"Cases": {"Keys": [KEY]}}}),
        ("query", {"TableName": "Cases", "KeyConditionExpression": "pk = :pk",
                   "ExpressionAttributeValues": {":pk": KEY["pk"]}}),
        ("transact_get_items", {"TransactItems": [{"Get": {"TableName": "Cases", "Key": KEY}}]}),
    ]  # fmt: skip
    for method, params in reads:
        got, want = (getattr(client, method)(**params) for client in (ours, usual))
        assert got.pop("ResponseMetadata")["HTTPStatusCode"] == 200
        want.pop("ResponseMetadata")
        assert got == want, method


def test_an_error_is_botocores_to_read(aws):
    from aviso.store.sessions import CounterItem

    with pytest.raises(PynamoDBException) as failed:
        CounterItem("FAILS#x", tries=1).save(condition=CounterItem.pk.exists())
    assert condition_failed(failed.value)


def test_no_table_holds_a_binary_value_which_would_be_read_otherwise():
    for module in pkgutil.iter_modules(store.__path__, "aviso.store."):
        importlib.import_module(module.name)
    kinds = {a.attr_type for model in models() for a in model.get_attributes().values()}
    assert kinds
    assert not kinds & {BINARY, BINARY_SET}
