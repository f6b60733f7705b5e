"""What an import leaves for people: a task at the desk for what could not be taken in as it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aviso.domain.errors import REPLACED, FileRefused
from aviso.domain.settings import FeedFile
from aviso.feed import bucket, checkpoint
from aviso.feed.file_names import INCOMING, Source
from aviso.storage import inbox_tasks, markers


def refused(
    source: Source, file: FeedFile | None, refusal: FileRefused, now: datetime
) -> Mapping[str, Any]:
    """Make a task of a file of which nothing was imported; return and keep its summary.

    Args:
        source: the file.
        file: the settings it was read by, None when its name fits none.
        refusal: why.
        now: when.
    """
    if refusal.reason != REPLACED:  # the file in its place has an event of its own
        task = _task_of(source, file)
        inbox_tasks.put_refused(task, source.key, refusal.reason, refusal.about, now)
    summary = {
        "file": source.key,
        "result": "refused",
        "reason": str(refusal),
        "finished": now.isoformat(),
    }
    bucket.put_json(source.bucket, source.summary_key, summary)
    checkpoint.finished(source, now)
    return summary


def gone(key: str, refusal: FileRefused, now: datetime) -> None:
    """Make a task of a file that could not even be found."""
    name = key.removeprefix(INCOMING).removesuffix(".csv")
    inbox_tasks.put_refused(name, key, refusal.reason, refusal.about, now)


def imported(source: Source, file: FeedFile, counts: Mapping[str, int], now: datetime) -> None:
    """Make tasks of an imported file's rejected and doubtful rows: somebody is owed what they tell.

    Full files come with the same bad row every night: they have one task, the last one's. A good
    one ends it, and that of a file before it that was refused.
    """
    task = _task_of(source, file)
    if counts["rejected"]:
        inbox_tasks.put_rejected(task, source.key, counts["rejected"], now)
    elif file.full:
        markers.drop_marker(inbox_tasks.rejected_name(task))
    if file.full:
        markers.drop_marker(inbox_tasks.refused_name(task))
    if counts["doubtful"]:  # the next full file says nothing of it any more
        inbox_tasks.put_rejected(f"{source.name}-suspects", source.key, 0, now, counts["doubtful"])


def _task_of(source: Source, file: FeedFile | None) -> str:
    return file.kind if file and file.full else source.name
