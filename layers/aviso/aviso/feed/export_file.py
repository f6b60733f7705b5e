"""An export that is open for reading: its settings, its header, its records and their values.

The importer, the backfill and the withdrawals read a file through it.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import Self

from msgspec.structs import replace

from aviso.domain.errors import RowRejected
from aviso.domain.settings import FeedFile, Settings
from aviso.domain.value import Frozen
from aviso.feed import csv_reader, date_forms, ndjson_reader, objects
from aviso.feed.cells import Values
from aviso.feed.csv_reader import FeedRecord
from aviso.feed.file_names import Source
from aviso.feed.header import Header, read_header

Read = Callable[[Source, int], AbstractContextManager[Iterator[bytes]]]


class ExportFile(Frozen, frozen=True, kw_only=True):
    """An export that is open for reading; its encoding and header are known and accepted."""

    source: Source
    file: FeedFile
    exported: datetime
    settings: Settings
    encoding: str
    first_line: list[str]  # the header's cells
    header: Header
    read: Read = objects.opened

    @classmethod
    def opened(
        cls,
        source: Source,
        file: FeedFile,
        exported: datetime,
        settings: Settings,
        read: Read = objects.opened,
    ) -> Self:
        """Read a file's encoding, header and first dates; return it open.

        `read` returns the source's bytes from an offset, in chunks.

        Raises:
            FileRefused: when nothing of it may be imported.
        """
        with read(source, 0) as chunks:
            encoding = (
                ndjson_reader.encoding_of(chunks)
                if source.ndjson
                else csv_reader.encoding_of(chunks, file.encodings)
            )
        if source.ndjson:
            with read(source, 0) as chunks:
                ndjson_reader.check_names(chunks)
        with read(source, 0) as chunks:
            reading = _records(chunks, source, file, encoding)
            first = next(reading, None)
            cells = first.cells if first else []
            if cells is None:  # quotes that another delimiter follows
                with read(source, 0) as again:
                    cells = [csv_reader.first_line(again, encoding)]
            export = cls.reopened(
                source, file, exported, settings, encoding=encoding, first_line=cells
            )
            date_forms.check(export.readable(reading), file.kind, ndjson=source.ndjson)
        return replace(export, read=read)

    @classmethod
    def reopened(
        cls,
        source: Source,
        file: FeedFile,
        exported: datetime,
        settings: Settings,
        *,
        encoding: str,
        first_line: list[str],
    ) -> Self:
        """Return a file that was opened before, without reading it."""
        return cls(
            source=source,
            file=file,
            exported=exported,
            settings=settings,
            encoding=encoding,
            first_line=first_line,
            header=read_header(first_line, file),
        )

    def records(self, offset: int = 0, line: int = 1) -> Generator[FeedRecord]:
        """Yield the records from a position; from the beginning, the header is the first."""
        with self.read(self.source, offset) as chunks:
            yield from _records(
                chunks, self.source, self.file, self.encoding, offset=offset, line=line
            )

    def rows(self, offset: int = 0, line: int = 1) -> Generator[FeedRecord]:
        """Yield the records from a position, without the header."""
        reading = self.records(offset, line)
        if not offset:
            next(reading, None)
        return reading

    def has(self, name: str) -> bool:
        """Whether the file has a column, by its canonical name."""
        return name in self.header.places

    def values(self, record: FeedRecord) -> Values:
        """Return a record's cells by canonical name.

        Raises:
            RowRejected: when they cannot be separated, or are not as many as the header's.
        """
        if record.cells is None:
            raise RowRejected(record.code, record.column)
        if len(record.cells) != self.header.width:
            raise RowRejected("width")
        cells = {name: record.cells[place] for name, place in self.header.places.items()}
        agency = self.settings.agency
        return Values(cells, self.file, agency.zone, self.exported, agency.area_code)

    def no_row(self, record: FeedRecord) -> bool:
        """Whether a line that cannot be imported is none of the rows: a total, dashes.

        A record whose cells cannot be separated has no line to compare.
        """
        if record.cells is None:
            return False
        patterns = (*self.file.skip_lines, *([self.file.trailer] if self.file.trailer else []))
        line = self.line(record) if patterns else ""
        return any(re.fullmatch(pattern, line) for pattern in patterns)

    def line(self, record: FeedRecord) -> str:
        """Return a record as one line, without quotes."""
        return self.file.delimiter.join(record.cells or ()).strip()

    def ignored(self, values: Values) -> bool:
        """Whether a row is about a person in a role that the agency passes by."""
        roles = self.file.ignore_roles
        return bool(roles) and values.text("role").upper() in roles

    def readable(self, reading: Iterable[FeedRecord]) -> Iterator[Values]:
        """Yield the values of those records that have as many cells as the header."""
        for record in reading:
            with suppress(RowRejected):
                yield self.values(record)


def _records(
    chunks: Iterable[bytes],
    source: Source,
    file: FeedFile,
    encoding: str,
    *,
    offset: int = 0,
    line: int = 1,
) -> Iterator[FeedRecord]:
    if source.ndjson:
        return ndjson_reader.records(chunks, file.kind, offset=offset, line=line)
    return csv_reader.records(chunks, encoding, file.delimiter, offset=offset, line=line)
