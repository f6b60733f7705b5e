"""`make held` and `make release`: what waits for a person, until the staff desk exists.

Speaks to the portal that `make run` keeps up; when none is up, to the AWS account of the usual
AWS variables, where the stack is called STACK (default: aviso).
"""

import argparse
import json
import os
import sys
import urllib.request
from datetime import UTC, datetime
from typing import Any

import boto3

from infra.local.build import ROOT
from infra.local.run import RUN_FILE

sys.path.insert(0, str(ROOT / "layers" / "aviso"))


def connect() -> dict[str, str]:
    """Point this process at the running stack; return its outputs."""
    outputs = _local() or _deployed()
    for output, value in outputs.items():
        if output.endswith("Table"):
            os.environ[output.removesuffix("Table").upper() + "_TABLE"] = value
    return outputs


def _local() -> dict[str, str] | None:
    if not RUN_FILE.exists():
        return None
    run = json.loads(RUN_FILE.read_text(encoding="utf-8"))
    health = run["aws"]["AWS_ENDPOINT_URL"] + "/_ministack/health"
    try:
        with urllib.request.urlopen(health, timeout=5):  # noqa: S310 - this machine
            os.environ.update(run["aws"])
    except OSError:
        return None
    outputs: dict[str, str] = run["outputs"]
    return outputs


def _deployed() -> dict[str, str]:
    stack = os.environ.get("STACK", "aviso")
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except Exception as error:
        raise SystemExit(
            "held: no portal is up here ('make run' in another terminal starts one), and AWS "
            f"could not be asked for the stack '{stack}': {error}"
        ) from None
    return {row["OutputKey"]: row["OutputValue"] for row in found["Outputs"]}


def held(table: str) -> list[dict[str, Any]]:
    """Return the held notices, longest waiting first."""
    rows: list[dict[str, Any]] = []
    scan: dict[str, Any] = {
        "FilterExpression": "sk = :notice AND #state = :held",
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": {":notice": "NOTICE", ":held": "held"},
    }
    source = boto3.resource("dynamodb").Table(table)
    while True:
        page = source.scan(**scan)
        rows += page["Items"]
        if "LastEvaluatedKey" not in page:
            return sorted(rows, key=lambda row: str(row["created_at"]))
        scan["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def list_held(outputs: dict[str, str]) -> None:
    """Print a line for each held notice."""
    rows = held(outputs["NoticesTable"])
    for row in rows:
        print(f"{row['pk']}  {row['created_at'][:16]}  {row['kind']:<18} {row.get('reason', '')}")
    print(f"{len(rows)} held" if rows else "Nothing is held.")


def release(notice_id: str, by: str) -> None:
    """Send a held notice after all, in somebody's name.

    Raises:
        SystemExit: when there is no such notice, or it is held no more.
    """
    from aviso.errors import Conflict
    from aviso.models import State
    from aviso.planning import STUCK
    from aviso.store import notices

    notice = notices.read(notice_id)
    if notice is None:
        raise SystemExit(f"release: there is no notice '{notice_id}'; 'make held' lists them.")
    try:
        due_at = datetime.now(UTC) + STUCK
        notices.move(
            notice, State.PLANNED, due_at=due_at, only_from=[State.HELD], released_by=by, reason=""
        )
    except Conflict:
        raise SystemExit(f"release: {notice_id} is not held but {notice.state}.") from None
    print(f"{notice_id} is released by {by}; it is on its way unless a safety rule forbids it.")


def main() -> int:
    """List or release; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    one = commands.add_parser("release")
    one.add_argument("notice")
    one.add_argument("--by", required=True)
    arguments = parser.parse_args()
    if arguments.command == "release" and not arguments.notice:
        parser.error("say which notice: make release NOTICE=<id>")
    outputs = connect()
    if arguments.command == "list":
        list_held(outputs)
    else:
        release(arguments.notice, arguments.by)
    return 0


if __name__ == "__main__":
    sys.exit(main())
