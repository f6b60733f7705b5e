"""Markers in Guards: which events were seen, and how far a run got."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from aviso.storage.guard_items import GuardItem, get, save_new
from aviso.storage.tables import ignore_if_changed

FEEDS = "FEED#"  # and a kind of feed file: when the last one came, and what is known of them
PUSHED = "#push"  # ... and this, after the kind: when changes were last pushed
GAUGES = "GAUGES"  # `chase`'s last count of open, late and silent, for the dashboard
RECONCILED = "RECONCILED"  # what the last run of `reconcile` found missing
RECONCILED_NIGHT = "RECONCILED_NIGHT"  # the result of its last nightly run, over every case
PERHAPS_TOLD = "TOLD#"  # and a notice's id: it was told before its row was lost (docs/rules.md#29)
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


def put_perhaps_told(notice: str, now: datetime) -> None:
    """Let `route` hold a notice until a person has asked its victim, whenever it is planned."""
    put_marker(PERHAPS_TOLD + notice, {}, now, timedelta(days=365))


def take_turn(pk: str, now: datetime, pause: timedelta) -> bool:
    """Whether nobody had a turn under this name since a pause ago; then this call has it."""
    free = GuardItem.pk.does_not_exist() | (GuardItem.at <= now - pause)
    with ignore_if_changed():
        GuardItem(pk, at=now, expires=now + pause).save(condition=free)
        return True
    return False


def put_new_marker(
    pk: str, data: Mapping[str, object], now: datetime, keep: timedelta, task: str = ""
) -> None:
    """Store a small record as `put_marker` does, unless this name has one."""
    save_new(GuardItem(pk, at=now, data=dict(data), expires=now + keep, task=task or None))


def marker(pk: str) -> tuple[datetime, Mapping[str, object]] | None:
    """Return a marker's time and record."""
    item = get(pk)
    return (item.at, item.data or {}) if item else None


def markers(names: Iterable[str]) -> dict[str, tuple[datetime, Mapping[str, object]]]:
    """Return the existing ones of these markers, read in one call, each as `marker` returns it."""
    found = GuardItem.batch_get(list(names), consistent_read=True)
    return {item.pk: (item.at, item.data or {}) for item in found}


def feed_names(kinds: Iterable[str]) -> list[str]:
    """Return the names of the markers from which `last_news` reads."""
    return [FEEDS + kind + how for kind in kinds for how in ("", PUSHED)]


def last_news(
    kinds: Iterable[str], found: Mapping[str, tuple[datetime, Mapping[str, object]]]
) -> dict[str, tuple[datetime | None, datetime | None]]:
    """Return when each kind last came by file or push, and when it last brought a change.

    `found` are the markers of `feed_names` that exist.
    """
    news = {}
    for kind in kinds:
        came = [found[name] for name in feed_names([kind]) if name in found]
        changes = [at for _, record in came if (at := last_change(record))]
        news[kind] = max((at for at, _ in came), default=None), max(changes, default=None)
    return news


def drop_marker(pk: str) -> None:
    """Forget a marker."""
    GuardItem(pk).delete()


def last_change(record: Mapping[str, object]) -> datetime | None:
    """Return the export time of the last feed file with a change, from its kind's record."""
    changed = record.get("changed")
    return datetime.fromisoformat(str(changed)) if changed else None
