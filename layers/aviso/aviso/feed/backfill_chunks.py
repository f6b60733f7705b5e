"""Cut a backfill's file into pieces, and import one piece; any number of workers run at once.

A piece is some rows of a file, from one byte to another. So no worker has more than a few rows in
memory, and only names and byte numbers go through Step Functions.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from msgspec.structs import astuple, fields

from aviso.domain.csv_text import csv_text
from aviso.domain.errors import REPLACED, FileRefused
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.feed import checkpoint, first_reading, mistake_words, objects
from aviso.feed.backfill_history import as_history, is_history
from aviso.feed.checkpoint import Progress
from aviso.feed.export_file import ExportFile
from aviso.feed.file_names import Source, Upload, described
from aviso.feed.reject_list import IN_MEMORY, RejectList
from aviso.feed.row_reader import RowReader
from aviso.feed.row_writer import RowWriter, Store
from aviso.storage.cases import Row, write_row

INCOMING = "backfill/"
ROWS = 2_000  # per piece: half a minute of work, so a repetition costs little


class Piece(Frozen, frozen=True, kw_only=True):
    """Some rows of one file, in one of the passes over it; a line of a manifest."""

    key: str
    etag: str  # of the upload that was cut: another upload is another file
    step: int  # which pass over its kind of file
    offset: int  # bytes: the first record begins here
    line: int
    end: int  # bytes: the last record ends here

    @classmethod
    def of(cls, cells: Mapping[str, str]) -> "Piece":
        """Return the piece of a manifest's line, whose cells are all text."""
        return cls(**{f.name: f.type(cells[f.name]) for f in fields(cls)})


HEADER = Piece.__struct_fields__


def lines(pieces: Iterator[Piece]) -> Iterator[str]:
    """Yield pieces as lines of a manifest, which a Distributed Map reads as CSV."""
    for piece in pieces:
        yield csv_text([astuple(piece)], end="")


def cut(bucket: str, key: str, settings: Settings, now: datetime) -> tuple[dict[str, Any], Source]:
    """Read a file once; return what a worker must know of it, and its upload.

    Raises:
        FileRefused: when the settings do not know this export; nothing was written.
    """
    source = objects.find(Upload(bucket=bucket, key=key))
    with _naming(key):
        file, exported = described(source, settings.feed, settings.agency.zone, now)
        export = ExportFile(source=source, file=file, exported=exported, settings=settings)
        export, _ = first_reading.read_whole(export)
    about = {
        "kind": file.kind,
        "encoding": export.encoding,
        "header": export.first_line,
        "bounds": list(_bounds(export)),
    }
    return about, source


def _bounds(export: ExportFile) -> Iterator[tuple[int, int, int]]:
    """Yield offset, line and end of every piece."""
    records = export.records()
    header = next(records)
    start, line, end = header.end, header.next_line, 0
    for count, record in enumerate(records, 1):
        end, after = record.end, record.next_line
        if count % ROWS == 0:
            yield start, line, end
            start, line, end = record.end, after, 0
    if end:
        yield start, line, end


def load(
    bucket: str, piece: Piece, about: Mapping[str, Any], settings: Settings, now: datetime
) -> dict[str, int]:
    """Import one piece as history; return its numbers.

    Raises:
        FileRefused: when the file was replaced after it was cut.
    """
    source = objects.find(Upload(bucket=bucket, key=piece.key))
    if source.etag != piece.etag:
        raise FileRefused(f"{piece.key}: the file was replaced since it was cut", REPLACED)
    with _naming(piece.key):
        file, exported = described(source, settings.feed, settings.agency.zone, now)
    export = ExportFile(
        source=source, file=file, exported=exported, settings=settings, encoding=about["encoding"]
    ).with_header(about["header"])
    progress = Progress(step=piece.step, offset=piece.offset, line=piece.line)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as list_file:
        rejects = RejectList(list_file, mistake_words.words(settings))
        reader = RowReader(export, progress, rejects)
        store = _storing_history(settings, now)
        since = checkpoint.full_until(file)
        writer = RowWriter(export, now, since, progress, rejects, store)
        for batch in reader.batches(piece.end):
            writer.write(batch.rows)
        if rejects.count:
            name = f"rejects/{piece.key.removesuffix('.csv')}.{piece.line}.csv"
            objects.put_file(bucket, name, rejects.body(), "text/csv")
    return dict(progress.counts)


def _storing_history(settings: Settings, now: datetime) -> Store:
    def store(number: str, row: Row, stored: Row | None) -> None:
        row = as_history(row, now, settings)
        write_row(number, row, stored, written_at=now, history=is_history(row, settings))

    return store


@contextmanager
def _naming(key: str) -> Iterator[None]:
    """Name the file in the text of a refusal: a backfill has many."""
    try:
        yield
    except FileRefused as refusal:
        raise FileRefused(f"{key}: {refusal}", refusal.reason, refusal.about) from None
