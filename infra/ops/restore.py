"""Restore lost rows from a point in time, without telling anybody twice.

The moment is the last one before the loss. Each table is restored to a copy as it was then, and its
rows are copied back as `aviso adopt` copies them: none over an existing one, notices before cases,
the kill switch on first and left on. Other switches keep their current values if they were not
lost; else what was turned off is off again, and trial mode is on. Nothing is restored that would
let somebody in again (visits, codes, sign-ins), nor a STOP that its sender took back since.

What happened since is entered again by ids (`after_moment`). With `--tables Tallies`, only the
counters come back. Run it again after a crash; at its end the copies are deleted.
"""

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from aviso.staff import switch_decisions
from aviso.storage import sending_controls
from infra.deploy import kept_switches
from infra.deploy.adopt import TABLES, sealed
from infra.deploy.answers import named_as
from infra.deploy.kept_name_key import hand_over_name_key
from infra.deploy.progress import say
from infra.deploy.rows import NEVER_COPIED, Row, copy_missing, scan_rows, was_taken_back
from infra.deploy.stacks import DeployError
from infra.ops import after_moment, connection, every_case
from infra.ops.connection import operator
from infra.repository import SAMPLE

COUNTERS = "Tallies"
ALL = (*TABLES, COUNTERS)
# Or waits for somebody who was at work.
LETS_IN = ("SESSION#", "CODE#", "SIGNIN#", "STAFF#", "RESET#", "PRINTING")
PATIENCE = {"Delay": 10, "MaxAttempts": 1_000}
NEXT = """
What is left to you:
    1. If Cases lost rows: have the records system send its files since then again. If names were
       hashed again (see above), wait an hour before: until then some functions may know the other
       key, and people whom they import are not found by name.
       Look at what is restricted and held (docs/recovery.md).
    2. ./aviso data recount{stack}
                         counters of open days: what came back was counted again. Where it differs:
                         empty the table Tallies (DynamoDB console), then
                         ./aviso data restore --at {at} --tables Tallies --by {by}{stack}
                         ./aviso data recount --rebuild{stack}
    3. ./aviso switch --trial off --by {by}{stack}
                         if trial mode was off before the loss (see above); before the next
                         step, or all that is owed is held for trial mode
    4. ./aviso switch --kill off --by {by}{stack}
                         once *required notices found missing* on the dashboard is 0 (the last
                         hour's, not the last comparison of all cases), unless the switch was on
                         before for another reason
"""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time that tables are restored to."""

    at: datetime

    def copy_of(self, table: str) -> str:
        """Return the name of a table's copy at this moment: the same on each call."""
        return f"{table}-{self.at:%Y%m%dT%H%M%SZ}"


def run(agency: Path, at: datetime, tables: str, by: str) -> None:
    """Restore; print what is left to do."""
    moment, names = Moment(at), wanted(tables or ",".join(ALL))
    outputs, _ = connection.begun(agency, by, own_settings=True)
    bring_all_back(outputs, names, moment, by)
    given = None if agency == SAMPLE else agency
    say(left_to_do(f"{at:%Y-%m-%dT%H:%M:%SZ}", by, given))


def left_to_do(at: str, by: str, agency: Path | None) -> str:
    """Return a person's next steps, in commands that act on the same stack as this one."""
    return NEXT.format(at=at, by=shlex.quote(by), stack=named_as(agency))


