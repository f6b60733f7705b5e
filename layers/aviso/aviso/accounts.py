"""When a staff account may sign in: failures lock it, so does long idleness (CJIS policy, AC-7).

Asked by the sign-in service's triggers before and after each sign-in, and by the desk itself.
The service alone only slows guessing down; here five failures in fifteen minutes lock the account
until an administrator releases it (CJIS Security Policy 5.9.5, AC-7), and 90 days without a
sign-in disable it (AC-2).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from aviso.errors import AccountLocked, Conflict
from aviso.models import AuditEntry
from aviso.staff import Account, Member
from aviso.store import members

FAILURES = 5
WINDOW = timedelta(minutes=15)
IDLE = timedelta(days=90)
RACES = 5  # attempts at the same moment that one attempt waits for


def judge(account: Account, now: datetime) -> str:
    """Return why an account may not sign in, or an empty string when it may. Pure."""
    if account.locked_at is not None:
        return account.locked_why or "desk"
    if account.seen_at is not None and now - account.seen_at > IDLE:
        return "idle"
    if len(recent(account, now)) >= FAILURES:
        return "failures"
    return ""


def recent(account: Account, now: datetime) -> tuple[datetime, ...]:
    """Return the attempts of the last fifteen minutes that did not succeed."""
    return tuple(at for at in account.tries if now - at < WINDOW)


def before_sign_in(id: str, name: str, now: datetime) -> None:
    """Count an attempt before its password is looked at; a success takes it back.

    Counting first keeps a burst of guesses at once within the limit.

    Raises:
        AccountLocked: when the account is locked, was idle too long, or this is one too many.
    """
    for _ in range(RACES):
        account = members.account(id)
        why = judge(account, now)
        try:
            if not why:
                tries = (*recent(account, now), now)
                members.save_account(replace(account, name=name, tries=tries), now)
                return
            if account.locked_at is None:
                locked = replace(account, name=name, locked_at=now, locked_why=why, tries=())
                members.save_account(locked, now)
            raise AccountLocked(why)
        except Conflict:
            continue
    raise AccountLocked("failures")  # so many at once are no person


def after_sign_in(id: str, name: str, now: datetime) -> None:
    """Take back what was counted: the attempt succeeded, every factor included.

    Raises:
        AccountLocked: when the account was locked meanwhile.
    """

    def admitted(account: Account) -> Account:
        if account.locked_at is not None:
            raise AccountLocked(account.locked_why)
        return replace(account, name=name, tries=(), seen_at=now)

    try:
        _change(id, now, admitted)
    except Conflict:
        raise AccountLocked("failures") from None


def may_work(member: Member) -> bool:
    """Say whether a session may go on; an administrator's lock, and a change of roles, end it.

    Failed sign-ins do not: anybody who knows a name can make them, and whoever is signed in has
    shown both factors.
    """
    ended_at = members.account(member.id).ended_at
    return ended_at is None or member.created_at > ended_at


def lock(id: str, by: Member, keep_days: int, now: datetime) -> None:
    """Lock an account in an administrator's name; its open sessions end, also for after a release.

    Raises:
        Conflict: when the account keeps changing.
    """

    def locked(account: Account) -> Account:
        at = account.locked_at or now
        return replace(account, locked_at=at, locked_why="desk", ended_at=now)

    _change(id, now, locked, _entry("account_locked", id, by.actor, now), keep_days)


def release(id: str, actor: str, keep_days: int, now: datetime) -> None:
    """Let an account sign in again, in the name of an administrator or an operator.

    Raises:
        Conflict: when the account keeps changing.
    """

    def free(account: Account) -> Account:
        return replace(account, locked_at=None, locked_why="", tries=(), seen_at=now)

    _change(id, now, free, _entry("account_released", id, actor, now), keep_days)


def end_sessions(id: str, now: datetime) -> None:
    """End an account's open sessions with their next request: their roles are out of date.

    Raises:
        Conflict: when the account keeps changing.
    """
    _change(id, now, lambda account: replace(account, ended_at=now))


def _change(
    id: str,
    now: datetime,
    alter: Callable[[Account], Account],
    entry: AuditEntry | None = None,
    keep_days: int = 0,
) -> None:
    """Change an account, however often somebody tries its name at this moment."""
    for _ in range(RACES):
        try:
            members.save_account(alter(members.account(id)), now, entry, keep_days)
            return
        except Conflict:
            continue
    raise Conflict("the account keeps changing")


def _entry(action: str, id: str, actor: str, now: datetime) -> AuditEntry:
    return AuditEntry(at=now, actor=actor, action=action, case="", subject=id)
