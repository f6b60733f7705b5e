"""Make tasks at the desk for files and rows that could not be imported as they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from aviso.domain.errors import REPLACED, FileRefused, FileWaits
from aviso.domain.settings import FeedFile, Settings
from aviso.feed import checkpoint, mistake_words, objects
from aviso.feed.checkpoint import Progress
from aviso.feed.file_names import Source, name_of
from aviso.feed.mistake_words import BadRow
from aviso.storage import inbox_tasks, markers

DESK = 5  # rejected rows that the desk describes


def refused(
    source: Source, file: FeedFile | None, refusal: FileRefused, settings: Settings, now: datetime
) -> Mapping[str, Any]:
    """Make a task for a file that was not imported; return and store its summary.

    `file` is the file's settings, or None when its name fits none.
    """
    if refusal.reason != REPLACED:  # the new file has its own event
        task = _task_of(source, file)
        about = {"about": refusal.about, **_what_waits(source, refusal)}
        inbox_tasks.put_refused(task, source.key, refusal.reason, about, now)
    summary = {
        "file": source.key,
        "result": "refused",
        **({"kind": file.kind} if file else {}),
        "code": refusal.reason,
        "reason": str(refusal),
        "mistakes": [mistake_words.of_file(source.key, refusal, mistake_words.words(settings))],
        "finished": now.isoformat(),
    }
    objects.put_json(source.bucket, source.summary_key, summary)
    checkpoint.finished(source, now)
    return summary


def gone(key: str, refusal: FileRefused, settings: Settings, now: datetime) -> Mapping[str, Any]:
    """Make a task for a file that could not be found; return its summary."""
    name = name_of(key)
    inbox_tasks.put_refused(name, key, refusal.reason, {"about": refusal.about}, now)
    said = [mistake_words.of_file(key, refusal, mistake_words.words(settings))]
    return {"file": key, "result": "refused", "reason": str(refusal), "mistakes": said}


def imported(
    source: Source, file: FeedFile, progress: Progress, doubts: Sequence[BadRow], now: datetime
) -> None:
    """Make tasks for an imported file's rejected and doubtful rows: they may owe a notice.

    Full files have the same bad row every night, so they have one task, the last file's. A file
    without bad rows ends this task. An imported full file also ends the task of an earlier refused
    file, and so does the same file, once accepted.

    `doubts` are the columns with dates, codes or flags that cannot be read. They have one task for
    each kind of file, the last file's: each file may have some.
    """
    task, counts = _task_of(source, file), progress.counts
    if counts["rejected"]:
        bad = progress.bad[:DESK]
        inbox_tasks.put_rejected(task, source.key, counts["rejected"], now, {"first": bad})
    elif file.full:
        markers.drop_marker(inbox_tasks.rejected_name(task))
    if file.full or source.accepted:
        markers.drop_marker(inbox_tasks.refused_name(task))
    if source.accepted and source.replaced:
        _end_first_task(source, file)
    doubtful = f"{file.kind}-dates"  # the name of a release that noted dates alone
    if doubts:
        first = [asdict(row) for row in doubts[:DESK]]
        inbox_tasks.put_rejected(doubtful, source.key, 0, now, {"first": first})
    elif file.full:
        markers.drop_marker(inbox_tasks.rejected_name(doubtful))
    if counts["doubtful"]:  # the next full file does not report it again
        about = {"doubtful": counts["doubtful"]}
        inbox_tasks.put_rejected(f"{source.name}-suspects", source.key, 0, now, about)


def _end_first_task(source: Source, file: FeedFile) -> None:
    """End the task of a file that was replaced while it waited; the task has another name."""
    for name in (file.kind, name_of(source.key)):
        found = markers.marker(inbox_tasks.refused_name(name))
        if found and found[1].get("etag") == source.etag:
            markers.drop_marker(inbox_tasks.refused_name(name))


def _what_waits(source: Source, refusal: FileRefused) -> dict[str, object]:
    """Return what the desk needs to show and accept a file that waits; nothing for another."""
    if not isinstance(refusal, FileWaits):
        return {}
    arrived = {"arrived": source.arrived.isoformat()} if source.arrived else {}
    version = {"version": source.version} if source.version else {}
    accepted = {"accepted": list(source.accepted)} if source.accepted else {}
    return {"etag": source.etag, "numbers": refusal.numbers, **arrived, **version, **accepted}


def _task_of(source: Source, file: FeedFile | None) -> str:
    return file.kind if file and file.full else source.name