def bring_all_back(
    outputs: Mapping[str, str], names: Sequence[str], moment: Moment, by: str
) -> None:
    """Restore the tables of a stack, copy missing rows, and plan every case again.

    With the table of counters alone, only its rows are copied.
    """
    lost = sending_controls.never_set()
    if lost and "Guards" not in names:
        raise DeployError("the switches were lost: add Guards to --tables")
    database = boto3.client("dynamodb")
    tables = {name: outputs[f"{name}Table"] for name in ALL}
    for name in names:  # to copies: where AWS lacks the moment, nothing was changed
        begin(database, tables[name], moment)
    actor = operator(by)
    kept_switches.say_if_kill_switch_was_on("restore")
    for switch in ("kill_on", "trial_on") if lost else ("kill_on",):
        switch_decisions.turn(switch, actor)
    actor.note("tables_restored", "", subject=f"{moment.at:%Y-%m-%dT%H:%M:%SZ}")
    say("restore: the kill switch is on; nothing is sent meanwhile")
    if "Notices" in names:  # first: a notice that comes back planned is decided at once
        after_moment.hold_told(outputs, moment.at, actor.now)
    for name in names:
        count = bring_back(database, name, tables[name], moment)
        say(f"restore: {count:9,} rows into {name}")
    if "Guards" in names:
        copied = moment.copy_of(tables["Guards"])
        count = hand_over_name_key(database, copied, tables["Guards"])
        say(f"restore: {count:9,} people's names are hashed again, under the key that was lost")
        before = kept_switches.switches_in(database, copied)
        if lost:
            kept_switches.turn_off_as_before(before, "restore", actor)
            say("restore: the switches were lost, so trial mode is on too, without guests")
        else:
            kept_switches.say_if_on_since(before, "restore")
    if set(names) != {COUNTERS}:
        now = datetime.now(UTC)
        done = after_moment.acts(outputs, moment.at, now)
        after_moment.enter_again(done, names, operator(by))
        every_case.plan(outputs, now)
        say("restore: Reconcile goes through all cases and plans what is missing")
    drop(database, [moment.copy_of(tables[name]) for name in names])


def drop(database: Any, copies: Collection[str]) -> None:
    """Delete copies. A second restore to this moment must not meet one that is on its way out."""
    for made in copies:
        database.delete_table(TableName=made)
    for made in copies:
        database.get_waiter("table_not_exists").wait(TableName=made, WaiterConfig=PATIENCE)


def wanted(text: str) -> list[str]:
    """Return the named tables, in the order in which they are restored.

    Raises:
        DeployError: when one is unknown.
    """
    asked = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := set(asked) - set(ALL):
        raise DeployError(f"there is no table {unknown.pop()}; --tables are {','.join(ALL)}")
    return [name for name in ALL if name in asked]


def begin(database: Any, table: str, moment: Moment) -> None:
    """Start restoring a table to a copy, unless an earlier run did.

    Raises:
        DeployError: when AWS cannot restore it to that moment.
    """
    made = moment.copy_of(table)
    try:
        database.restore_table_to_point_in_time(
            SourceTableName=table, TargetTableName=made, RestoreDateTime=moment.at
        )
    except (
        database.exceptions.TableAlreadyExistsException,
        database.exceptions.ResourceInUseException,
    ):
        say(f"restore: {made} exists from an earlier run and is used")
    except (
        database.exceptions.InvalidRestoreTimeException,
        database.exceptions.PointInTimeRecoveryUnavailableException,
    ) as error:
        raise DeployError(
            f"AWS does not have {table} as it was at {moment.at:%Y-%m-%dT%H:%M:%SZ}, and nothing "
            f"was changed: {error.response['Error']['Message']}. It has the last 35 days without "
            "the last minutes, and nothing before the table was made. Delete copies that an "
            f"earlier table got by now, whose names end in {moment.copy_of('')}, in the DynamoDB "
            "console"
        ) from None


def bring_back(database: Any, name: str, table: str, moment: Moment) -> int:
    """Copy missing rows from a table's copy; return how many were restored."""
    made = moment.copy_of(table)
    database.get_waiter("table_exists").wait(TableName=made, WaiterConfig=PATIENCE)
    rows = scan_rows(database, made)
    if name == COUNTERS:
        rows = sealed(rows)
    if name in ("Guards", "Members"):
        rows = (row for row in rows if _holds(database, table, row))
    return copy_missing(database, rows, table)


def _holds(database: Any, guards: str, row: Row) -> bool:
    """Whether a guard may be restored: it lets nobody in, and was not taken back since."""
    name = row["pk"]["S"]
    lets_in = name in NEVER_COPIED or name.startswith(LETS_IN)
    return not lets_in and not was_taken_back(database, guards, row)
