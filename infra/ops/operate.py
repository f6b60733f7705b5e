"""`make held`, `release`, `switch`, `unlock`, `maintenance`: decisions from a shell.

With AGENCY, STACK or REGION set, acts on the AWS account of the usual AWS variables. Stack and
region are then those of the answers beside AGENCY, unless STACK and REGION say otherwise (default:
aviso in the shell's AWS_REGION, or us-west-2). With none of them set, it acts on the portal of
`make run`, if one is running. The first line printed says which one it is.
"""

import argparse
import json
import os
import sys
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from aviso.storage import sending_controls
from infra.deploy import answers
from infra.local.run import RUN_FILE
from infra.local.sam_build import ROOT

if TYPE_CHECKING:
    from aviso.storage.audited_change import Record

SAMPLE = ROOT / "infra/agency/sample.yaml"
ON_OFF = {"on": True, "off": False}


def connect(agency: Path = SAMPLE, own_settings: bool = False) -> dict[str, str]:
    """Point this process at the running stack; return its outputs.

    Args:
        agency: the settings that the stack was deployed with; stack and region are those of the
            answers beside them, unless STACK and REGION say otherwise.
        own_settings: whether what follows uses the settings, so that the sample's would be wrong
            for a stack in an AWS account.

    Raises:
        SystemExit: when no stack is found, or it needs its own settings.
    """
    named = agency != SAMPLE or any(os.environ.get(name) for name in ("STACK", "REGION"))
    outputs = (None if named else _local()) or _deployed(agency, own_settings)
    for output, value in outputs.items():
        if output.endswith("Table"):
            os.environ[output.removesuffix("Table").upper() + "_TABLE"] = value
    return outputs


