"""All rows about a case, of any kind: to show, to expire, or to erase.

The other modules each know one kind of row. Retention, export and erasure must miss no row, not
even one that a later release adds, so this module reads items as DynamoDB stores them.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from aviso.domain.value import Frozen
from aviso.runtime import environment
from aviso.storage.case_items import partition
from aviso.storage.model_calls import client
from aviso.storage.notice_items import NoticeItem
from aviso.storage.tables import ignore_if_changed

TABLES = {"cases": "CASES_TABLE", "notices": "NOTICES_TABLE", "responses": "RESPONSES_TABLE"}
PLAIN = {"S": str, "N": float, "BOOL": bool}


class Stored(Frozen, frozen=True):
    """One item as stored."""

    table: str  # cases, notices or responses
    key: Mapping[str, Any]
    content: Mapping[str, Any]
    image: Mapping[str, Any]  # the same as DynamoDB stores it

    def text(self, name: str) -> str:
        """Return a text attribute, empty when it is not there."""
        return str(self.content.get(name) or "")


def of_case(number: str) -> Iterator[Stored]:
    """Yield every row under a case's number."""
    query = {"KeyConditionExpression": "pk = :pk"}
    yield from _query("cases", query, {":pk": {"S": partition(number)}})


def ledger_of(origin: str) -> Iterator[Stored]:
    """Yield every hand-off and notice of a case with its attempts, and each survey's answer."""
    index = {"IndexName": NoticeItem.by_case.Meta.index_name, "ConsistentRead": False}
    named = {"ExpressionAttributeNames": {"#case": "case"}}  # a reserved word
    query = {"KeyConditionExpression": "#case = :case"} | index | named
    for entry in list(_query("notices", query, {":case": {"S": origin}})):
        for table in ("notices", "responses"):
            one = {"KeyConditionExpression": "pk = :pk"}
            yield from _query(table, one, {":pk": entry.key["pk"]})


def expire(items: Iterable[Stored], at: Mapping[str, datetime]) -> int:
    """Set items to expire at a time, by table; return how many. Deleted items stay deleted."""
    count = 0
    for item in items:
        with ignore_if_changed():
            client().update_item(
                TableName=name_of(item.table),
                Key=dict(item.key),
                UpdateExpression="SET expires = :at",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":at": {"N": str(int(at[item.table].timestamp()))}},
            )
            count += 1
    return count


def keep(items: Iterable[Stored]) -> None:
    """Undo `expire`: the case must be kept. Deleted items stay deleted."""
    for item in items:
        if "expires" in item.content:
            with ignore_if_changed():
                client().update_item(
                    TableName=name_of(item.table),
                    Key=dict(item.key),
                    UpdateExpression="REMOVE expires",
                    ConditionExpression="attribute_exists(pk)",
                )


def delete(items: Iterable[Stored]) -> int:
    """Delete items at once; return how many."""
    count = 0
    for item in items:
        client().delete_item(TableName=name_of(item.table), Key=dict(item.key))
        count += 1
    return count


def name_of(table: str) -> str:
    """Return a table's name in AWS."""
    return environment.name(TABLES[table], table.capitalize())


def _query(table: str, query: Mapping[str, Any], values: Mapping[str, Any]) -> Iterator[Stored]:
    pages = client().get_paginator("query")
    names = ("pk",) if table == "responses" else ("pk", "sk")
    asked = {"TableName": name_of(table), "ConsistentRead": True, **query}
    for page in pages.paginate(**asked, ExpressionAttributeValues=dict(values)):
        for item in page["Items"]:
            content = {name: _plain(value) for name, value in item.items()}
            yield Stored(table, {name: item[name] for name in names}, content, item)


def _plain(value: Mapping[str, Any]) -> Any:
    """Return an attribute as plain data."""
    ((kind, inner),) = value.items()
    if kind == "M":
        return {name: _plain(one) for name, one in inner.items()}
    if kind == "L":
        return [_plain(one) for one in inner]
    if kind == "NULL":
        return None
    return list(inner) if kind.endswith("S") and kind != "S" else PLAIN.get(kind, str)(inner)
