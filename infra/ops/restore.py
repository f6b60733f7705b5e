"""`make restore`: restore lost rows from a point in time, without telling anybody twice.

    make restore AT=2026-11-24T08:30Z AGENCY=police.yaml                       all tables
    make restore AT=2026-11-24T08:30Z AGENCY=police.yaml TABLES=Notices,Cases  these

AT is the last moment before the loss. Each table is restored to a copy as it was then, and its rows
are copied back as `make adopt` copies them: none over an existing one, notices before cases, the
kill switch on first and left on. Other switches keep their current values if they were not lost;
else what was turned off is off again, and trial mode is on. Nothing is restored that would
let somebody in again (visits, codes, sign-ins), nor a STOP that its sender took back since.

What people did since AT comes from the audit trail's locked copy (`acts_since`), and what was told
since from the logs (`told_since`). With `TABLES=Tallies`, only the counters come back, and nothing
is done about people. Run it again after a crash; at its end the copies are deleted.
"""

import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from aviso.compliance import retention
from aviso.staff import switch_decisions
from aviso.staff.actor import Actor
from aviso.storage import sending_controls
from infra.deploy import kept_switches
from infra.deploy.adopt import TABLES, sealed
from infra.deploy.agency_settings import compile_settings
from infra.deploy.answers import named_as
from infra.deploy.kept_name_key import hand_over_name_key
from infra.deploy.progress import say
from infra.deploy.rows import NEVER_COPIED, Row, copy_missing, scan_rows, was_taken_back
from infra.deploy.stacks import DeployError
from infra.ops import acts_since, every_case, told_since
from infra.ops.connection import SAMPLE, by_a_person, connect, operator, past

COUNTERS = "Tallies"
ALL = (*TABLES, COUNTERS)
# Or waits for somebody who was at work.
LETS_IN = ("SESSION#", "CODE#", "SIGNIN#", "STAFF#", "RESET#", "PRINTING")
BRING_PEOPLE = frozenset({"Cases", "Responses"})  # tables with rows about a victim
PATIENCE = {"Delay": 10, "MaxAttempts": 1_000}
NEXT = """
What is left to you:
    1. If Cases lost rows: have the records system send its files since then again. If names were
       hashed again (see above), wait an hour before: until then some functions may know the other
       key, and people whom they import are not found by name.
       Look at what is restricted and held (docs/recovery.md).
    2. make told-since AT={at} BY={by}{stack}
                         until it says *done*: what was told since is not told again
    3. make recount{stack}
                         counters of open days: what came back was counted again. Where it differs:
                         empty the table Tallies (DynamoDB console), then
                         make restore AT={at} TABLES=Tallies BY={by}{stack}
                         make recount REBUILD=1{stack}
    4. make switch TRIAL=off BY={by}{stack}
                         if trial mode was off before the loss (see above); before the next
                         step, or all that is owed is held for trial mode
    5. make switch KILL=off BY={by}{stack}
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


def main() -> int:
    """Restore; return the exit code."""
    parser = by_a_person(__doc__)
    parser.add_argument("--at", required=True, help="the last moment before the loss, in UTC")
    parser.add_argument("--tables", default=",".join(ALL))
    options = parser.parse_args()
    moment, names = Moment(instant(options.at)), wanted(options.tables)
    outputs = connect(options.agency, own_settings=True)
    settings = compile_settings(options.agency)
    bring_all_back(outputs, names, moment, options.by, settings)
    given = None if options.agency == SAMPLE else options.agency
    say(left_to_do(options.at, options.by, given))
    return 0


def left_to_do(at: str, by: str, agency: Path | None) -> str:
    """Return a person's next steps, in commands that act on the same stack as this one."""
    return NEXT.format(at=at, by=shlex.quote(by), stack=named_as(agency))


def bring_all_back(
    outputs: Mapping[str, str], names: Sequence[str], moment: Moment, by: str, settings: Any
) -> None:
    """Restore the tables of a stack, copy missing rows, and plan every case again.

    With the table of counters alone, only its rows are copied.
    """
    lost = sending_controls.never_set()
    if lost and "Guards" not in names:
        raise DeployError("the switches were lost: add Guards to TABLES")
    database = boto3.client("dynamodb")
    tables = {name: outputs[f"{name}Table"] for name in ALL}
    for name in names:  # to copies: where AWS lacks the moment, nothing was changed
        begin(database, tables[name], moment)
    actor = operator(by)
    kept_switches.say_if_kill_switch_was_on("restore")
    switch_decisions.turn("kill_on", actor)
    alone = set(names) == {COUNTERS}
    began = acts_since.stamp(moment.at)
    actor.note(acts_since.RESTORED, "", subject=f"{began}: {COUNTERS}" if alone else began)
    say("restore: the kill switch is on; nothing is sent meanwhile")
    for name in names:
        count = bring_back(database, name, tables[name], moment)
        say(f"restore: {count:9,} rows into {name}")
    copied = moment.copy_of(tables["Guards"])
    if "Guards" in names:
        count = hand_over_name_key(database, copied, tables["Guards"])
        say(f"restore: {count:9,} people's names are hashed again, under the key that was lost")
        before = kept_switches.switches_in(database, copied)
        earlier_restore = f"{tables['Guards']}-"  # an adoption took them from another table
        if lost or sending_controls.taken_from().startswith(earlier_restore):
            kept_switches.turn_off_as_before(before, copied, "restore", actor)
        else:
            kept_switches.say_if_on_since(before, "restore")
    if lost:
        switch_decisions.turn("trial_on", actor)
        say("restore: the switches were lost, so trial mode is on too, without guests")
    if not alone:
        settle(outputs, names, moment, by, settings)
    drop(database, [moment.copy_of(tables[name]) for name in names])


