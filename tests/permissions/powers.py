"""Which function may do what with which table and which of its keys, as `template.yaml` grants it.

    python -m tests.permissions.powers        writes build/permissions.md

Guards holds what many functions write, so there each may write only the names that it needs
(`dynamodb:LeadingKeys`). `GUARDS` is the list of those names; `OWNERS` is, by hand and apart from
the template, who alone may make the writes that give power over people. Tests hold the template
against both, and each role tries what it was not given.
"""

import fnmatch
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.harness import cloudformation
from infra.repository import ROOT
from tests.permissions.iam_resources import resource

DOCUMENT = ROOT / "build/permissions.md"
TEMPLATE = ROOT / "template.yaml"
KEYS = "dynamodb:LeadingKeys"
WRITES = ("PutItem", "UpdateItem", "DeleteItem")

# Every name in Guards: what is kept under it, and an example of its kind.
GUARDS: Mapping[str, tuple[str, str]] = {
    "ARREST#*": ("the case on which an arrest was first seen", "ARREST#1"),
    "BOUNCE#*": ("addresses that do not exist", "BOUNCE#1"),
    "CHECKPOINT#*": ("how far a file was read", "CHECKPOINT#1"),
    "CODE#*": ("access codes, by their hash", "CODE#1"),
    "EARLY#*": ("sign-ups before the report", "EARLY#1"),
    "EARLY_PLACE": ("where the next look at those begins", "EARLY_PLACE"),
    "EVENT#*": ("texts that were answered", "EVENT#1"),
    "EXPORTED#*": ("the last file of contacts of a member", "EXPORTED#1"),
    "FAILS#*": ("counted tries", "FAILS#1"),
    "FAILS#ANSWERED*": ("counted answers to texts", "FAILS#ANSWERED#1"),
    "FEED#*": ("the last file of a kind", "FEED#cases"),
    "GAUGES": ("what was open and late at the last look", "GAUGES"),
    "HOUR#*": ("new notices of an hour, for the brake", "HOUR#2026-11-26T12"),
    "IMPORT#people": ("that a file of people is being read", "IMPORT#people"),
    "IMPORTED#*": ("files that were read", "IMPORTED#1"),
    "LEGALHOLD#*": ("cases that must be kept", "LEGALHOLD#1"),
    "NAMEKEY": ("the key of the hashes of names", "NAMEKEY"),
    "NOTME#*": ("addresses that are not their victim's", "NOTME#1#2"),
    "OPTIN#*": ("the last START of an address", "OPTIN#1"),
    "OPTOUT#*": ("addresses that want no messages", "OPTOUT#1"),
    "ORPHAN#*": ("receipts that wait for their attempt", "ORPHAN#1"),
    "PRINTING": ("the print run under way", "PRINTING"),
    "RECONCILED": ("what the last hour's look found", "RECONCILED"),
    "RECONCILED_NIGHT": ("what the last night's look found", "RECONCILED_NIGHT"),
    "RECONCILED_PEOPLE": ("how many new cases usually have no people", "RECONCILED_PEOPLE"),
    "REFUSED#*": ("files that could not be imported", "REFUSED#1"),
    "REJECTED#*": ("rows that could not be imported", "REJECTED#1"),
    "REJECTED#people-missing": (
        "that the people of new cases did not come",
        "REJECTED#people-missing",
    ),
    "REPLY#*": ("texts that wait for a person", "REPLY#1"),
    "REPLY#asked-*": ("what victims ask for on the portal", "REPLY#asked-1"),
    "REPLY#link-*": ("wishes to stop by a link that proves nothing", "REPLY#link-1"),
    "SESSION#*": ("visits to the portal", "SESSION#1"),
    "SURVEYED#*": ("who was asked lately", "SURVEYED#1"),
    "SWITCHES": ("kill switch, trial mode, kinds, brake", "SWITCHES"),
    "TEXT#*": ("texts that are not notices", "TEXT#1"),
    "TOLD#*": ("notices told before their rows were lost", "TOLD#1"),
    "UNPOSTED": ("print runs that nobody posted", "UNPOSTED"),
}

