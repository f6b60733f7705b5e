"""Judges each call that a unit test makes on a table by the role of the function that makes it.

Whose call it is, the stack says: the function's handler, or the module that one function alone
calls. What is granted, the template says. So a rare path that no system test takes is denied here
already, and not at three in the morning on AWS.
"""

import inspect
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from infra.repository import ROOT
from tests.permissions import powers
from tests.permissions.powers import Power

# A function's own entrance, where tests call that instead of the handler: the module's name.
ENTRANCES = {
    "sending": "SendNotice",
    "inbound": "RecordReceipt",
    "overdue": "Chase",
    "monitoring": "Chase",
    "early_sign_up": "Chase",
    "reconciliation": "Reconcile",
    "print_run": "PrintLetters",
    "importer": "ImportFeed",
    "backfill": "ImportFeed",
    "app": "",  # of the portal and of the desk: always by their handlers
}
MEMBERS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
CHECK = "ConditionCheck"
METERING = "metering", ""
TESTS = f"{ROOT / 'tests'}{os.sep}"
OWN = {__file__, str(Path(__file__).with_name("memory_tables.py"))}  # which answers the call

denied: list[str] = []


def judge(operation: str, body: dict[str, Any]) -> None:
    """Note a call on a table that its function's role may not make."""
    if not (function := _caller()):
        return
    for action, table, keys in _asked(operation, body):
        for key in keys:
            if not any(power.covers(action, table, key) for power in _granted().get(function, ())):
                prefix = re.match(r"[A-Z_]*#?", key or "")
                denied.append(f"{function} may not {action} {table} {prefix[0] if prefix else ''}")


@cache
def _granted() -> dict[str, list[Power]]:
    found: dict[str, list[Power]] = {}
    for power in powers.read():
        found.setdefault(power.function, []).append(power)
    return found


def _caller() -> str:
    """Return the function whose code makes the call; empty for a test's or a tool's own."""
    places = [_place(file) for file in _stack()]
    if METERING in places:  # reads beside each call what it counts
        return ""
    functions = (name for kind, name in places if kind == "handler")
    modules = [name for kind, name in places if kind == "module"]
    return next(functions, ENTRANCES.get(modules[-1], "") if modules else "")


def _stack() -> Iterator[str]:
    """Yield the file of each call that led here, as far as a test.

    What a test does while a function runs, another function or a person does.
    """
    frame = inspect.currentframe()
    while frame and frame.f_code.co_filename in OWN:
        frame = frame.f_back
    while frame and not frame.f_code.co_filename.startswith(TESTS):
        yield frame.f_code.co_filename
        frame = frame.f_back


@cache
def _place(file: str) -> tuple[str, str]:
    """Return what a file is of, and the name of its function or module."""
    path = Path(file)
    if path == ROOT / "infra/cost/metering.py":
        return METERING
    if path.name == "handler.py" and path.parent.parent == ROOT / "functions":
        return "handler", "".join(word.capitalize() for word in path.parent.name.split("_"))
    return ("module", path.stem) if ROOT / "layers/aviso/aviso" in path.parents else ("other", "")


def _asked(operation: str, body: dict[str, Any]) -> Iterator[tuple[str, str, list[str | None]]]:
    """Yield action, table or index, and keys of each part of a call, as IAM judges them."""
    if operation == "TransactWriteItems":
        for part in body["TransactItems"]:
            for member, one in part.items():
                action = "ConditionCheckItem" if member == CHECK else MEMBERS[member]
                yield action, one["TableName"], [_key(one)]
    elif operation == "BatchGetItem":
        for table, asked in body["RequestItems"].items():
            yield operation, table, [key["pk"]["S"] for key in asked["Keys"]]
    elif operation in ("Query", "Scan"):
        index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
        yield operation, body["TableName"] + index, [None]
    elif "TableName" in body and ("Key" in body or "Item" in body):
        yield operation, body["TableName"], [_key(body)]


def _key(one: dict[str, Any]) -> str:
    return str((one.get("Key") or one["Item"])["pk"]["S"])
