"""Gauges of open, late and silent work: the silence clock and the dead-man switch.

See docs/rules.md#7.

`chase` runs this every few minutes. It counts all open notices (a sparse index), not only those
that are due: a notice that nobody looks at must not be missed.
"""

from collections import Counter
from datetime import datetime, timedelta

from aviso.domain import feed_silence
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import TOLD
from aviso.domain.reasons import WaitReason
from aviso.domain.settings import Settings
from aviso.notices import agency_emails
from aviso.storage import (
    inbox_tasks,
    markers,
    notices,
    people_imports,
    print_runs,
    sending_controls,
)

EVERY_MINUTES = 5
SECONDS_WITH_GAUGES, SECONDS_WITHOUT = 20, 5  # for what follows `chase` in a run
STUCK_AFTER = timedelta(minutes=15)  # chase runs each minute: its due work is never this old
IMPORTS_TAKE = timedelta(hours=1)  # messages seldom wait longer for people to be imported
# Time a person has for a task: after the notice's deadline, or after it came to the inbox.
TASK_DAYS = timedelta(days=1)
LETTER_DAYS = timedelta(days=3)  # a print run, the next working day, the post office
WITH_A_PERSON = frozenset({State.HELD, State.QUEUED, State.PRINTED})
LETTERS = frozenset({State.QUEUED, State.PRINTED})
GAUGES = ("Overdue", "TasksOverdue", "LettersOverdue", "Stuck")


def is_time(now: datetime) -> bool:
    """Whether this minute's run counts."""
    return now.minute % EVERY_MINUTES == 0


def seconds_needed(now: datetime) -> int:
    """Return how many seconds of this minute's run must be left for what follows `chase`."""
    return SECONDS_WITH_GAUGES if is_time(now) else SECONDS_WITHOUT


def watch(settings: Settings, now: datetime) -> dict[str, float]:
    """Return the gauges by their metrics' names, and store them for the desk."""
    found: Counter[str] = Counter()
    unposted: Counter[str] = Counter()
    importing = people_imports.under_way_since(now)
    for notice in notices.open_notices():
        found["Overdue"] += overdue(notice, now)
        held = notice.state is State.HELD
        found["Held"] += held
        found["TasksOverdue"] += held and notice.deadline + TASK_DAYS < now
        found["LettersOverdue"] += notice.state in LETTERS and notice.deadline + LETTER_DAYS < now
        found["Stuck"] += stuck(notice, now) or waits_for_imports(notice, importing, now)
        if notice.state is State.PRINTED:
            unposted[notice.run] += 1
    for one in agency_emails.everywhere(settings):
        waits = bool(one.reason)
        found["Overdue"] += one.late(now)
        found["Held"] += waits
        found["TasksOverdue"] += waits and one.deadline + TASK_DAYS < now
    found["TasksOverdue"] += inbox_tasks.count_late(now - TASK_DAYS)
    switches = sending_controls.switches()
    gauges: dict[str, float] = {
        **{name: found[name] for name in GAUGES},
        "BrakeOn": bool(switches.brake),
        "KillSwitchOn": switches.kill,
        "FeedsSilent": len({*silent_feeds(settings, now), *still_feeds(settings, now)}),
    }
    kept = gauges | {"Held": found["Held"]}  # no alarm uses the number of held notices
    markers.put_marker(markers.GAUGES, kept, now, markers.LOOKS_KEPT)
    print_runs.put_unposted(unposted, now)
    return gauges


def feeds_silent_at_last_look() -> bool:
    """Whether a kind of feed file was late or brought no change, or nobody has looked yet."""
    looked = markers.marker(markers.GAUGES)
    return looked is None or bool(looked[1].get("FeedsSilent", 1))


def overdue(notice: Notice, now: datetime) -> bool:
    """Whether a notice is past its deadline, and waits for nobody and for no plan's hours."""
    late = notice.deadline < now and notice.state not in TOLD  # `told_at` alone is not enough
    waits = notice.state in WITH_A_PERSON or notice.reason == WaitReason.OUTSIDE_PLAN
    return late and not waits


def stuck(notice: Notice, now: datetime) -> bool:
    """Whether a notice's next step is more than `STUCK_AFTER` late; queued letters do not count."""
    late = notice.due_at is not None and notice.due_at + STUCK_AFTER < now
    return late and notice.state is not State.QUEUED


def waits_for_imports(notice: Notice, since: datetime | None, now: datetime) -> bool:
    """Whether a notice waits for imports of people that have run without a pause for too long.

    `since` is when they began, or None when none runs.
    """
    if since is None or since + IMPORTS_TAKE >= now:
        return False
    return notice.state is State.WAITING and notice.reason == WaitReason.IMPORT_UNDER_WAY


def _last_news(settings: Settings) -> dict[str, tuple[datetime | None, datetime | None]]:
    kinds = [file.kind for file in settings.feed]
    return markers.last_news(kinds, markers.markers(markers.feed_names(kinds)))


def silent_feeds(settings: Settings, now: datetime) -> list[str]:
    """Return the kinds of feed file that are later than usual, or never came."""
    return feed_silence.silent(_last_news(settings), settings, now)


def still_feeds(settings: Settings, now: datetime) -> list[str]:
    """Return the kinds whose files come, but have brought no change for longer than usual."""
    return [*feed_silence.still(_last_news(settings), settings, now)]
