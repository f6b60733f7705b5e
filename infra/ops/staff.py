"""`make held`, `release`, `switch`, `lock`, `unlock`, `sign-in-again`, `maintenance`.

Decisions from a shell, under the rules of the desk, `aviso.staff`; the operator may do what a
supervisor and an administrator may. `infra.ops.connection` says which stack is meant.
"""

import argparse
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import boto3

from aviso.domain.errors import Conflict
from aviso.domain.notice import State
from aviso.domain.staff import Colleague
from aviso.providers import cognito_users
from aviso.staff import account_access, account_resets, notice_decisions, switch_decisions
from aviso.staff.actor import Actor
from aviso.storage import notices, sending_controls, tasks
from infra.ops.connection import SAMPLE, compiled, connect, operator

ON_OFF = {"on": True, "off": False}


def held() -> Iterator[tuple[str, datetime, str, str]]:
    """Yield id, time, kind and reason of each held notice, the earliest deadline first."""
    for task in tasks.waiting(most=None):
        yield task.id, task.created_at, task.kind.value, task.reason


def list_held() -> None:
    """Print a line for each held notice."""
    count = 0
    for count, (id, at, kind, reason) in enumerate(held(), 1):  # noqa: B007 - the last is printed
        print(f"{id}  {at:%Y-%m-%dT%H:%M}  {kind:<18} {reason}")
    print(f"{count} held" if count else "Nothing is held.")


def release(notice_id: str, reason: str, actor: Actor, *, home_checked: bool = False) -> None:
    """Send a held notice after all; the case gets a note with the reason.

    Args:
        reason: the reason for which it was held, which is overruled; no other reason is.
        home_checked: the operator checked that a letter to the home is safe, where the desk asks.

    Raises:
        SystemExit: when there is no such notice or case, or it is not held, or for another reason,
            or a letter may go to a home that was not checked.
    """
    notice = notices.read(notice_id)
    if notice is None:
        raise SystemExit(f"release: there is no notice '{notice_id}'; 'make held' lists them.")
    if notice.state is not State.HELD:
        raise SystemExit(f"release: {notice_id} is not held but {notice.state}.")
    outcome = notice_decisions.release(
        {notice_id: reason}, reason, actor, home_checked=home_checked
    )
    if outcome["home_unchecked"]:
        raise SystemExit(
            f"release: {notice_id} was not released. A letter may go to the victim's home, and "
            "somebody else may open it. Check that it is safe, then add LETTER=safe"
        )
    if not outcome["released"]:
        raise SystemExit(
            f"release: {notice_id} is held for '{notice.reason}'. To overrule that, "
            f"add REASON={notice.reason}"
        )
    print(f"{notice_id} is released by {actor.name}; it goes out unless a safety rule forbids it.")


def lock(name: str, actor: Actor) -> None:
    """Lock an account whose password leaked; its open sessions end at their next request.

    Raises:
        SystemExit: when there is no such account.
    """
    account_access.lock(_account("lock", name), actor)
    print(
        f"{name} is locked; its sessions end at their next request. 'make seen' says what it saw."
    )


def unlock(name: str, actor: Actor) -> None:
    """Unlock an account of the desk, for when no administrator is left who could.

    Raises:
        SystemExit: when there is no such account.
    """
    account_access.unlock(_account("unlock", name), actor)
    print(f"{name} may sign in again, with password and authenticator as before.")


def sign_in_again(name: str, actor: Actor) -> None:
    """Make an account again without its password and authenticator, and invite its owner by email.

    A locked account stays locked: unlock it once its owner has called.

    Raises:
        SystemExit: when there is no such account, it has no email, or somebody does the same now.
    """
    keep_days = actor.settings.retention.audit
    try:
        account_resets.start_again(name, actor.audit_name, keep_days, actor.now)
    except (LookupError, account_resets.NoEmailError, Conflict) as error:
        raise SystemExit(f"sign-in-again: {name}: {error}; nothing was changed.") from None
    print(f"{name} gets an email with a password for one sign-in, and sets up a new authenticator.")


def _account(command: str, name: str) -> Colleague:
    try:
        return cognito_users.find(name)
    except LookupError:
        raise SystemExit(f"{command}: the desk has no account '{name}'.") from None


