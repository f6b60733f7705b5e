"""An export that is open for reading: its settings, its header, its records and their values.

The importer, the backfill, the check of renumberings and the withdrawals read a file through it.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from aviso.domain.errors import RowRejected
from aviso.domain.settings import FeedFile, Settings
from aviso.feed import bucket, csv_reader, date_forms
from aviso.feed.cells import Values
from aviso.feed.csv_reader import Record
from aviso.feed.file_names import Source
from aviso.feed.header import Header, read_header


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """An export that is open for reading; its encoding and header are known and accepted."""

    source: Source
    file: FeedFile
    exported: datetime
    settings: Settings
    encoding: str
    first_line: list[str]  # the header's cells
    header: Header

    @classmethod
    def opened(cls, source: Source, file: FeedFile, exported: datetime, settings: Settings) -> Self:
        """Read a file's encoding, header and first dates; return it open.

        Raises:
            FileRefused: when nothing of it may be imported.
        """
        with bucket.opened(source) as chunks:
            encoding = csv_reader.encoding_of(chunks, file.encodings)
        reading = _records(source, file, encoding)
        first = next(reading, None)
        cells = (first.cells if first else None) or []
        export = cls.reopened(source, file, exported, settings, encoding, cells)
        date_forms.check(export._readable(reading), file.kind)
        reading.close()
        return export

    @classmethod
    def reopened(
        cls,
        source: Source,
        file: FeedFile,
        exported: datetime,
        settings: Settings,
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

    def records(self, offset: int = 0, line: int = 1) -> Generator[Record]:
        """Yield the records from a position; from the beginning, the header is the first."""
        return _records(self.source, self.file, self.encoding, offset, line)

    def rows(self, offset: int = 0, line: int = 1) -> Generator[Record]:
        """Yield the records from a position, without the header."""
        reading = self.records(offset, line)
        if not offset:
            next(reading, None)
        return reading

    def has(self, name: str) -> bool:
        """Whether the file has a column, by its canonical name."""
        return name in self.header.places

    def values(self, record: Record) -> Values:
        """Return a record's cells by canonical name.

        Raises:
            RowRejected: when they cannot be separated, or are not as many as the header's.
        """
        if record.cells is None:
            raise RowRejected("malformed")
        if len(record.cells) != self.header.width:
            raise RowRejected("width")
        cells = {name: record.cells[place] for name, place in self.header.places.items()}
        agency = self.settings.agency
        return Values(cells, self.file, agency.zone, self.exported, agency.area_code)

    def _readable(self, reading: Iterable[Record]) -> Iterator[Values]:
        for record in reading:
            with suppress(RowRejected):
                yield self.values(record)


def _records(
    source: Source, file: FeedFile, encoding: str, offset: int = 0, line: int = 1
) -> Generator[Record]:
    with bucket.opened(source, offset) as chunks:
        yield from csv_reader.records(chunks, encoding, file.delimiter, offset=offset, line=line)