def past(text: str) -> datetime | None:
    """Return a moment that a person typed, in UTC; None if empty, without a zone, or to come."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo and found <= datetime.now(UTC) else None


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
    _meant("the portal of 'make run' on this computer; AGENCY=, STACK= or REGION= name another")
    outputs: dict[str, str] = run["outputs"]
    return outputs


def _meant(what: str) -> None:
    """Print to standard error which stack is acted on."""
    print(f"On {what}.", file=sys.stderr, flush=True)


def _deployed(agency: Path, own_settings: bool) -> dict[str, str]:
    if own_settings and agency == SAMPLE and "AWS_ENDPOINT_URL" not in os.environ:
        raise SystemExit(
            "This goes by the agency's settings (how long things are kept, its time zone), and the "
            "sample's are another's. Name the file that the stack was deployed with: "
            "AGENCY=police.yaml"
        )
    named = None if agency == SAMPLE and not answers.file_for(agency).exists() else agency
    try:
        stack, region = answers.which(
            named, os.environ.get("STACK", ""), os.environ.get("REGION", "")
        )
    except answers.AnswersError as error:
        raise SystemExit(str(error)) from None
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = region
    try:
        found = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    except Exception as error:
        raise SystemExit(
            f"AWS could not be asked for the stack '{stack}' in {region}: {error} (Without AGENCY, "
            "STACK and REGION the portal of 'make run' is meant, when one is up.)"
        ) from None
    account = found["StackId"].split(":")[4]
    place = os.environ.get("AWS_ENDPOINT_URL", "AWS")
    _meant(f"the stack '{stack}' in account {account}, {region}, at {place}")
    return {row["OutputKey"]: row["OutputValue"] for row in found["Outputs"]}


def compiled(agency: Path) -> None:
    """Compile the agency's settings and make them importable; they set how long a row is kept.

    Raises:
        SystemExit: when they have mistakes, each named with its line.
    """
    from infra.deploy.__main__ import compile_settings
    from infra.deploy.stacks import DeployError

    try:
        compile_settings(agency)
    except DeployError as error:
        raise SystemExit(str(error)) from None


def record(action: str, by: str, case: str = "", victim: str = "") -> "Record":
    """Return the audit row of an action from a shell."""
    from aviso.domain.model import AuditEntry
    from aviso.domain.settings import current
    from aviso.storage.audited_change import Record

    entry = AuditEntry(
        at=datetime.now(UTC), actor=f"operator:{by}", action=action, case=case, victim=victim
    )
    return Record(entry=entry, keep_days=current().retention.audit)


def note(action: str, by: str, case: str = "", victim: str = "") -> None:
    """Write the audit row of an action from a shell."""
    from aviso.storage import audit

    noted = record(action, by, case, victim)
    audit.append(noted.entry, noted.keep_days)


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


def release(notice_id: str, reason: str, by: str) -> None:
    """Send a held notice after all, in a person's name.

    Args:
        reason: the reason for which it was held, which is overruled; no other reason is.
        by: the person's name.

    Raises:
        SystemExit: when there is no such notice, or it is not held, or held for another reason.
    """
    from aviso.domain.errors import Conflict
    from aviso.domain.notice import State
    from aviso.domain.notice_states import overruling
    from aviso.notices.planning import STUCK
    from aviso.storage import notices, tasks

    notice = notices.read(notice_id)
    if notice is None:
        raise SystemExit(f"release: there is no notice '{notice_id}'; 'make held' lists them.")
    if notice.state is State.HELD and notice.reason != reason:
        raise SystemExit(
            f"release: {notice_id} is held for '{notice.reason}'. If that is to be overruled, "
            f"say it: REASON={notice.reason}"
        )
    try:
        due_at = datetime.now(UTC) + STUCK
        tasks.move(
            notice,
            State.PLANNED,
            due_at=due_at,
            only_from=[State.HELD],
            record=record("notice_released", by, notice.case, notice.victim),
            released_by=f"operator:{by}",
            reason="",
            overruled=overruling(notice),
        )
    except Conflict:
        raise SystemExit(f"release: {notice_id} is not held but {notice.state}.") from None
    print(f"{notice_id} is released by {by}; it is on its way unless a safety rule forbids it.")


def unlock(pool: str, name: str, by: str) -> None:
    """Unlock an account of the desk, for when no administrator is left who could.

    Raises:
        SystemExit: when there is no such account.
    """
    os.environ["STAFF_POOL"] = pool
    from aviso.domain.settings import current
    from aviso.providers import cognito_users
    from aviso.staff import account_locks

    try:
        colleague = cognito_users.find(name)
    except LookupError:
        raise SystemExit(f"unlock: the desk has no account '{name}'.") from None
    cognito_users.enable(colleague.name)
    keep = current().retention.audit
    account_locks.release(colleague.id, f"operator:{by}", keep, datetime.now(UTC))
    print(f"{name} may sign in again, with password and authenticator as before.")


def switch(kill: str, trial: str, guests: str, brake: str, by: str) -> None:
    """Change the named switches, at once and without a deployment; then print all of them."""
    for name, value in (("kill", kill), ("trial", trial), ("brake", brake)):
        if value:
            note(f"switch_{name}_{value}", by)
    if guests:
        note("switch_guests", by)
    if kill or trial or guests:
        sending_controls.turn(
            kill=ON_OFF.get(kill),
            trial=ON_OFF.get(trial),
            guests=guests.split(",") if guests else None,
        )
    if brake == "release":
        sending_controls.release_brake(datetime.now(UTC))
    now = sending_controls.switches()
    print(f"kill switch  {'ON: nothing is sent' if now.kill else 'off'}")
    print(f"trial mode   {'ON: guests alone are sent to' if now.trial else 'off'}")
    print(f"guests       {', '.join(sorted(now.guests)) or 'none'}")
    print(f"brake        {f'ON, for too many {now.brake}' if now.brake else 'off'}")


def maintenance(api: str, on: str, by: str) -> None:
    """Replace the portal by a maintenance page, or open it again; no stored data is changed.

    This is a variable of the gateway's stage, which comes with each request. It takes effect at
    once for every release, and stays through deployments.
    """
    gateway = boto3.client("apigateway")
    stage = {"restApiId": api, "stageName": "portal"}
    if on:
        change = {"op": "replace", "path": "/variables/maintenance", "value": on}
        gateway.update_stage(**stage, patchOperations=[change])
        note("portal_closed" if ON_OFF[on] else "portal_opened", by)
    variables = gateway.get_stage(**stage).get("variables") or {}
    closed = variables.get("maintenance") == "on"
    print(f"The portal is {'CLOSED: it says that we work on it' if closed else 'open'}.")


def main() -> int:
    """List, release, switch or close; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agency", type=Path, default=SAMPLE)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("held")
    one = commands.add_parser("release")
    one.add_argument("notice")
    one.add_argument("--reason", default="")
    one.add_argument("--by", required=True)
    turned = commands.add_parser("switch")
    turned.add_argument("--kill", choices=["", *ON_OFF], default="")
    turned.add_argument("--trial", choices=["", *ON_OFF], default="")
    turned.add_argument("--guests", default="", help="addresses with commas between them")
    turned.add_argument("--brake", choices=["", "release"], default="")
    turned.add_argument("--by", required=True)
    opened = commands.add_parser("unlock")
    opened.add_argument("account")
    opened.add_argument("--by", required=True)
    closed = commands.add_parser("maintenance")
    closed.add_argument("--on", choices=["", *ON_OFF], default="")
    closed.add_argument("--by", required=True)
    arguments = parser.parse_args()
    if arguments.command == "release" and not arguments.notice:
        parser.error("say which notice: make release NOTICE=<id>")
    if arguments.command == "unlock" and not arguments.account:
        parser.error("say whose account: make unlock ACCOUNT=<name>")
    if arguments.command != "held":
        compiled(arguments.agency)
    outputs = connect(arguments.agency)
    if arguments.command == "held":
        list_held(outputs)
    elif arguments.command == "release":
        release(arguments.notice, arguments.reason, arguments.by)
    elif arguments.command == "unlock":
        unlock(outputs["StaffPool"], arguments.account, arguments.by)
    elif arguments.command == "maintenance":
        maintenance(outputs["PortalApi"], arguments.on, arguments.by)
    else:
        switch(arguments.kill, arguments.trial, arguments.guests, arguments.brake, arguments.by)
    return 0


if __name__ == "__main__":
    sys.exit(main())
