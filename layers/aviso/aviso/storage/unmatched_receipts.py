"""Receipts of texts in the Guards table: early ones, and those of texts that are not notices."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from aviso.storage.guard_items import GuardItem, get, save_new

KEPT = timedelta(days=3)


def note_no_notice(provider_id: str, now: datetime) -> None:
    """Record a text that is not a notice: its receipt must not prove that a notice arrived."""
    GuardItem(f"TEXT#{provider_id}", at=now, expires=now + KEPT).save()


def is_no_notice(provider_id: str) -> bool:
    """Whether a text is an answer or a code, not a notice."""
    return get(f"TEXT#{provider_id}") is not None


def put(key: str, provider_id: str, receipt: Mapping[str, object], now: datetime) -> None:
    """Store a receipt that came before its attempt was recorded; `chase` looks for it.

    Each text's receipt is stored separately: a phone may get several texts within a moment. The
    same receipt again changes nothing, so that a doubtful one stays doubtful.
    """
    item = GuardItem(
        f"ORPHAN#{provider_id}",
        at=now,
        data=dict(receipt),
        task=f"ORPHAN#{key}",
        expires=now + KEPT,
    )
    save_new(item)


def read(provider_id: str) -> Mapping[str, object] | None:
    """Return the stored receipt of one message."""
    item = get(f"ORPHAN#{provider_id}")
    return item.data if item else None


def waiting(key: str) -> list[Mapping[str, object]]:
    """Return the stored receipts for an address that may still prove something, oldest first."""
    return [item.data for item in GuardItem.by_task.query(f"ORPHAN#{key}")]


def doubt(provider_id: str) -> None:
    """Stop a receipt from proving anything for an address: nobody can tell which text it is for."""
    GuardItem(f"ORPHAN#{provider_id}").update([GuardItem.task.remove()])


def drop(provider_id: str) -> None:
    """Delete a receipt that was matched to its attempt."""
    GuardItem(f"ORPHAN#{provider_id}").delete()