# Who alone may put, update and delete each name of Guards. Somebody decided each cell: a grant that
# is not here fails a test, and so does a name without a line.
GUARD_OWNERS: Mapping[str, tuple[str, str, str]] = {
    # A writer can make an arrest look told, or a file look read: then nobody is told.
    "ARREST#*": ("ImportFeed", "ImportFeed", "ImportFeed"),
    "CHECKPOINT#*": ("ImportFeed", "ImportFeed", "ImportFeed"),
    "FEED#*": ("ImportFeed", "ImportFeed", "ImportFeed"),
    "IMPORT#people": ("ImportFeed", "ImportFeed", "ImportFeed"),
    "IMPORTED#*": ("ImportFeed", "ImportFeed", "ImportFeed"),
    "REFUSED#*": ("ImportFeed Staff", "ImportFeed Staff", "ImportFeed Staff"),
    "REJECTED#*": ("ImportFeed Staff", "ImportFeed Staff", "ImportFeed Staff"),
    "REJECTED#people-missing": (
        "ImportFeed Reconcile Staff",
        "ImportFeed Staff",
        "ImportFeed Staff",
    ),
    # Another key: nobody imported before is found by name.
    "NAMEKEY": ("ImportFeed", "ImportFeed", "ImportFeed"),
    # Opens a visit to a case, or is a code that does.
    "CODE#*": ("Portal PrintLetters", "", "Portal"),
    "SESSION#*": ("Portal", "Portal", "Portal"),
    "FAILS#*": ("", "Portal", ""),  # bounds how often a code is tried
    "FAILS#ANSWERED*": ("", "Portal RecordReceipt", ""),
    # Says to whom nothing is sent. A row that is deleted makes us write to somebody who said no.
    "BOUNCE#*": ("RecordReceipt", "", ""),
    "NOTME#*": ("Portal Staff", "Staff", "Staff"),
    "OPTIN#*": ("RecordReceipt Staff", "Staff", "Staff"),
    "OPTOUT#*": ("Portal SendNotice RecordReceipt Staff", "Staff", "RecordReceipt Staff"),
    # Stops all notices, or sends them to guests alone. Planning and `chase` have the brake.
    "SWITCHES": ("", "Chase PlanNotices Reconcile Staff", ""),
    "HOUR#*": ("", "PlanNotices Reconcile", ""),
    # Lets a case be forgotten that a court wants kept: an operator's, with rights of their own.
    "LEGALHOLD#*": ("", "", ""),
    # Holds a notice, or lets it be told twice: an operator's too, after a restore.
    "TOLD#*": ("", "", ""),
    # Sign-ups before the report, and what came back from providers.
    "EARLY#*": ("Chase Portal Staff", "Chase Staff", "Chase Staff"),
    "EARLY_PLACE": ("Chase", "Chase", "Chase"),
    "EVENT#*": ("RecordReceipt", "", ""),
    "ORPHAN#*": ("Chase RecordReceipt", "Chase", "Chase RecordReceipt"),
    "REPLY#*": ("RecordReceipt Staff", "Staff", "Staff"),
    "REPLY#asked-*": ("Portal RecordReceipt Staff", "Staff", "Staff"),
    "REPLY#link-*": ("Portal RecordReceipt Staff", "Staff", "Staff"),
    "TEXT#*": ("Portal RecordReceipt", "", ""),
    # What runs under way and figures at a glance.
    "GAUGES": ("Chase", "Chase", "Chase"),
    "PRINTING": ("PrintLetters", "PrintLetters", "PrintLetters"),
    "RECONCILED": ("Reconcile", "", ""),
    "RECONCILED_NIGHT": ("Reconcile", "", ""),
    "RECONCILED_PEOPLE": ("Reconcile", "", ""),
    "SURVEYED#*": ("Reconcile", "", ""),
    "UNPOSTED": ("Chase Staff", "Chase Staff", "Chase Staff"),
    "EXPORTED#*": ("Staff", "Staff", "Staff"),  # the desk's own
}

# What gives power over people, and who alone may do it: (table, key, actions) -> functions.
OWNERS: Mapping[tuple[str, str, tuple[str, ...]], frozenset[str]] = {
    **{
        ("Guards", GUARDS[name][1], (action,)): frozenset(who.split())
        for name, cells in GUARD_OWNERS.items()
        for action, who in zip(WRITES, cells, strict=True)
    },
    ("Members", "STAFF#1", WRITES): frozenset({"Staff"}),  # opens the desk
    ("Members", "SIGNIN#1", WRITES): frozenset({"Staff"}),
    ("Members", "ACCOUNT#1", ("PutItem",)): frozenset({"Staff", "SignInGuard"}),  # locks, opens
    ("Members", "ACCOUNT#1", ("UpdateItem", "DeleteItem")): frozenset({"Staff"}),
    ("Members", "RESET#1", WRITES): frozenset({"Staff"}),  # makes an account
    ("Members", "DIGEST#1", WRITES): frozenset({"Staff"}),  # says who gets the morning email
    # Hides what was done.
    ("Audit", "2026-11-26#0", ("UpdateItem", "DeleteItem")): frozenset(),
    ("Tallies", "DAYS#0", ("PutItem", "UpdateItem")): frozenset({"Tally"}),
    # The desk's figures and people's answers.
    ("Responses", "1", ("PutItem",)): frozenset({"Portal"}),
    ("Responses", "1", ("DeleteItem",)): frozenset(),
    ("Notices", "1", ("DeleteItem",)): frozenset(),
}


