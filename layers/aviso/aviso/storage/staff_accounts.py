"""The Members table: sign-ins in progress, open sessions, accounts and their locks.

It is a table of its own, which only the desk and the sign-in guard can write: a row here lets
somebody in (docs/decisions/members.md).
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)

from aviso.domain.model import AuditEntry
from aviso.domain.staff import Account, Member, Reset, Role, SignIn
from aviso.runtime import environment
from aviso.storage import audit, tables
from aviso.storage.codec import instant
from aviso.storage.model_calls import transaction
from aviso.storage.tables import InstantAttribute, Table, conflict_if_changed, ignore_if_changed

KEEP_ACCOUNT = timedelta(days=400)  # if never signed in: longer than any rule looks back


class MembersMeta(tables.Meta):
    """The table's settings."""

    table_name = environment.Variable("MEMBERS_TABLE", "Members")


class SignInItem(Table):
    """A sign-in in progress."""

    class Meta(MembersMeta):
        """The table's settings."""

    pk = UnicodeAttribute(hash_key=True)
    verifier = UnicodeAttribute()
    nonce = UnicodeAttribute()
    until = InstantAttribute()
    expires = TTLAttribute()


class MemberItem(Table):
    """An open session."""

    class Meta(MembersMeta):
        """The table's settings."""

    pk = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute()
    name = UnicodeAttribute()
    roles = UnicodeSetAttribute()
    csrf = UnicodeAttribute()
    created_at = InstantAttribute()
    idle_until = InstantAttribute()
    max_until = InstantAttribute()
    expires = TTLAttribute()


class AccountItem(Table):
    """What is stored about an account."""

    class Meta(MembersMeta):
        """The table's settings."""

    pk = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute(null=True)
    tries = ListAttribute[str](null=True)
    at = InstantAttribute(null=True)  # since when it is locked
    reason = UnicodeAttribute(null=True)
    seen_at = InstantAttribute(null=True)
    ended_at = InstantAttribute(null=True)
    guided_at = InstantAttribute(null=True)
    receiver = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    expires = TTLAttribute(null=True)


class ResetItem(Table):
    """An account that is being deleted and made again; present until that is done."""

    class Meta(MembersMeta):
        """The table's settings."""

    pk = UnicodeAttribute(hash_key=True)
    id = UnicodeAttribute()
    email = UnicodeAttribute()
    roles = UnicodeSetAttribute(null=True)
    enabled = BooleanAttribute()


def begin(sign_in: SignIn) -> None:
    """Store a sign-in that has begun."""
    SignInItem(
        f"SIGNIN#{sign_in.key}",
        verifier=sign_in.verifier,
        nonce=sign_in.nonce,
        until=sign_in.until,
        expires=sign_in.until,
    ).save()


def take(key: str, now: datetime) -> SignIn | None:
    """Return a sign-in in progress and delete it, so that nobody can use it twice."""
    with suppress(SignInItem.DoesNotExist), ignore_if_changed():
        item = SignInItem.get(f"SIGNIN#{key}", consistent_read=True)
        item.delete(condition=SignInItem.pk.exists())
        if item.until > now:
            return SignIn(key=key, verifier=item.verifier, nonce=item.nonce, until=item.until)
    return None


def open_session(member: Member, entry: AuditEntry, keep_days: int, ends: str) -> None:
    """Begin a session with its audit row, and end the one it replaces.

    Args:
        member: the member, with the new session.
        ends: the key of the browser's former session, or empty.
    """
    item = MemberItem(
        f"STAFF#{member.key}",
        id=member.id,
        name=member.name,
        roles={role.value for role in member.roles},
        csrf=member.csrf,
        created_at=member.created_at,
        idle_until=member.idle_until,
        max_until=member.max_until,
        expires=member.max_until,
    )
    with transaction() as write:
        write.save(item)
        write.save(audit.item_of(entry, keep_days))
        if ends and ends != member.key:
            write.delete(MemberItem(f"STAFF#{ends}"))


def resume(key: str, now: datetime, idle_until: datetime) -> Member | None:
    """Return the open session under this key and keep it open until `idle_until`, in one call."""
    item = MemberItem(f"STAFF#{key}")
    with ignore_if_changed():
        item.update(
            [MemberItem.idle_until.set(idle_until)],
            condition=(MemberItem.idle_until > now) & (MemberItem.max_until > now),
        )
        return _member(item, key)
    return None


