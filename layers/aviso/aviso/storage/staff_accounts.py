"""The Members table: sign-ins in progress, open sessions, accounts and their locks.

It is a table of its own, which only the desk and the sign-in guard can write: a row here lets
somebody in (docs/decisions/members.md).
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UnicodeSetAttribute

from aviso.domain.model import AuditEntry
from aviso.domain.staff import Account, Member, Reset, Role, SignIn
from aviso.runtime import environment
from aviso.storage import audit, tables
from aviso.storage.codec import fields_of, value_of
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
    stores = SignIn
    expires = TTLAttribute()


class MemberItem(Table):
    """An open session."""

    class Meta(MembersMeta):
        """The table's settings."""

    pk = UnicodeAttribute(hash_key=True)
    stores = Member
    roles = UnicodeSetAttribute()
    idle_until = InstantAttribute()
    max_until = InstantAttribute()
    expires = TTLAttribute()


class AccountItem(Table):
    """What is stored about an account."""

    class Meta(MembersMeta):
        """The table's settings."""

    pk = UnicodeAttribute(hash_key=True)
    stores = Account
    name = UnicodeAttribute(null=True)
    at = InstantAttribute(null=True)  # since when it is locked
    reason = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    expires = TTLAttribute(null=True)


class ResetItem(Table):
    """An account that is being deleted and made again; present until that is done."""

    class Meta(MembersMeta):
        """The table's settings."""

    pk = UnicodeAttribute(hash_key=True)
    stores = Reset
    roles = UnicodeSetAttribute(null=True)


def begin(sign_in: SignIn) -> None:
    """Store a sign-in that has begun."""
    stored = fields_of(sign_in) | {"key": None, "expires": sign_in.until}
    SignInItem(f"SIGNIN#{sign_in.key}", **stored).save()


def take(key: str, now: datetime) -> SignIn | None:
    """Return a sign-in in progress and delete it, so that nobody can use it twice."""
    with suppress(SignInItem.DoesNotExist), ignore_if_changed():
        item = SignInItem.get(f"SIGNIN#{key}", consistent_read=True)
        item.delete(condition=SignInItem.pk.exists())
        found = value_of(SignIn, item.attribute_values, key=key)
        return found if found.until > now else None
    return None


def open_session(member: Member, entry: AuditEntry, keep_days: int, ends: str) -> None:
    """Begin a session with its audit row, and end the one it replaces.

    Args:
        member: the member, with the new session.
        ends: the key of the browser's former session, or empty.
    """
    stored = fields_of(member) | {"key": None, "roles": {str(role) for role in member.roles}}
    item = MemberItem(f"STAFF#{member.key}", **stored, expires=member.max_until)
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
    return value_of(Member, item.attribute_values, key=key, roles=_roles(item.roles))


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
    locked = {"locked_at": item.at, "locked_why": item.reason or ""}
    id = item.pk.removeprefix("ACCOUNT#")
    return value_of(Account, item.attribute_values, id=id, **locked)


def save_account(
    changed: Account, now: datetime, entry: AuditEntry | None = None, keep_days: int = 0
) -> None:
    """Store an account over the version that was read, with an audit row where one is due.

    Raises:
        Conflict: when it changed since it was read.
    """
    # If it were forgotten, an account that is locked or was idle too long would be let in again.
    lasts = changed.locked_at or changed.guessed_at or changed.seen_at or changed.receiver
    stored = fields_of(changed) | {
        "at": changed.locked_at,
        "reason": changed.locked_why or None,
        "version": changed.version + 1,
        "expires": None if lasts else now + KEEP_ACCOUNT,
    }
    for name in ("id", "locked_at", "locked_why"):
        del stored[name]
    item = AccountItem(f"ACCOUNT#{changed.id}", **stored)
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
    stored = fields_of(reset) | {"roles": {str(role) for role in reset.roles} or None}
    item = ResetItem(_reset(reset.name), **stored | {"name": None})
    with conflict_if_changed("somebody else makes this account again"), transaction() as write:
        write.save(item, condition=ResetItem.pk.does_not_exist())
        write.save(audit.item_of(entry, keep_days))


def resets() -> list[Reset]:
    """Return the accounts that are being made again: normally none, or one that was interrupted."""
    found = ResetItem.scan(ResetItem.pk.startswith(_reset("")), consistent_read=True)
    return [
        value_of(
            Reset,
            item.attribute_values,
            name=item.pk.removeprefix(_reset("")),
            roles=_roles(item.roles or ()),
        )
        for item in found
    ]


def drop_reset(name: str) -> None:
    """Delete the note that an account is being made again: it exists now."""
    ResetItem(_reset(name)).delete()


def _reset(name: str) -> str:
    return f"RESET#{name}"
