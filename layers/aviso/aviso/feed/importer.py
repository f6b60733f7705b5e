"""Import one export file: from the event in S3 to rows in Cases, rejects and a summary.

Every step may be repeated: a row is written only if it is as it was read, and a file that was
imported completely is not read again.
"""

import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import asdict, replace

from aviso.domain.errors import REPLACED, FileRefused, FileWaits
from aviso.domain.settings import FeedFile, Settings
from aviso.feed import (
    checkpoint,
    date_forms,
    file_doubts,
    first_reading,
    import_tasks,
    mistake_words,
    objects,
    preview,
    volume,
    withdrawals,
)
from aviso.feed.checkpoint import Progress
from aviso.feed.export_file import ExportFile
from aviso.feed.file_names import Source, Upload, described
from aviso.feed.mistake_words import OF_VALUES, SHOWN, BadRow
from aviso.feed.reject_list import IN_MEMORY, RejectList
from aviso.feed.row_reader import RowReader, passes
from aviso.feed.row_writer import RowWriter, storing
from aviso.storage import people_imports

TIME_NEEDED = 30_000  # milliseconds left; below this another invocation continues
CHANGES = ("new", "changed", "renumbered")  # counts of rows that say something new
# How long sends wait for a crashed import: AWS repeats it after one minute, and again after two.
AFTER_A_CRASH = timedelta(minutes=5)


def import_object(
    upload: Upload,
    settings: Settings,
    now: datetime,
    remaining_ms: Callable[[], int],
    again: Callable[[], None],
) -> Mapping[str, Any]:
    """Import one file of the feed, or as much of it as there is time for.

    Args:
        now: the first-seen time of facts not seen before.
        remaining_ms: returns the time left for this invocation, in milliseconds.
        again: starts another invocation for the same file, which continues from the checkpoint.

    Returns:
        The summary, also written to `summaries/`; it has numbers and column names, no values.
    """
    try:
        source = objects.find(upload)
    except FileRefused as refusal:
        return import_tasks.gone(upload.key, refusal, settings, now)
    if checkpoint.already_imported(source):
        return {"file": upload.key, "result": "repeated"}
    try:
        return _import_version(source, settings, now, remaining_ms, again)
    except FileRefused:
        return _import_version(replace(source, replaced=True), settings, now, remaining_ms, again)


def _import_version(
    source: Source,
    settings: Settings,
    now: datetime,
    remaining_ms: Callable[[], int],
    again: Callable[[], None],
) -> Mapping[str, Any]:
    """Import a version of a file, or as much of it as there is time for.

    Raises:
        FileRefused: when another file replaced it while it was read. Its event named this version,
            so it is still there.
    """
    try:
        file, exported = described(source, settings.feed, settings.agency.zone, now)
    except FileRefused as refusal:
        return import_tasks.refused(source, None, refusal, settings, now)
    if source.part or source.pushed or source.replaced:
        file = replace(file, full=False)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as list_file:
        try:
            progress = Progress.resumed(source, now)
            export = ExportFile(source=source, file=file, exported=exported, settings=settings)
            export = _accepted(export, progress, now, remaining_ms)
            rejects = RejectList(list_file, mistake_words.words(settings))
            run = Import(export, now, progress, rejects)
            done = run.go(remaining_ms)
        except FileRefused as refusal:
            if refusal.reason == REPLACED and source.version and not source.replaced:
                raise
            _release_sends(source, file)
            return import_tasks.refused(source, file, refusal, settings, now)
    if not done:
        again()
        return run.summary("continues")
    _release_sends(source, file)
    summary = run.summary("imported") | run.conclude()
    objects.put_json(source.bucket, source.summary_key, summary)
    checkpoint.finished(source, now)
    return summary


def _accepted(
    export: ExportFile, progress: Progress, now: datetime, remaining_ms: Callable[[], int]
) -> ExportFile:
    """Return an export open for reading; the checkpoint keeps what its first reading found.

    Raises:
        FileRefused: when nothing of it may be imported.
        FileWaits: when a person must look at it first.
    """
    if progress.encoding:
        return replace(export, encoding=progress.encoding).with_header(progress.header)
    export, count = first_reading.read_whole(export)
    known = checkpoint.last_file(export.file.kind).get("rows", ())
    try:
        volume.check(export, count, known)
        doubts = file_doubts.check(export, count, known, now)
    except FileWaits as waits:
        waits.numbers |= preview.look(export, now, remaining_ms)
        raise
    for code, column in doubts:
        warning = f"{code}:{column}"
        progress.warnings[warning], progress.doubts[warning] = 1, file_doubts.HEADER
    progress.rows = count.rows
    progress.encoding, progress.header = export.encoding, list(export.first_line)
    return export


def _release_sends(source: Source, file: FeedFile) -> None:
    if file.kind == "people":
        people_imports.end(source.id, pushed=source.pushed)