def settle(
    outputs: Mapping[str, str], names: Collection[str], moment: Moment, by: str, settings: Any
) -> None:
    """Do again what people did since, settle what was told since, and plan every case again."""
    actor = operator(by)
    acts = repeat_acts(outputs, outputs["AuditTable"], moment, actor, names)
    erased = acts_since.erased(acts)
    if "Guards" in names:
        count = acts_since.erase_texts_again(acts)
        say(f"restore: {count:9,} texts of victims who were erased since are deleted again")
    if BRING_PEOPLE.isdisjoint(names):  # else what was erased has just come back
        erased = {who: at for who, at in erased.items() if not acts_since.came_back(*who, at)}
    count = erase_again(sorted(erased), by, settings)
    say(f"restore: {count:9,} victims who were erased since are erased again")
    # A run of Reconcile that began before this moment has not planned all that is owed.
    operator(by).note(acts_since.RESTORED, "", subject=acts_since.stamp(moment.at))
    if "LogGroup" in outputs:
        told_since.report(told_since.settle_since(outputs, moment.at, actor))
    every_case.plan(outputs, datetime.now(UTC))
    say("restore: Reconcile goes through all cases and plans what is missing")


def drop(database: Any, copies: Collection[str]) -> None:
    """Delete copies. A second restore to this moment must not meet one that is on its way out."""
    for made in copies:
        database.delete_table(TableName=made)
    for made in copies:
        database.get_waiter("table_not_exists").wait(TableName=made, WaiterConfig=PATIENCE)


def instant(text: str) -> datetime:
    """Return a moment that a person typed.

    Raises:
        DeployError: when it is none, has no time zone, or is in the future.
    """
    if (found := past(text)) is None:
        raise DeployError(
            "say AT which moment before the loss, with its time zone: AT=2026-11-24T08:30Z"
        )
    return found


def wanted(text: str) -> list[str]:
    """Return the named tables, in the order in which they are restored.

    Raises:
        DeployError: when one is unknown.
    """
    asked = [name.strip() for name in text.split(",") if name.strip()]
    if unknown := set(asked) - set(ALL):
        raise DeployError(f"there is no table {unknown.pop()}; TABLES are {','.join(ALL)}")
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
    return copy_missing(database, rows, table, made)


def _holds(database: Any, guards: str, row: Row) -> bool:
    """Whether a guard may be restored: it lets nobody in, and was not taken back since."""
    name = row["pk"]["S"]
    lets_in = name in NEVER_COPIED or name.startswith(LETS_IN)
    return not lets_in and not was_taken_back(database, guards, row)


def repeat_acts(
    outputs: Mapping[str, str],
    trail: str,
    moment: Moment,
    actor: Actor,
    names: Collection[str],
) -> Sequence[acts_since.Act]:
    """Do again what people did since, restrict the cases that they changed; return the acts.

    If `names` has the table Cases, each change counts: also where no row came back now, because a
    file had made each lost row again, or a former run had brought it back.
    """
    database = boto3.client("dynamodb")
    if "AuditBucket" in outputs:
        bucket, now = outputs["AuditBucket"], datetime.now(UTC)
        count = acts_since.bring_trail_back(database, trail, bucket, moment.at, now)
        say(f"restore: {count:9,} rows into Audit from its locked copy")
    acts = acts_since.of_trail(database, trail, moment.at)
    say(f"restore: {acts_since.stop_again(acts):9,} STOPs and answers since then are set again")
    say(f"restore: {acts_since.lock_again(acts, actor):9,} accounts are locked again")
    say(f"restore: {acts_since.hold_again(acts, actor):9,} legal holds are as people left them")
    count, missing = acts_since.restrict_changed(
        acts, moment.at, actor, all_changes="Cases" in names
    )
    say(f"restore: {count:9,} cases that somebody changed since are restricted: look at each")
    for number in missing:
        say(f"restore: case {number} was changed since and is missing; restrict it when it is back")
    return acts


def erase_again(erased: Iterable[tuple[str, str]], by: str, settings: Any) -> int:
    """Erase restored victims who had been erased; return how many there were."""
    count = 0
    for case, victim in erased:
        try:
            retention.erase(case, victim, f"operator:{by}", settings, datetime.now(UTC))
        except LookupError:
            continue  # none of their rows were restored
        except retention.LegalHoldError:
            say("restore: a victim was not erased again: the case is under a legal hold now")
            continue
        count += 1
    return count
