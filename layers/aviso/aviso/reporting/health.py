"""The current state of the flow, from what `chase` and `reconcile` last found; for the engineer."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from aviso.domain import feed_silence
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.storage import markers

# How long a count is valid: `chase` counts each minute, some cases are reconciled each hour, and
# all of them each night, which must be repeated before its time is over.
LOOKED_LATELY, RECONCILED_LATELY = timedelta(minutes=15), timedelta(hours=2)
LAST_NIGHT = timedelta(hours=26)


class Health(Frozen, frozen=True, kw_only=True):
    """The current state of the flow; not a counter, and the same for any days shown."""

    overdue: int | None  # the silence clock; None: no recent count
    held: int | None
    tasks_overdue: int | None  # past the day that a person has; the inbox's too
    letters_overdue: int | None
    stuck: int | None
    looked_at: datetime | None
    missing: int | None  # owed minus ledger, at the last reconciliation; None: no recent one
    reconciled_at: datetime | None
    night_missing: int | None  # the same for the last night, when every case was compared
    night_failed: int | None  # cases that could not be compared
    night_ended: bool  # it reached the last case
    night_at: datetime | None
    feeds: Mapping[str, datetime | None]  # kind of file -> when the last one was read
    silent_feeds: tuple[str, ...]
    still_feeds: Mapping[str, datetime]  # kind of file -> the last change, when it is too old


def read_health(settings: Settings, now: datetime) -> Health:
    """Read how the flow is now, in one call."""
    looks = {
        markers.GAUGES: LOOKED_LATELY,
        markers.RECONCILED: RECONCILED_LATELY,
        markers.RECONCILED_NIGHT: LAST_NIGHT,
    }
    kinds = [f.kind for f in settings.feed]
    kept = markers.markers([*looks, *markers.feed_names(kinds)])
    news = markers.last_news(kinds, kept)
    times = {name: at for name, (at, _) in kept.items()}
    # When the function that counts has stopped, no number is true.
    found, run, night = (
        kept[name][1] if name in kept and now - times[name] <= lately else {}
        for name, lately in looks.items()
    )
    feeds = {kind: at for kind, (at, _) in news.items()}
    return Health(
        overdue=_number(found.get("Overdue")),
        held=_number(found.get("Held")),
        tasks_overdue=_number(found.get("TasksOverdue")),
        letters_overdue=_number(found.get("LettersOverdue")),
        stuck=_number(found.get("Stuck")),
        looked_at=times.get(markers.GAUGES),
        missing=_number(run.get("missing")),
        reconciled_at=times.get(markers.RECONCILED),
        night_missing=_number(night.get("missing")),
        night_failed=_number(night.get("failed")),
        night_ended=not night.get("go_on_at"),
        night_at=times.get(markers.RECONCILED_NIGHT),
        feeds=feeds,
        silent_feeds=tuple(feed_silence.silent(news, settings, now)),
        still_feeds=feed_silence.still(news, settings, now),
    )


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None
