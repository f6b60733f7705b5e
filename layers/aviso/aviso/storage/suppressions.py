"""Addresses that get no message: opted out, bounced, or not their victim's (docs/rules.md#11)."""

from datetime import datetime, timedelta

from pynamodb.expressions.condition import Condition

from aviso.storage.guard_items import KEEP_UNREAD, GuardItem, get
from aviso.storage.tables import ignore_if_changed

KEEP_START = KEEP_UNREAD + timedelta(days=10)  # so that no text read late undoes a START


def opt_out(key: str, source: str, now: datetime) -> None:
    """Never write to this address again, until its owner says otherwise. Never expires.

    Texts arrive in any order and twice: an old STOP never undoes a newer START.
    """
    if not started_since(key, now):
        _save_latest(GuardItem(f"OPTOUT#{key}", at=now, source=source), now)


def started_since(key: str, at: datetime) -> bool:
    """Whether an address's owner asked for messages at this time or later."""
    started = get(f"OPTIN#{key}")
    return started is not None and started.at is not None and started.at >= at


def opt_in(key: str, asked_at: datetime) -> None:
    """Undo an opt-out older than this request; only the address's owner may cause this.

    Texts arrive in any order and twice: an old START never undoes a newer STOP.
    """
    item = GuardItem(f"OPTIN#{key}", at=asked_at, expires=asked_at + KEEP_START)
    _save_latest(item, asked_at)
    with ignore_if_changed():
        GuardItem(f"OPTOUT#{key}").delete(condition=GuardItem.at < asked_at)


def older(at: datetime) -> Condition:
    """Return the condition that a guard does not exist, or was put before a time."""
    condition: Condition = GuardItem.at.does_not_exist() | (GuardItem.at < at)
    return condition


def _save_latest(item: GuardItem, at: datetime) -> None:
    """Save a request made at a time, unless there is a newer one."""
    with ignore_if_changed():
        item.save(condition=older(at))


def bounced(key: str, reason: str, now: datetime) -> None:
    """Record that an address is dead; it is tried again after a year."""
    expires = now + timedelta(days=365)
    GuardItem(f"BOUNCE#{key}", at=now, reason=reason, expires=expires).save()


def not_me(key: str, case_origin: str, now: datetime) -> None:
    """Record that an address's owner is not the victim of this case."""
    GuardItem(f"NOTME#{key}#{case_origin}", at=now).save()


def not_me_undone(key: str, case_origin: str) -> None:
    """Delete the record that an address's owner is not the victim of this case."""
    GuardItem(f"NOTME#{key}#{case_origin}").delete()
