"""When a staff account may sign in: failures and long idleness lock it (CJIS policy, AC-7).

The sign-in service's triggers call this before and after each sign-in; the desk calls it too. The
service alone only slows guessing down. Here, five failures in fifteen minutes lock the account
until an administrator releases it, however long that takes (CJIS Security Policy 6.0, AC-7), and
90 days without a sign-in disable it (AC-2).
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from msgspec.structs import replace

from aviso.domain.errors import AccountLocked, Conflict
from aviso.domain.model import AuditEntry
from aviso.domain.settings import Settings
from aviso.domain.staff import WINDOW, Account, Member
from aviso.storage import staff_accounts

IDLE = timedelta(days=90)
RACES = 5  # retries when other attempts change the account at the same time
BY_DESK = "desk"  # lock reason: an administrator locked it
REPLACED = "replaced"  # lock reason: it was deleted and made again under its name
GUARD = "sign_in_guard"  # the actor in the audit trail when no person locked it


def judge(account: Account, now: datetime) -> str:
    """Return why an account may not sign in, or an empty string when it may. Pure."""
    if account.locked_at is not None:
        return account.locked_why or BY_DESK
    if account.guessed_at is not None:
        return "failures"
    if account.seen_at is not None and now - account.seen_at > IDLE:
        return "idle"
    return ""


def locked_since(account: Account) -> datetime | None:
    """Return since when an account may not sign in; meaningful only for one that is locked."""
    idle_at = account.seen_at + IDLE if account.seen_at else None
    return account.locked_at or account.guessed_at or idle_at


def before_sign_in(id: str, name: str, now: datetime) -> None:
    """Count an attempt before its password is checked; a success takes it back.

    Counting first keeps a burst of parallel guesses within the limit. The service never tells us
    the result of the fifth attempt, so it counts as failed until it has succeeded.

    Raises:
        AccountLocked: when the account is locked, was idle too long, or five tries failed.
    """
    for _ in range(RACES):
        account = staff_accounts.account(id)
        why = judge(account, now)
        try:
            if not why:
                tries = (*(at for at in account.tries if now - at < WINDOW), now)
                staff_accounts.save_account(replace(account, name=name, tries=tries), now)
                return
            if account.locked_at is None:
                _lock_by_itself(replace(account, name=name), why, now)
            raise AccountLocked(why)
        except Conflict:
            continue
    raise AccountLocked("failures")  # a person does not make so many attempts at once


def _lock_by_itself(account: Account, why: str, now: datetime) -> None:
    """Record in the account, and in the audit trail, that it is locked and why."""
    at = account.guessed_at or now
    locked = replace(account, locked_at=at, locked_why=why, tries=())
    entry = _entry("account_locked", f"{account.id}: {why}", GUARD, now)
    staff_accounts.save_account(locked, now, entry, Settings.current().retention.audit)


def after_sign_in(id: str, name: str, now: datetime) -> None:
    """Take back the count: the attempt succeeded, every factor included.

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
    """Whether a session may continue; an administrator's lock, or a change of roles, ends it.

    Failed sign-ins do not end it: anybody who knows a name can cause them, and a member who is
    signed in has shown both factors. A lock also ends a session that began at the same moment.
    """
    account = staff_accounts.account(member.id)
    if account.locked_at and judge(account, account.locked_at) in (BY_DESK, REPLACED):
        return False
    return account.ended_at is None or member.created_at > account.ended_at


def lock(id: str, actor: str, keep_days: int, now: datetime) -> None:
    """Lock an account in an administrator's name; its open sessions end, even after a release.

    Raises:
        Conflict: when the account keeps changing.
    """

    def locked(account: Account) -> Account:
        at = account.locked_at or now
        return replace(account, locked_at=at, locked_why=BY_DESK, ended_at=now)

    _change(id, now, locked, _entry("account_locked", id, actor, now), keep_days)


def release(id: str, actor: str, keep_days: int, now: datetime) -> None:
    """Let an account sign in again, in the name of an administrator or an operator.

    Sessions that began before an administrator's lock, or during it, stay ended.

    Raises:
        Conflict: when the account keeps changing.
    """

    def free(account: Account) -> Account:
        ended_at = now if judge(account, now) == BY_DESK else account.ended_at
        opened = replace(account, locked_at=None, locked_why="", tries=(), seen_at=now)
        return replace(opened, ended_at=ended_at)

    _change(id, now, free, _entry("account_released", id, actor, now), keep_days)


def end_sessions(id: str, now: datetime) -> None:
    """End an account's open sessions at their next request: their roles are out of date.

    Raises:
        Conflict: when the account keeps changing.
    """
    _change(id, now, lambda account: replace(account, ended_at=now))


def bind(id: str, name: str, receiver: str, now: datetime) -> None:
    """Bind a new account to a receiving agency; it can never be another's.

    Raises:
        Conflict: when the account keeps changing.
    """
    _change(id, now, lambda account: replace(account, name=name, receiver=receiver))


def carry_over(former: str, id: str, actor: str, keep_days: int, now: datetime) -> None:
    """Copy to a new account what counts against its former one: locks, failures, idleness.

    Doing it twice changes nothing more; after `close_former` it does nothing.

    Raises:
        Conflict: when the account keeps changing.
    """
    before = staff_accounts.account(former)
    if before.locked_why == REPLACED:
        return

    def with_it(account: Account) -> Account:
        more = (at for at in before.tries if at not in account.tries)
        return replace(
            account,
            name=account.name or before.name,
            tries=tuple(sorted((*more, *account.tries))),
            locked_at=account.locked_at or before.locked_at,
            locked_why=account.locked_why or before.locked_why,
            seen_at=account.seen_at or before.seen_at,
            receiver=account.receiver or before.receiver,
            ended_at=now,
        )

    entry = _entry("account_replaced", f"{former}: {id}", actor, now)
    _change(id, now, with_it, entry, keep_days)


def close_former(id: str, name: str, now: datetime) -> None:
    """Close for good an account that another replaces; the trail still names it.

    Raises:
        Conflict: when the account keeps changing.
    """

    def closed(account: Account) -> Account:
        at = account.locked_at or now
        named = replace(account, name=account.name or name, locked_at=at)
        return replace(named, locked_why=REPLACED, ended_at=now)

    _change(id, now, closed)


def _change(
    id: str,
    now: datetime,
    alter: Callable[[Account], Account],
    entry: AuditEntry | None = None,
    keep_days: int = 0,
) -> None:
    """Change an account; try again while sign-in attempts change it at the same time."""
    for _ in range(RACES):
        try:
            staff_accounts.save_account(alter(staff_accounts.account(id)), now, entry, keep_days)
            return
        except Conflict:
            continue
    raise Conflict("the account keeps changing")


def _entry(action: str, subject: str, actor: str, now: datetime) -> AuditEntry:
    return AuditEntry(at=now, actor=actor, action=action, case="", subject=subject)
