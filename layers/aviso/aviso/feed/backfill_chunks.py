"""Cut a backfill's file into pieces, and import one piece; any number of workers run at once.

A piece is some rows of a file, from one byte to another. So no worker has more than a few rows in
memory, and only names and byte numbers go through Step Functions.
"""

import csv
import io
import tempfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import astuple, fields

from aviso.domain.errors import REPLACED, FileRefused
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.feed import bucket as objects
from aviso.feed import checkpoint, renumbering_check
from aviso.feed.backfill_history import as_history, is_history
from aviso.feed.checkpoint import Progress
from aviso.feed.csv_reader import Record
from aviso.feed.file_names import Source, described
from aviso.feed.header import read_header
from aviso.feed.importer import EVERYTHING, IN_MEMORY, PASSES, Import
from aviso.feed.rejects import Rejects
from aviso.storage.cases import Row, write_row

INCOMING = "backfill/"
ROWS = 2_000  # per piece: half a minute of work, so a repetition costs little
NEVER = 900_000  # milliseconds: a piece needs no check of the time left


class Piece(Frozen, frozen=True, kw_only=True):
    """Some rows of one file, in one of the passes over it; a line of a manifest."""

    key: str
    etag: str  # of the upload that was cut: another upload is another file
    step: int  # which pass, an index of PASSES
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
        text = io.StringIO()
        csv.writer(text, lineterminator="").writerow(astuple(piece))
        yield text.getvalue()


@dataclass(slots=True)
class _Reading(Import):
    """An import of one piece, as history."""

    end: int = field(default=0)

    def records(self, offset: int, line: int) -> Generator[Record]:
        for record in Import.records(self, offset, line):
            yield record
            if self.end and record.end >= self.end:
                return

    def look(self) -> None:
        """Read the facts about the whole file: its encoding, its header, its renumberings."""
        self.at = Progress(started=self.now.isoformat())
        self._open()
        self._header = read_header(self.at.header, self.file)
        if renumbering_check.column(self.file.kind) in self._header.places:
            self._renumberings = renumbering_check.look(self)

    def about(self) -> dict[str, Any]:
        """Return the result of `look`, for the workers."""
        found = self._renumberings
        return {
            "encoding": self.at.encoding,
            "header": self.at.header,
            "too_many": found.too_many,
            "live": sorted(found.live),
        }

    def read(self, piece: Piece, about: Mapping[str, Any]) -> None:
        """Import the rows of a piece."""
        self.at = Progress(encoding=about["encoding"], header=list(about["header"]))
        self._header = read_header(self.at.header, self.file)
        live = frozenset((number, id) for number, id in about["live"])
        self._renumberings = renumbering_check.Renumberings(too_many=about["too_many"], live=live)
        self._since = checkpoint.full_until(self.file)
        self.at.step, self.at.offset, self.at.line, self.end = (
            piece.step,
            piece.offset,
            piece.line,
            piece.end,
        )
        self._pass(PASSES.get(self.file.kind, EVERYTHING)[piece.step])

    def _store(self, number: str, row: Row, stored: Row | None) -> None:
        row = as_history(row, self.now, self.settings)
        write_row(number, row, stored, history=is_history(row, self.settings))


def _reading(source: Source, settings: Settings, now: datetime, rejects: Rejects) -> _Reading:
    try:
        file, exported = described(source, settings.feed, settings.agency.zone, now)
    except FileRefused as refusal:
        raise FileRefused(f"{source.key}: {refusal}", refusal.reason, refusal.about) from None
    return _Reading(source, file, exported, settings, now, lambda: NEVER, rejects)


def cut(bucket: str, key: str, settings: Settings, now: datetime) -> tuple[dict[str, Any], Source]:
    """Read a file once; return what a worker must know of it, and its upload.

    Raises:
        FileRefused: when the settings do not know this export; nothing was written.
    """
    source = objects.find(bucket, key)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as unused:
        reading = _reading(source, settings, now, Rejects(unused))
        try:
            reading.look()
        except FileRefused as refusal:
            raise FileRefused(f"{key}: {refusal}", refusal.reason, refusal.about) from None
        about = reading.about() | {"kind": reading.file.kind}
        about["bounds"] = list(_bounds(reading))
    return about, source


def _bounds(reading: _Reading) -> Iterator[tuple[int, int, int]]:
    """Yield offset, line and end of every piece."""
    records = reading.records(0, 1)
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
    bucket: str,
    piece: Piece,
    about: Mapping[str, Any],
    rejects_key: str,
    settings: Settings,
    now: datetime,
) -> dict[str, int]:
    """Import one piece; return its numbers.

    Raises:
        FileRefused: when the file was replaced after it was cut.
    """
    source = objects.find(bucket, piece.key)
    if source.etag != piece.etag:
        raise FileRefused(f"{piece.key}: the file was replaced since it was cut", REPLACED)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as list_file:
        reading = _reading(source, settings, now, Rejects(list_file))
        reading.read(piece, about)
        if reading.rejects.count:
            objects.put_file(bucket, rejects_key, reading.rejects.body(), "text/csv")
    return dict(reading.at.counts)
