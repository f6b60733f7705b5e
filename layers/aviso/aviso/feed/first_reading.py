"""Read a file from its beginning to its end, once, before its first row is stored.

This reading gives its encoding and header, its first rows, whose dates are checked, and how many
rows it has.
"""

import re
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress

from msgspec import field
from msgspec.structs import replace

from aviso.domain.errors import FileRefused, RowRejected
from aviso.domain.settings import REMOVED
from aviso.domain.value import Frozen
from aviso.feed import csv_reader, date_forms, ndjson_reader
from aviso.feed.cells import Values
from aviso.feed.csv_reader import FeedRecord, Letters
from aviso.feed.export_file import ExportFile


class RowCount(Frozen, frozen=True, kw_only=True):
    """What a file holds, by numbers of rows."""

    rows: int
    said: int | None = None  # as its trailer says
    gone: int = 0  # that say removed or withdrawn
    filled: Mapping[str, int] = field(default_factory=dict)  # by column: with a value
    dated: int = 0  # of the first rows: with a time of the last change
    day_first: int = 0  # of these: see `date_forms.seems_day_first`


def read_whole(export: ExportFile) -> tuple[ExportFile, RowCount]:
    """Return a file with its encoding and header, and what it holds.

    Raises:
        FileRefused: when nothing of it may be imported.
    """
    with export.read(export.source, 0) as chunks:
        if export.source.ndjson:
            return _read(replace(export, encoding=ndjson_reader.UTF_8), chunks)
        letters = Letters(export.file.encodings)
        watched = letters.watched(chunks)
        try:
            several = csv_reader.SEVERAL.join(letters.possible)
            export, count = _read(replace(export, encoding=several), watched)
        except (FileRefused, UnicodeDecodeError) as error:
            deque(watched, maxlen=0)  # a wrong encoding, or a file cut off, explains all else
            letters.check(error)
            letters.found()
            raise
        return replace(export, encoding=letters.found()), count


def _read(export: ExportFile, chunks: Iterable[bytes]) -> tuple[ExportFile, RowCount]:
    reading = export.parsed(chunks)
    head = next(reading, None)
    cells = head.cells if head else []
    if cells is None:  # quotes that another delimiter follows
        with export.read(export.source, 0) as again:
            cells = [csv_reader.first_line(again, export.encoding)]
    export = export.with_header(cells)
    count, first = _count(export, reading)
    date_forms.check(first, export.file.kind, ndjson=export.source.ndjson)
    return export, count


def _count(export: ExportFile, reading: Iterable[FeedRecord]) -> tuple[RowCount, list[Values]]:
    """Return what a file holds, and its first rows that can be read."""
    rows, said, gone, trailer = 0, None, 0, export.file.trailer
    filled: Counter[str] = Counter()
    first: list[Values] = []
    for record in reading:
        if trailer and (total := re.fullmatch(trailer, export.line(record))):
            said = int(total["rows"])
            continue
        if export.no_row(record):
            continue
        rows += 1
        with suppress(RowRejected):  # a row that cannot be read says nothing
            values = export.values(record)
            gone += _gone(values)
            filled.update(values.filled())
            if len(first) < date_forms.ROWS:
                first.append(values)
    dated = sum(values.instant("row_time") is not None for values in first)
    day_first = sum(map(date_forms.seems_day_first, first))
    count = RowCount(
        rows=rows, said=said, gone=gone, filled=filled, dated=dated, day_first=day_first
    )
    return count, first


def _gone(values: Values) -> bool:
    """Whether a row says that its case, person or arrest is gone."""
    return values.flag("removed") or values.flag("withdrawn") or values.means("status", REMOVED)
