"""An export that is open for reading: its settings, its header, its records and their values.

The importer, the backfill and the withdrawals read a file through it.
"""

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import datetime
from typing import Self

from msgspec.structs import replace

from aviso.domain.errors import RowRejected
from aviso.domain.settings import FeedFile, Settings
from aviso.domain.value import Frozen
from aviso.feed import csv_reader, ndjson_reader, objects
from aviso.feed.cells import Values
from aviso.feed.csv_reader import FeedRecord
from aviso.feed.file_names import Source
from aviso.feed.header import Header, read_header

NO_HEADER = Header(0, {})
Read = Callable[[Source, int], AbstractContextManager[Iterator[bytes]]]


class ExportFile(Frozen, frozen=True, kw_only=True):
    """An export that is open for reading.

    Its encoding and header are known and accepted, once `first_reading` or a checkpoint gave them.
    """

    source: Source
    file: FeedFile
    exported: datetime
    settings: Settings
    encoding: str = ""
    first_line: Sequence[str] = ()  # the header's cells
    header: Header = NO_HEADER
    read: Read = objects.opened

    def with_header(self, cells: Sequence[str]) -> Self:
        """Return the same file with the cells of its first line.

        Raises:
            FileRefused: when they are not the header that the settings expect.
        """
        return replace(self, first_line=cells, header=read_header(cells, self.file))

    def parsed(
        self, chunks: Iterable[bytes], offset: int = 0, line: int = 1
    ) -> Iterator[FeedRecord]:
        """Return the records of some bytes of the file, which begin at a position."""
        if self.source.ndjson:
            return ndjson_reader.records(chunks, self.file.kind, offset=offset, line=line)
        return csv_reader.records(
            chunks, self.encoding, self.file.delimiter, offset=offset, line=line
        )

    def records(self, offset: int = 0, line: int = 1) -> Generator[FeedRecord]:
        """Yield the records from a position; from the beginning, the header is the first."""
        with self.read(self.source, offset) as chunks:
            yield from self.parsed(chunks, offset, line)

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