@dataclass(slots=True)
class Import:
    """An import in progress."""

    export: ExportFile
    now: datetime
    progress: Progress
    rejects: RejectList

    def go(self, remaining_ms: Callable[[], int]) -> bool:
        """Read on from the checkpoint; return whether the end of the file was reached."""
        since = checkpoint.full_until(self.export.file)
        store = storing(self.export.settings, self.now)
        reader = RowReader(self.export, self.progress, self.rejects)
        writer = RowWriter(self.export, self.now, since, self.progress, self.rejects, store)
        while self.progress.step < len(passes(self.export.file.kind)):
            self._hold_sends(remaining_ms)
            if not self._pass(reader, writer, remaining_ms):
                self._put_rejects()
                self.progress.part += 1
                self.progress.save(self.export.source, self.now)
                return False
            self.progress.begin_next_pass()
        self._put_rejects()
        if any(self.progress.counts[name] for name in CHANGES):  # read again, nothing would be new
            self.progress.save(self.export.source, self.now)
        return True

    def conclude(self) -> dict[str, Any]:
        """Record that the file came, and withdraw the arrests that full files no longer have."""
        source, file, exported = self.export.source, self.export.file, self.export.exported
        if source.pushed:
            self._note_push()
            return {}
        if file.removes:  # it says nothing about the age of the cases
            import_tasks.imported(source, file, self.progress, self._doubts(), self.now)
            return {}
        known = dict(checkpoint.last_file(file.kind))
        found: dict[str, Any] = {}
        if file.full:
            if file.kind == "arrests":
                found = withdrawals.judge(self.export, self.progress.unreadable, known, self.now)
            known["full_until"] = max(known.get("full_until", ""), exported.isoformat())
        known["exported"] = max(known.get("exported", ""), exported.isoformat())
        if found.get("withdrawn") or any(self.progress.counts[name] for name in CHANGES):
            known["changed"] = max(known.get("changed", ""), exported.isoformat())
        known["rows"] = volume.noted(
            known.get("rows", ()), self.progress.rows, bool(source.accepted)
        )
        known.setdefault("changed", exported.isoformat())  # a release that did not note it
        if not (source.part or source.replaced):
            checkpoint.note_file(file.kind, known, self.now)
        import_tasks.imported(source, file, self.progress, self._doubts(), self.now)
        return found

    def _note_push(self) -> None:
        """Record that something was pushed, apart from files: many pushes may come at once."""
        kind, exported = self.export.file.kind, self.export.exported
        changed = any(self.progress.counts[name] for name in CHANGES)
        checkpoint.note_push(kind, exported, self.now, changed=changed)
        import_tasks.imported(
            self.export.source, self.export.file, self.progress, self._doubts(), self.now
        )

    def summary(self, result: str) -> dict[str, Any]:
        """Return the import's numbers so far."""
        names = "read new changed unchanged older renumbered rejected ignored skipped".split()
        return {
            "file": self.export.source.key,
            "result": result,
            "kind": self.export.file.kind,
            "exported": self.export.exported.isoformat(),
            "started": self.progress.started,
            "finished": self.now.isoformat(),
            "encoding": self.progress.encoding,
            **{name: self.progress.counts[name] for name in names},
            "warnings": {w: n for w, n in sorted(self.progress.warnings.items()) if n},
            "mistakes": mistake_words.of_rows(
                self.export.source.key, self._bad(), self.rejects.words
            )
            + mistake_words.of_rows(self.export.source.key, self._doubts(), self.rejects.words),
            "parts": self.progress.part,
        }

    def _pass(self, reader: RowReader, writer: RowWriter, remaining_ms: Callable[[], int]) -> bool:
        """Import the rows of one pass; return whether the pass was finished."""
        with closing(reader.batches()) as batches:
            for batch in batches:
                writer.write(batch.rows)
                if batch.offset:
                    self.progress.offset, self.progress.line = batch.offset, batch.line
                    if remaining_ms() < TIME_NEEDED:
                        return False
        return True

    def _hold_sends(self, remaining_ms: Callable[[], int]) -> None:
        if self.export.file.kind == "people":
            until = self.now + timedelta(milliseconds=remaining_ms()) + AFTER_A_CRASH
            source = self.export.source
            people_imports.begin(source.id, until, self.now, pushed=source.pushed)

    def _doubts(self) -> list[BadRow]:
        """Return each column with doubtful values, by its first line."""
        about = date_forms.examples(self.export.file.date_formats)
        found = sorted(self.progress.doubts.items(), key=lambda doubt: doubt[1])
        return [
            BadRow(line, column, OF_VALUES[code], self.progress.warnings[warning], about)
            for warning, line in found
            for code, _, column in [warning.partition(":")]
        ]

    def _bad(self) -> list[BadRow]:
        return [BadRow(**row) for row in self.progress.bad]

    def _put_rejects(self) -> None:
        if self.rejects.count:
            bad = self.progress.bad + [asdict(row) for row in self.rejects.first]
            self.progress.bad = bad[:SHOWN]
            source = self.export.source
            part = f".part{self.progress.part}" if self.progress.part > 1 else ""
            key = source.rejects_key.removesuffix(".csv") + part + ".csv"
            objects.put_file(source.bucket, key, self.rejects.body(), "text/csv")