def switch(kill: str, trial: str, guests: str, brake: str, actor: Actor) -> None:
    """Change the named switches, at once and without a deployment; then print all of them.

    Raises:
        SystemExit: when a guest is neither a phone nor an email.
    """
    reached = switch_decisions.guests_of(guests.replace(" ", "").replace(",", " "))
    if reached is None:
        raise SystemExit(
            "switch: each of GUESTS is a phone or an email, with commas between them; nothing was "
            "changed."
        )
    for does in _acts(kill, trial, guests, brake):
        current = sending_controls.switches()
        if not switch_decisions.is_done(does, current):
            whom = reached or sorted(current.guests)
            switch_decisions.turn(does, actor, guests=whom, seen=current.turns)
    now = sending_controls.switches()
    print(f"kill switch  {'ON: nothing is sent' if now.kill else 'off'}")
    print(f"trial mode   {'ON: only guests get messages' if now.trial else 'off'}")
    print(f"guests       {', '.join(sorted(now.guests)) or 'none'}")
    print(f"brake        {f'ON, for too many {now.brake}' if now.brake else 'off'}")


def _acts(kill: str, trial: str, guests: str, brake: str) -> list[str]:
    """Return the desk's names of the acts, those that let messages go last."""
    acts = {
        f"kill_{kill}": kill,
        f"trial_{trial}": trial,
        "guests": guests and trial != "on",
        "brake_off": brake == "release",
    }
    return sorted((does for does, asked in acts.items() if asked), key=_lets_go)


def _lets_go(does: str) -> bool:
    return does in switch_decisions.LETS_GO


def maintenance(api: str, on: str, actor: Actor) -> None:
    """Replace the portal by a maintenance page, or open it again; no stored data is changed.

    This is a variable of the gateway's stage, which comes with each request. It takes effect at
    once for every release, and stays through deployments.
    """
    gateway = boto3.client("apigateway")
    stage = {"restApiId": api, "stageName": "portal"}
    if on:
        change = {"op": "replace", "path": "/variables/maintenance", "value": on}
        gateway.update_stage(**stage, patchOperations=[change])
        actor.note("portal_closed" if ON_OFF[on] else "portal_opened", "")
    variables = gateway.get_stage(**stage).get("variables") or {}
    closed = variables.get("maintenance") == "on"
    print(f"The portal is {'CLOSED: it says that we work on it' if closed else 'open'}.")


ACCOUNTS = {"lock": lock, "unlock": unlock, "sign-in-again": sign_in_again}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agency", type=Path, default=SAMPLE)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("held")
    one = commands.add_parser("release")
    one.add_argument("notice")
    one.add_argument("--reason", default="")
    one.add_argument("--letter", choices=["", "safe"], default="", help="the home was checked")
    turned = commands.add_parser("switch")
    turned.add_argument("--kill", choices=["", *ON_OFF], default="")
    turned.add_argument("--trial", choices=["", *ON_OFF], default="")
    turned.add_argument("--guests", default="", help="addresses with commas between them")
    turned.add_argument("--brake", choices=["", "release"], default="")
    accounts = [commands.add_parser(name) for name in ACCOUNTS]
    for about in accounts:
        about.add_argument("account")
    closed = commands.add_parser("maintenance")
    closed.add_argument("--on", choices=["", *ON_OFF], default="")
    for command in (one, turned, *accounts, closed):
        command.add_argument("--by", required=True)
    return parser


def main() -> int:
    """List, release, switch or close; return the exit code."""
    parser = _parser()
    arguments = parser.parse_args()
    if arguments.command == "release" and not arguments.notice:
        parser.error("say which notice: make release NOTICE=<id>")
    if arguments.command in ACCOUNTS and not arguments.account:
        parser.error(f"say whose account: make {arguments.command} ACCOUNT=<name>")
    if arguments.command == "held":
        connect(arguments.agency)
        list_held()
        return 0
    compiled(arguments.agency)
    outputs, actor = connect(arguments.agency), operator(arguments.by)
    match arguments.command:
        case "release":
            checked = arguments.letter == "safe"
            release(arguments.notice, arguments.reason, actor, home_checked=checked)
        case command if command in ACCOUNTS:
            os.environ["STAFF_POOL"] = outputs["StaffPool"]
            ACCOUNTS[command](arguments.account, actor)
        case "maintenance":
            maintenance(outputs["PortalApi"], arguments.on, actor)
        case _:
            switch(arguments.kill, arguments.trial, arguments.guests, arguments.brake, actor)
    return 0
