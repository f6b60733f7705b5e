"""The progress and numbers of an import, so that another invocation can continue a long file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Self

from aviso.domain.settings import FeedFile
from aviso.feed.file_names import Source
from aviso.storage import markers

KEEP_CHECKPOINT = timedelta(days=2)
KEEP_IMPORTED = timedelta(days=14)  # S3 repeats an event within hours, not weeks
KEEP_LAST_FILE = timedelta(days=400)


@dataclass(slots=True)
class Progress:
    """The reading position and the numbers so far; stored as plain JSON."""

    encoding: str = ""
    header: list[str] = field(default_factory=list)
    step: int = 0  # which pass over the file
    offset: int = 0  # bytes; the next record of this pass begins here; 0: pass not begun
    line: int = 1
    part: int = 1  # the invocation's number
    counts: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    rows: int = 0  # in the whole file
    bad: list[dict[str, Any]] = field(default_factory=list)  # the first rejected rows, `BadRow`
    doubts: dict[str, int] = field(default_factory=dict)  # the first line of some of the warnings
    started: str = ""

    @classmethod
    def resumed(cls, source: Source, now: datetime) -> Self:
        """Return the last checkpoint of this upload, or a new start."""
        found = markers.marker(_checkpoint(source))
        if found is None:
            return cls(started=now.isoformat())
        known = {f.name for f in fields(cls)}
        data: dict[str, Any] = {name: value for name, value in found[1].items() if name in known}
        data["counts"] = Counter(data["counts"])
        data["warnings"] = Counter(data["warnings"])
        return cls(**data)

    def begin_next_pass(self) -> None:
        """Go back to the beginning of the file."""
        self.step, self.offset, self.line = self.step + 1, 0, 1

    def save(self, source: Source, now: datetime) -> None:
        """Store this checkpoint."""
        data = {f.name: getattr(self, f.name) for f in fields(self)}
        markers.put_marker(_checkpoint(source), data, now, KEEP_CHECKPOINT)


def _checkpoint(source: Source) -> str:
    return f"CHECKPOINT#{source.id}"


def already_imported(source: Source) -> bool:
    """Whether this upload was imported: S3 may send its event twice (docs/rules.md#17)."""
    return markers.marker(f"IMPORTED#{source.id}") is not None


def finished(source: Source, now: datetime) -> None:
    """Record that this upload is finished."""
    markers.put_marker(f"IMPORTED#{source.id}", {}, now, KEEP_IMPORTED)
    markers.drop_marker(_checkpoint(source))


def last_file(kind: str) -> Mapping[str, Any]:
    """Return the notes about the last file of a kind."""
    found = markers.marker(markers.FEEDS + kind)
    return found[1] if found else {}


def full_until(file: FeedFile) -> datetime | None:
    """Return the latest full file's time, or None when files of this kind are not full."""
    known = last_file(file.kind).get("full_until") if file.full else None
    return datetime.fromisoformat(known) if known else None


def note_push(kind: str, exported: datetime, now: datetime, *, changed: bool) -> None:
    """Record that changes of a kind were pushed, and whether one was new."""
    name = markers.FEEDS + kind + markers.PUSHED
    before = markers.marker(name)
    known = dict(before[1]) if before else {}
    if changed or not known:
        known["changed"] = max(str(known.get("changed", "")), exported.isoformat())
    markers.put_marker(name, known, now, KEEP_LAST_FILE)


def note_file(kind: str, known: Mapping[str, Any], now: datetime) -> None:
    """Record that a file of a kind came: the feed's silence clock starts here.

    See docs/rules.md#7.
    """
    markers.put_marker(markers.FEEDS + kind, known, now, KEEP_LAST_FILE)