def _member(item: MemberItem, key: str) -> Member:
    return Member(
        key=key,
        id=item.id,
        name=item.name,
        roles=_roles(item.roles),
        csrf=item.csrf,
        created_at=item.created_at,
        idle_until=item.idle_until,
        max_until=item.max_until,
    )


def end_session(key: str) -> None:
    """End a session on the server; ending an ended session is not an error."""
    MemberItem.leave(f"STAFF#{key}")


def account(id: str) -> Account:
    """Read an account consistently; an unknown one is empty."""
    try:
        return _account(AccountItem.get(f"ACCOUNT#{id}", consistent_read=True))
    except AccountItem.DoesNotExist:
        return Account(id=id)


def accounts(ids: Iterable[str]) -> dict[str, Account]:
    """Return stored accounts by id; unknown ones are left out."""
    keys = [f"ACCOUNT#{id}" for id in ids]
    return {account.id: account for account in map(_account, AccountItem.batch_get(keys))}


def _roles(stored: Iterable[str]) -> frozenset[Role]:
    """Return roles as stored; a newer release's role gives no powers here."""
    return frozenset(Role(role) for role in stored if role in Role)


def _account(item: AccountItem) -> Account:
    return Account(
        id=item.pk.removeprefix("ACCOUNT#"),
        name=item.name or "",
        tries=tuple(datetime.fromisoformat(at) for at in item.tries or ()),
        locked_at=item.at,
        locked_why=item.reason or "",
        seen_at=item.seen_at,
        ended_at=item.ended_at,
        guided_at=item.guided_at,
        receiver=item.receiver or "",
        version=int(item.version or 0),
    )


def save_account(
    changed: Account, now: datetime, entry: AuditEntry | None = None, keep_days: int = 0
) -> None:
    """Store an account over the version that was read, with an audit row where one is due.

    Raises:
        Conflict: when it changed since it was read.
    """
    # If it were forgotten, an account that is locked or was idle too long would be let in again.
    lasts = changed.locked_at or changed.guessed_at or changed.seen_at or changed.receiver
    item = AccountItem(
        f"ACCOUNT#{changed.id}",
        name=changed.name or None,
        tries=[instant(at) for at in changed.tries] or None,
        at=changed.locked_at,
        reason=changed.locked_why or None,
        seen_at=changed.seen_at,
        ended_at=changed.ended_at,
        guided_at=changed.guided_at,
        receiver=changed.receiver or None,
        version=changed.version + 1,
        expires=None if lasts else now + KEEP_ACCOUNT,
    )
    unchanged = (
        AccountItem.version == changed.version
        if changed.version
        else AccountItem.pk.does_not_exist()
    )
    with conflict_if_changed("the account changed since it was read"), transaction() as write:
        write.save(item, condition=unchanged)
        if entry is not None:
            write.save(audit.item_of(entry, keep_days))


def put_reset(reset: Reset, entry: AuditEntry, keep_days: int) -> None:
    """Store an account before it is deleted to be made again, with the audit row.

    Raises:
        Conflict: when somebody else has begun that.
    """
    item = ResetItem(
        _reset(reset.name),
        id=reset.id,
        email=reset.email,
        roles={role.value for role in reset.roles} or None,
        enabled=reset.enabled,
    )
    with conflict_if_changed("somebody else makes this account again"), transaction() as write:
        write.save(item, condition=ResetItem.pk.does_not_exist())
        write.save(audit.item_of(entry, keep_days))


def resets() -> list[Reset]:
    """Return the accounts that are being made again: normally none, or one that was interrupted."""
    found = ResetItem.scan(ResetItem.pk.startswith(_reset("")), consistent_read=True)
    return [
        Reset(
            id=item.id,
            name=item.pk.removeprefix(_reset("")),
            email=item.email,
            roles=_roles(item.roles or ()),
            enabled=item.enabled,
        )
        for item in found
    ]


def drop_reset(name: str) -> None:
    """Delete the note that an account is being made again: it exists now."""
    ResetItem(_reset(name)).delete()


def _reset(name: str) -> str:
    return f"RESET#{name}"