@dataclass(frozen=True, slots=True)
class Power:
    """That a function may do something with a table or an index, and with which keys."""

    function: str
    action: str  # PutItem
    table: str  # Members, or Cases/index/phone_index
    keys: tuple[str, ...] = ()  # patterns of partition keys; none: any

    def covers(self, action: str, table: str, key: str | None = None) -> bool:
        """Whether a call falls under it; without a key, one that names none."""
        if (self.action, self.table) != (action, table):
            return False
        return not self.keys or (
            key is not None and any(fnmatch.fnmatchcase(key, pattern) for pattern in self.keys)
        )


@dataclass(frozen=True, slots=True)
class Call:
    """One write that a function might try."""

    function: str
    action: str
    table: str
    key: str


def read(template: Path = TEMPLATE) -> list[Power]:
    """Return every power over a table that the template's statements grant, in their order."""
    found = (
        Power(function, action.removeprefix("dynamodb:"), label, keys)
        for function, statement in _statements(template)
        for action in _listed(statement["Action"])
        if action.startswith("dynamodb:")
        for keys in [_keys(statement)]
        for label in (resource(written).label for written in _listed(statement["Resource"]))
    )
    return list(dict.fromkeys(found))


def functions(template: Path = TEMPLATE) -> list[str]:
    """Return the functions' logical ids, those too that may use no table."""
    content = cloudformation.read(template)
    kind = "AWS::Serverless::Function"
    return [name for name, r in content["Resources"].items() if r["Type"] == kind]


def may(powers: Iterable[Power], call: Call) -> bool:
    """Whether one of these powers covers a call."""
    return any(
        power.function == call.function and power.covers(call.action, call.table, call.key)
        for power in powers
    )


def never(names: Iterable[str]) -> Iterator[Call]:
    """Yield each write of `OWNERS` for each function that is not among its owners.

    For a policy engine, and for the roles themselves to try: all of it must be refused. Who may is
    said by hand, so that a grant too many is found.
    """
    everyone = list(names)
    for (table, key, actions), owners in OWNERS.items():
        for action in actions:
            yield from (Call(f, action, table, key) for f in everyone if f not in owners)


def document(powers: Iterable[Power]) -> str:
    """Return build/permissions.md."""
    granted = list(powers)
    rows: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for power in granted:
        rows[power.function, power.table, power.keys].append(power.action)
    lines = [
        f"| {function} | {table} | {', '.join(actions)} | {' '.join(f'`{k}`' for k in keys)} |"
        for (function, table, keys), actions in rows.items()
    ]
    names = [
        f"| `{name}` | {what} | {_writers(granted, example)} |"
        for name, (what, example) in GUARDS.items()
    ]
    return TEXT.format(rows="\n".join(lines), names="\n".join(names))


def _writers(powers: Iterable[Power], key: str) -> str:
    """Return who may write a name in Guards, as a person reads it."""
    found: dict[str, list[str]] = defaultdict(list)
    for power in powers:
        if power.action in WRITES and power.covers(power.action, "Guards", key):
            found[power.function].append(power.action.removesuffix("Item").lower())
    return "; ".join(f"{name}: {', '.join(done)}" for name, done in found.items()) or "operators"


TEXT = """\
# Who may do what with the tables

Written by `python -m tests.permissions.powers` from `template.yaml`.

Each function has a role of its own. Where a row names keys, the role may do this to rows with these
keys alone (`dynamodb:LeadingKeys`); where it names none, to every row of the table.

| function | table or index | may | only keys |
| --- | --- | --- | --- |
{rows}

## The names in Guards

| name | what is kept under it | who may write it |
| --- | --- | --- |
{names}
"""


def _statements(template: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    content = cloudformation.read(template)
    for name, found in content["Resources"].items():
        if found["Type"] == "AWS::Serverless::Function":
            for policy in found["Properties"].get("Policies", ()):
                yield from ((name, s) for s in policy["Statement"] if s["Effect"] == "Allow")


def _keys(statement: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the keys that a statement is bound to.

    Raises:
        ValueError: when it has a condition that this module cannot read.
    """
    condition = statement.get("Condition")
    if condition is None:
        return ()
    if condition.keys() != {"ForAllValues:StringLike"}:
        raise ValueError(f"a condition on a table that is not on its keys: {condition}")
    ((key, values),) = condition["ForAllValues:StringLike"].items()
    if key != KEYS:
        raise ValueError(f"a condition on a table that is not on its keys: {condition}")
    return tuple(_listed(values))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def main() -> int:
    """Write the document; return the exit code."""
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(document(read()), encoding="utf-8")
    print(f"written: {DOCUMENT.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
