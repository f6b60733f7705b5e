"""What people decided, of rows that `make restore` and `make adopt` do not overwrite.

A file of the feed may make a lost row again before its copy comes back. Such a row has what the
records system says and nothing of what the desk had decided. In the same way, switches that were
turned again after a loss do not say what was off before.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aviso.domain.send_guards import Switches
from aviso.staff import case_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases, name_index, name_key, sending_controls
from aviso.storage.case_items import CaseItem, partition
from aviso.storage.cases import DESK_FIELDS, SUPERSEDED
from aviso.storage.guard_items import GuardItem
from aviso.storage.tables import ignore_if_changed
from infra.deploy.progress import say

Row = Mapping[str, Any]
UNSAFE, SIGN_UP = "desk_unsafe", "ENROLLMENT#"


def decide_again(database: Any, lost: Row, table: str) -> None:
    """Give a row that was made again what the desk had decided on the lost one.

    What the desk decided on the new row stays, and a contact is unsafe if either row says so. A row
    that was never lost has all decisions, and what it lacks was taken back: it stays as it is.
    """
    if not lost.keys() & DESK_FIELDS:
        return
    key = {name: lost[name]["S"] for name in ("pk", "sk")}
    now = _row(database, table, **key)
    while now and (wanted := _decided(lost, now)):
        with ignore_if_changed():
            _set(database, table, now, wanted)
        now = _row(database, table, **key)


def case_without(database: Any, lost: Row, table: str) -> str:
    """Return the number of a case that lacks a lost row's decisions or sign-up; empty if none does.

    A file made the case again and renumbered it before the row came back, so no function reads the
    row. Where it moved along before it was lost, the row under its present key has all.
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
    say(f"case {number} was renumbered and lacks what people had decided: it is restricted")


def _moved(row: Row) -> bool:
    """Whether a row was renumbered, so that it only leads to another one."""
    return "renumbered_to" in row or row.get("digest", {}).get("S", "").startswith(SUPERSEDED)


def _decided(lost: Row, now: Row) -> dict[str, Any]:
    """Return what a row lacks of the desk's decisions on the lost one."""
    person = lost["sk"]["S"] != "CASE"
    if _moved(now) or (person and now.get("first_seen") == lost.get("first_seen")):
        return {}
    wanted = {name: lost[name] for name in (lost.keys() & DESK_FIELDS) - now.keys()}
    if UNSAFE in lost and UNSAFE in now:
        marks = now[UNSAFE]["L"]
        if more := [mark for mark in lost[UNSAFE]["L"] if mark not in marks]:
            wanted[UNSAFE] = {"L": [*marks, *more]}
    return wanted


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


def switches_in(database: Any, guards: str) -> Switches:
    """Return the switches of a table; all are off where it has none."""
    row = _row(database, guards, pk=sending_controls.SWITCHES)
    return sending_controls.switches_of(GuardItem.from_raw_data(row) if row else None)


def say_kill(command: str) -> None:
    """Say if the kill switch is on before a command turns it on: its reason may outlast that."""
    if sending_controls.switches().kill:
        say(f"{command}: the kill switch was on already, by an earlier run or for another reason")


def stop_as(before: Switches, source: str, command: str) -> None:
    """Keep off what was off before: kinds of notices, and all by the brake; know what is usual.

    Whether the kill switch and trial mode were on is only said: a person decides about them. A
    second run for the same source changes nothing: what is on by then, a person turned on.

    Args:
        source: the table that `before` was read from.
    """
    for name, on in (("the kill switch", before.kill), ("trial mode", before.trial)):
        say(f"{command}: {name} was {'on' if on else 'off'} before")
    if sending_controls.taken_from() == source:
        return
    now = sending_controls.switches()
    sending_controls.set_usual(before.usual_notices, before.usual_corrections)
    sending_controls.turn(
        kinds_off=sorted(now.kinds_off | before.kinds_off),
        brake=now.brake or before.brake,
        taken_from=source,
    )


def say_if_on_since(before: Switches, command: str) -> None:
    """Say which kinds of notices were off before and are on now, and if the brake was."""
    now = sending_controls.switches()
    if kinds := sorted(before.kinds_off - now.kinds_off):
        say(
            f"{command}: these kinds of notices were off before, and are on now: {', '.join(kinds)}"
        )
    if before.brake and not now.brake:
        say(f"{command}: the brake had stopped all messages before, and does not now")


def hand_over_name_key(database: Any, kept: str, guards: str) -> int:
    """Give a table the key of the hashes of names that a kept one has.

    People who were imported under another key are found by name again.

    Returns:
        How many people's rows had been hashed under another key.
    """
    row = _row(database, kept, pk=name_key.ROW)
    if row is None:
        return 0
    database.put_item(TableName=guards, Item=row)
    name_key.forget()
    return name_index.hash_again()


def _row(database: Any, table: str, **key: str) -> Row | None:
    asked = {name: {"S": value} for name, value in key.items()}
    row: Row | None = database.get_item(TableName=table, Key=asked, ConsistentRead=True).get("Item")
    return row
