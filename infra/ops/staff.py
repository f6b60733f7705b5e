"""Decisions from a shell: held notices, switches, accounts of the desk, the maintenance page.

They are made under the rules of the desk, `aviso.staff`; the operator may do what a
supervisor and an administrator may. `infra.ops.connection` says which stack is meant.
"""

import json
from collections.abc import Iterator
from datetime import datetime

import boto3

from aviso.domain.errors import Conflict
from aviso.domain.notice import State
from aviso.domain.staff import Colleague
from aviso.providers import cognito_users
from aviso.staff import account_access, account_resets, notice_decisions, switch_decisions
from aviso.staff.actor import Actor
from aviso.storage import notices, sending_controls, tasks

ON_OFF = {"on": True, "off": False}


def held() -> Iterator[tuple[str, datetime, str, str]]:
    """Yield id, time, kind and reason of each held notice, the earliest deadline first."""
    for task in tasks.waiting(most=None):
        yield task.id, task.created_at, task.kind.value, task.reason


def list_held(*, as_json: bool = False) -> None:
    """Print a line for each held notice."""
    if as_json:
        rows = [
            {"id": id, "at": f"{at:%Y-%m-%dT%H:%MZ}", "kind": k, "reason": r}
            for id, at, k, r in held()
        ]
        print(json.dumps(rows, indent=2))
        return
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
        raise SystemExit(f"release: there is no notice '{notice_id}'; './aviso held' lists them.")
    if notice.state is not State.HELD:
        raise SystemExit(f"release: {notice_id} is not held but {notice.state}.")
    outcome = notice_decisions.release(
        {notice_id: reason}, reason, actor, home_checked=home_checked
    )
    if outcome["home_unchecked"]:
        raise SystemExit(
            f"release: {notice_id} was not released. A letter may go to the victim's home, and "
            "somebody else may open it. Check that it is safe, then add --home-is-safe"
        )
    if not outcome["released"]:
        raise SystemExit(
            f"release: {notice_id} is held for '{notice.reason}'. To overrule that, "
            f"add --reason {notice.reason}"
        )
    print(f"{notice_id} is released by {actor.name}; it goes out unless a safety rule forbids it.")


def lock(name: str, actor: Actor) -> None:
    """Lock an account whose password leaked; its open sessions end at their next request.

    Raises:
        SystemExit: when there is no such account.
    """
    account_access.lock(_account("lock", name), actor)
    print(
        f"{name} is locked; its sessions end at their next request. './aviso staff seen' says what "
        "it saw."
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


def switch(
    kill: str | None,
    trial: str | None,
    guests: str,
    brake: str | None,
    actor: Actor,
    *,
    as_json: bool = False,
) -> None:
    """Change the named switches, at once and without a deployment; then print all of them.

    Raises:
        SystemExit: when a guest is neither a phone nor an email.
    """
    reached = switch_decisions.guests_of(guests.replace(" ", "").replace(",", " "))
    if reached is None:
        raise SystemExit(
            "switch: --guests are phones and emails, with commas between them; nothing was changed."
        )
    for does in _acts(kill, trial, guests, brake):
        current = sending_controls.switches()
        if not switch_decisions.is_done(does, current):
            whom = reached or sorted(current.guests)
            switch_decisions.turn(does, actor, guests=whom, seen=current.turns)
    now = sending_controls.switches()
    if as_json:
        shown = {"kill": now.kill, "trial": now.trial, "guests": sorted(now.guests)}
        print(json.dumps(shown | {"brake": now.brake}, indent=2))
        return
    print(f"kill switch  {'ON: nothing is sent' if now.kill else 'off'}")
    print(f"trial mode   {'ON: only guests get messages' if now.trial else 'off'}")
    print(f"guests       {', '.join(sorted(now.guests)) or 'none'}")
    print(f"brake        {f'ON, for too many {now.brake}' if now.brake else 'off'}")


def _acts(kill: str | None, trial: str | None, guests: str, brake: str | None) -> list[str]:
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


def maintenance(api: str, on: str | None, actor: Actor) -> None:
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
