"""Markers in Guards: which events were seen, and how far a run got."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from aviso.storage.guard_items import GuardItem, get, save_new

FEEDS = "FEED#"  # and a kind of feed file: when the last one came, and what is known of them
GAUGES = "GAUGES"  # `chase`'s last count of open, late and silent, for the dashboard
RECONCILED = "RECONCILED"  # what the last run of `reconcile` found missing
RECONCILED_NIGHT = "RECONCILED_NIGHT"  # the result of its last nightly run, over every case
LOOKS_KEPT = timedelta(days=2)  # an older count says nothing about now


def first_time(event_id: str, now: datetime) -> bool:
    """Whether this event id is new; remembers it for two weeks."""
    return save_new(GuardItem(f"EVENT#{event_id}", at=now, expires=now + timedelta(days=14)))


def put_marker(
    pk: str, data: Mapping[str, object], now: datetime, keep: timedelta, task: str = ""
) -> None:
    """Store a small record under a name (a checkpoint, a feed's last file).

    Args:
        keep: how long it is stored.
        task: its kind of task for the desk; empty when no person need see it.
    """
    GuardItem(pk, at=now, data=dict(data), expires=now + keep, task=task or None).save()


def put_new_marker(
    pk: str, data: Mapping[str, object], now: datetime, keep: timedelta, task: str
) -> None:
    """Store a small record as `put_marker` does, unless this name has one."""
    save_new(GuardItem(pk, at=now, data=dict(data), expires=now + keep, task=task))


def marker(pk: str) -> tuple[datetime, Mapping[str, object]] | None:
    """Return a marker's time and record."""
    item = get(pk)
    return (item.at, item.data or {}) if item else None


def markers(names: Iterable[str]) -> dict[str, tuple[datetime, Mapping[str, object]]]:
    """Return the existing ones of these markers, read in one call, each as `marker` returns it."""
    found = GuardItem.batch_get(list(names), consistent_read=True)
    return {item.pk: (item.at, item.data or {}) for item in found}


def drop_marker(pk: str) -> None:
    """Forget a marker."""
    GuardItem(pk).delete()


def last_change(record: Mapping[str, object]) -> datetime | None:
    """Return the export time of the last feed file with a change, from its kind's record."""
    changed = record.get("changed")
    return datetime.fromisoformat(str(changed)) if changed else None
