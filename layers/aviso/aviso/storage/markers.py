"""Markers in Guards: what was seen once, and how far a run came."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from aviso.storage.guard_items import GuardItem, get, save_new

GAUGES = "GAUGES"  # the last look of `chase` at what is open, late or silent, for the dashboard
RECONCILED = "RECONCILED"  # what the last run of `reconcile` found missing
RECONCILED_NIGHT = "RECONCILED_NIGHT"  # what its last run by night did, over every case
LOOKS_KEPT = timedelta(days=2)  # an older look says nothing of now


def first_time(event_id: str, now: datetime) -> bool:
    """Say whether this event id is seen for the first time, and remember it for two weeks."""
    return save_new(GuardItem(f"EVENT#{event_id}", at=now, expires=now + timedelta(days=14)))


def put_marker(
    pk: str, data: Mapping[str, object], now: datetime, keep: timedelta, task: str = ""
) -> None:
    """Keep a small record under a name (a checkpoint, a feed's last file).

    Args:
        pk: the name.
        data: the record.
        now: when it is put.
        keep: how long it is kept.
        task: what kind of task it is for the desk; empty when no person need see it.
    """
    GuardItem(pk, at=now, data=dict(data), expires=now + keep, task=task or None).save()


def put_new_marker(
    pk: str, data: Mapping[str, object], now: datetime, keep: timedelta, task: str
) -> None:
    """Keep a small record as `put_marker` does, where there is none under this name."""
    save_new(GuardItem(pk, at=now, data=dict(data), expires=now + keep, task=task))


def marker(pk: str) -> tuple[datetime, Mapping[str, object]] | None:
    """Return a marker and when it was put."""
    item = get(pk)
    return (item.at, item.data or {}) if item else None


def markers(names: Iterable[str]) -> dict[str, tuple[datetime, Mapping[str, object]]]:
    """Return those markers that there are, read in one call: name -> as `marker` has it."""
    found = GuardItem.batch_get(list(names), consistent_read=True)
    return {item.pk: (item.at, item.data or {}) for item in found}


def drop_marker(pk: str) -> None:
    """Forget a marker."""
    GuardItem(pk).delete()
