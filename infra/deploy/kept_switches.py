"""The switches of a table that was kept or restored, for a stack that takes them over."""

from typing import Any

from aviso.domain.guards import Switches
from aviso.staff import switch_decisions
from aviso.staff.actor import Actor
from aviso.storage import case_decisions, sending_controls
from aviso.storage.guard_items import GuardItem
from infra.deploy.progress import say


def switches_in(database: Any, guards: str) -> Switches:
    """Return the switches of a table; all are off where it has none."""
    key = {"pk": {"S": sending_controls.SWITCHES}}
    row = database.get_item(TableName=guards, Key=key, ConsistentRead=True).get("Item")
    return sending_controls.switches_of(GuardItem.from_raw_data(row) if row else None)


def say_if_kill_switch_was_on(command: str) -> None:
    """Say if the kill switch is on before a command turns it on: its reason may outlast that."""
    if sending_controls.switches().kill:
        say(f"{command}: the kill switch was on already, by an earlier run or for another reason")


def turn_off_as_before(before: Switches, command: str, actor: Actor) -> None:
    """Turn off what was off before: kinds of notices, and all by the brake; know what is usual.

    Each is an act in the audit trail. Whether the kill switch and trial mode were on is only said:
    a person decides about them.
    """
    for name, on in (("the kill switch", before.kill), ("trial mode", before.trial)):
        say(f"{command}: {name} was {'on' if on else 'off'} before")
    now = sending_controls.switches()
    sending_controls.set_usual(before.usual_notices, before.usual_corrections, before.usual_words)
    for kind in sorted(before.kinds_off - now.kinds_off):
        switch_decisions.turn("kind_off", actor, kind=kind)
    if before.brake and not now.brake:  # for the reason it had, not the desk's
        case_decisions.turn({"brake": before.brake}, actor.record("switch_brake_on", ""))


def say_if_on_since(before: Switches, command: str) -> None:
    """Say which kinds of notices were off before and are on now, and if the brake was."""
    now = sending_controls.switches()
    if kinds := sorted(before.kinds_off - now.kinds_off):
        say(
            f"{command}: these kinds of notices were off before, and are on now: {', '.join(kinds)}"
        )
    if before.brake and not now.brake:
        say(f"{command}: the brake had stopped all messages before, and does not now")
