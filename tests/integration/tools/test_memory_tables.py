"""The tables of tests answer from memory; moto is asked once for each shape of a call."""

import pytest

from infra.harness.cloudformation import table_definitions
from tests.support import memory_tables
from tests.support.memory_tables import MemoryTables, shape_of

KEY = {"pk": {"S": "REPLY#1"}}
GET = {"TableName": "Guards", "Key": KEY}
FILTER = {"TableName": "Guards", "FilterExpression": "#t = :t"}
SET = {**GET, "UpdateExpression": "SET #t = :t"}
NAMED = {"ExpressionAttributeNames": {"#t": "text"}}
VALUE = {"ExpressionAttributeValues": {":t": {"S": "a"}}}


@pytest.fixture
def tables(moto, monkeypatch):
    monkeypatch.setattr(memory_tables, "compared", set())
    monkeypatch.setattr(memory_tables, "run", [])
    made = MemoryTables(table_definitions())
    made.answer("PutItem", {"TableName": "Guards", "Item": {**KEY, "text": {"S": "a"}}})
    return made


class TestComparison:
    def test_takes_equal_answers_as_equal(self, tables):
        answer = tables.answer("Scan", FILTER | NAMED | VALUE)
        assert answer["Count"] == 1
        assert not tables.differences

    @pytest.mark.parametrize(
        ("operation", "asked"),
        [
            ("Scan", {**FILTER, "FilterExpression": "text = :t", **VALUE}),
            (
                "UpdateItem",
                {**SET, **NAMED, "ExpressionAttributeValues": {":t": {"S": "a"}, ":u": {"S": "b"}}},
            ),
            (
                "UpdateItem",
                {**SET, "ExpressionAttributeNames": {"#t": "text", "#u": "until"}, **VALUE},
            ),
        ],
        ids=["reserved word", "unused value", "unused name"],
    )
    def test_notices_a_call_that_is_refused(self, tables, operation, asked):
        tables.answer(operation, asked)
        (difference,) = tables.differences
        assert "ValidationException" in difference

    def test_notices_a_wrong_answer(self, tables, monkeypatch):
        monkeypatch.setattr("infra.harness.dynamodb.database.Database._get", lambda self, asked: {})
        tables.answer("GetItem", GET)
        assert "memory answers" in tables.differences[0]

    def test_asks_once_a_shape_and_shows_no_value(self, tables):
        other = {**GET, "Key": {"pk": {"S": "REPLY#2"}}}
        assert shape_of(GET) == shape_of(other)
        tables.answer("GetItem", GET)
        seen = set(memory_tables.compared)
        tables.answer("GetItem", other)
        assert memory_tables.compared == seen

    def test_is_made_by_one_process_of_a_run(self, tables, monkeypatch, tmp_path):
        monkeypatch.setattr(memory_tables, "run", [tmp_path])
        tables.answer("GetItem", GET)
        monkeypatch.setattr(memory_tables, "compared", set())  # as in another process
        monkeypatch.setattr("infra.harness.dynamodb.database.Database._get", lambda self, asked: {})
        tables.answer("GetItem", GET)
        assert not tables.differences
        tables.answer("GetItem", {**GET, "ConsistentRead": True})
        assert tables.differences

    def test_gives_parts_of_a_call_one_shape(self):
        one, two = ({"Put": {"TableName": "Guards", "Item": {"pk": {"S": str(n)}}}} for n in (1, 2))
        assert shape_of({"TransactItems": [one]}) == shape_of({"TransactItems": [two, one]})

    def test_is_the_same_of_other_names_but_not_of_keys(self):
        def named(*names):
            return shape_of(
                {"ExpressionAttributeNames": dict(zip(("#0", "#1"), names, strict=True))}
            )

        assert named("text", "until") == named("until", "words") != named("text", "text")
        assert named("text", "until") != named("text", "sk")
