"""What people decided, of rows that `make restore` and `make adopt` do not overwrite.

A file of the feed may make a lost row again before its copy comes back. Such a row has what the
records system says and nothing of what the desk had decided. In the same way, switches that were
turned again after a loss do not say what was off before.
"""

from collections.abc import Mapping
from typing import Any

from aviso.domain.send_guards import Switches
from aviso.storage import name_index, name_key, sending_controls
from aviso.storage.cases import DESK_FIELDS, SUPERSEDED
from aviso.storage.guard_items import GuardItem
from aviso.storage.tables import ignore_if_changed
from infra.deploy.progress import say

Row = Mapping[str, Any]
UNSAFE = "desk_unsafe"


def decide_again(database: Any, lost: Row, table: str) -> None:
    """Give a row that was made again what the desk had decided on the lost one.

    What the desk decided on the new row stays, and a contact is unsafe if either row says so. A row
    that was never lost has all decisions, and what it lacks was taken back: it stays as it is.
    """
    if not lost.keys() & DESK_FIELDS:
        return
    key = {name: lost[name] for name in ("pk", "sk")}
    now = database.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    while now and (wanted := _decided(lost, now)):
        with ignore_if_changed():
            _set(database, table, key, now, wanted)
        now = database.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")


def _decided(lost: Row, now: Row) -> dict[str, Any]:
    """Return what a row lacks of the desk's decisions on the lost one."""
    person = lost["sk"]["S"] != "CASE"
    moved = "renumbered_to" in now or now.get("digest", {}).get("S", "").startswith(SUPERSEDED)
    if moved or (person and now.get("first_seen") == lost.get("first_seen")):
        return {}
    wanted = {name: lost[name] for name in (lost.keys() & DESK_FIELDS) - now.keys()}
    if UNSAFE in lost and UNSAFE in now:
        marks = now[UNSAFE]["L"]
        if more := [mark for mark in lost[UNSAFE]["L"] if mark not in marks]:
            wanted[UNSAFE] = {"L": [*marks, *more]}
    return wanted


def _set(database: Any, table: str, key: Row, now: Row, wanted: Row) -> None:
    """Set attributes of a row, unless somebody changed them since it was read."""
    same = ["attribute_exists(pk)"]
    same += [f"{n} = :was_{n}" if n in now else f"attribute_not_exists({n})" for n in wanted]
    values = {f":{n}": value for n, value in wanted.items()}
    values |= {f":was_{n}": now[n] for n in wanted if n in now}
    database.update_item(
        TableName=table,
        Key=key,
        UpdateExpression=f"SET {', '.join(f'{n} = :{n}' for n in wanted)}",
        ConditionExpression=" AND ".join(same),
        ExpressionAttributeValues=values,
    )


def switches_in(database: Any, guards: str) -> Switches:
    """Return the switches of a table; all are off where it has none."""
    row = _guard(database, guards, sending_controls.SWITCHES)
    return sending_controls.switches_of(GuardItem.from_raw_data(row) if row else None)


def say_kill(command: str) -> None:
    """Say if the kill switch is on before a command turns it on: its reason may outlast that."""
    if sending_controls.switches().kill:
        say(f"{command}: the kill switch was on already, by an earlier run or for another reason")


def stop_as(before: Switches, command: str) -> None:
    """Keep off what was off before: kinds of notices, and all by the brake; know what is usual.

    Whether the kill switch and trial mode were on is only said: a person decides about them.
    """
    for name, on in (("the kill switch", before.kill), ("trial mode", before.trial)):
        say(f"{command}: {name} was {'on' if on else 'off'} before")
    now = sending_controls.switches()
    sending_controls.turn(
        kinds_off=sorted(now.kinds_off | before.kinds_off), brake=now.brake or before.brake
    )
    sending_controls.set_usual(before.usual_notices, before.usual_corrections)


def hand_over_name_key(database: Any, kept: str, guards: str) -> int:
    """Give a table the key of the hashes of names that a kept one has.

    People who were imported under another key are found by name again.

    Returns:
        How many people's rows had been hashed under another key.
    """
    row = _guard(database, kept, name_key.ROW)
    if row is None:
        return 0
    database.put_item(TableName=guards, Item=row)
    name_key.forget()
    return name_index.hash_again()


def _guard(database: Any, guards: str, name: str) -> Row | None:
    key = {"pk": {"S": name}}
    row: Row | None = database.get_item(TableName=guards, Key=key, ConsistentRead=True).get("Item")
    return row
