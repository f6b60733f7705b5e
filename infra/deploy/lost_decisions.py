"""The desk's decisions on rows that were lost and that a file made again before they came back.

Such a row has what the records system says and nothing of what the desk had decided. `make restore`
and `make adopt` do not overwrite it: they give it the decisions of the lost row.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aviso.staff import case_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases
from aviso.storage.case_items import CaseItem, partition
from aviso.storage.cases import DESK_FIELDS, SUPERSEDED
from aviso.storage.tables import ignore_if_changed
from infra.deploy.progress import say

Row = Mapping[str, Any]
UNSAFE, SIGN_UP, GIVEN_BY = "desk_unsafe", "ENROLLMENT#", "decided_as_of"


def restore_decisions(database: Any, lost: Row, table: str, source: str) -> None:
    """Give a row that was made again what the desk had decided on the lost one.

    What the desk decided on the new row stays, and a contact is unsafe if either row says so. A row
    that was never lost has all decisions, and what it lacks was taken back: it stays as it is. So
    does a person's row that an earlier run gave the decisions of the same source.
    """
    if not lost.keys() & DESK_FIELDS:
        return
    key = {name: lost[name]["S"] for name in ("pk", "sk")}
    now = _row(database, table, **key)
    while now and (wanted := _decided(lost, now, source)):
        with ignore_if_changed():
            _set(database, table, now, wanted)
        now = _row(database, table, **key)


def case_without(database: Any, lost: Row, table: str) -> str:
    """Return the number of a case that lacks a lost row's decisions or sign-up; empty if none does.

    A file made the case again and renumbered it, or the row's person, before the row came back, so
    no function reads the row. Where it moved along before it was lost, the row under its present
    key has all.
    """
    number, key = lost["pk"]["S"].removeprefix("CASE#"), lost.get("sk", {}).get("S", "")
    names = lost.keys() & DESK_FIELDS
    if not names and not key.startswith(SIGN_UP):
        return ""
    found = [
        _row(database, table, pk=lost["pk"]["S"], sk=sk) for sk in dict.fromkeys(("CASE", key))
    ]
    if not any(_moved(row) for row in found if row):
        return ""
    present = cases.read_case(number).number
    for row in CaseItem.stored(partition(present)):
        same = row.get("origin") == lost.get("origin") if names else row["sk"]["S"] == key
        if same and all(row.get(name) == lost[name] for name in names):
            return ""
    return present


def restrict(number: str) -> None:
    """Restrict a case until a person looks, and say so."""
    case = cases.read_case(number)
    if case.report is None:
        say(f"case {number} lacks what people had decided, and its report: restrict it later")
        return
    if case.report.desk_restriction != "restricted":
        case_decisions.restrict(case, Actor.operator("restored rows", datetime.now(UTC)))
    say(
        f"case {number} lacks what people had decided, because a file renumbered it or one of its "
        "people: it is restricted"
    )


def _moved(row: Row) -> bool:
    """Whether a row was renumbered, so that it only leads to another one."""
    return "renumbered_to" in row or row.get("digest", {}).get("S", "").startswith(SUPERSEDED)


def _decided(lost: Row, now: Row, source: str) -> dict[str, Any]:
    """Return what a row lacks of the desk's decisions on the lost one.

    Only of a person can the desk take a decision back so that nothing of it is left in the row.
    """
    person, given_by = lost["sk"]["S"] != "CASE", {"S": source}
    never_lost = now.get("first_seen") == lost.get("first_seen")
    if _moved(now) or (person and (never_lost or now.get(GIVEN_BY) == given_by)):
        return {}
    wanted = {name: lost[name] for name in (lost.keys() & DESK_FIELDS) - now.keys()}
    if UNSAFE in lost and UNSAFE in now:
        marks = now[UNSAFE]["L"]
        if more := [mark for mark in lost[UNSAFE]["L"] if mark not in marks]:
            wanted[UNSAFE] = {"L": [*marks, *more]}
    return wanted | {GIVEN_BY: given_by} if person else wanted


def _set(database: Any, table: str, now: Row, wanted: Row) -> None:
    """Set attributes of a row, unless somebody changed them since it was read."""
    same = ["attribute_exists(pk)"]
    same += [f"{n} = :was_{n}" if n in now else f"attribute_not_exists({n})" for n in wanted]
    values = {f":{n}": value for n, value in wanted.items()}
    values |= {f":was_{n}": now[n] for n in wanted if n in now}
    database.update_item(
        TableName=table,
        Key={name: now[name] for name in ("pk", "sk")},
        UpdateExpression=f"SET {', '.join(f'{n} = :{n}' for n in wanted)}",
        ConditionExpression=" AND ".join(same),
        ExpressionAttributeValues=values,
    )


def _row(database: Any, table: str, **key: str) -> Row | None:
    asked = {name: {"S": value} for name, value in key.items()}
    row: Row | None = database.get_item(TableName=table, Key=asked, ConsistentRead=True).get("Item")
    return row
