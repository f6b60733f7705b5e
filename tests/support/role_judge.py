"""Judges each call that a unit test makes on a table by the role of the function that makes it.

Whose call it is, the stack says: the function's handler, or the module that one function alone
calls. What is granted, the template says. So a rare path that no system test takes is denied here
already, and not at three in the morning on AWS.
"""

import json
import re
import traceback
from collections.abc import Iterator
from functools import cache
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import Any

from tests.permissions import powers
from tests.permissions.powers import Power

ROOT = Path(__file__).resolve().parents[2]
# A function's own entrance, where tests call that instead of the handler: the module's name.
ENTRANCES = {
    "sending": "SendNotice",
    "inbound": "RecordReceipt",
    "overdue": "Chase",
    "monitoring": "Chase",
    "early_sign_up": "Chase",
    "reconciliation": "Reconcile",
    "survey_invitations": "SendSurveys",
    "print_run": "PrintLetters",
    "importer": "ImportFeed",
    "backfill": "ImportFeed",
    "app": "",  # of the portal and of the desk: always by their handlers
}
MEMBERS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
CHECK = "ConditionCheck"

denied: list[str] = []


def judge(**call: Any) -> None:
    """Note a call on a table that its function's role may not make; of botocore's `before-call`."""
    model = call["model"]
    if model.service_model.service_name != "dynamodb" or not (function := _caller()):
        return
    body = json.loads(call["params"]["body"])
    for action, table, keys in _asked(model.name, body):
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
    found = (Path(frame.f_code.co_filename) for frame, _ in traceback.walk_stack(None))
    # As far as a test: what one does while a function runs, another function or a person does.
    paths = list(takewhile(lambda path: ROOT / "tests" not in path.parents, _after(found)))
    if ROOT / "infra/cost/metering.py" in paths:  # reads beside each call what it counts
        return ""
    for path in paths:
        if path.name == "handler.py" and path.parent.parent == ROOT / "functions":
            return "".join(word.capitalize() for word in path.parent.name.split("_"))
    ours = [path.stem for path in paths if ROOT / "layers/aviso/aviso" in path.parents]
    return ENTRANCES.get(ours[-1], "") if ours else ""


def _after(paths: Iterator[Path]) -> Iterator[Path]:
    """Leave out this file, which the innermost calls are in."""
    return dropwhile(lambda path: path == Path(__file__), paths)


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
