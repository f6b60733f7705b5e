"""The list of rows that a person must look at, for the sender of the export; most are not imported.

The list says where and why, but contains no value: it gives the file's line.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import IO

from aviso.domain.csv_text import csv_text
from aviso.domain.errors import RowRejected
from aviso.feed import mistake_words
from aviso.feed.mistake_words import BadRow

IN_MEMORY = 1 << 20  # bytes of a list; a longer one goes to a temporary file
HEADER = ("line", "column", "code", "reason")


@dataclass(slots=True)
class RejectList:
    """The list in progress; written once, or in parts when a file takes several invocations.

    Args:
        file: contains the list until it is written; its opener closes it.
        words: the vendor's, see `mistake_words`.
    """

    file: IO[bytes]
    words: Mapping[str, str]
    count: int = 0
    first: list[BadRow] = field(default_factory=list)

    def add(self, line: int, error: RowRejected) -> None:
        """Add a row by its line."""
        row = (line, error.column, error.code, mistake_words.of_row(error, self.words))
        rows = [row] if self.count else [HEADER, row]
        self.file.write(csv_text(rows, end="\n").encode())
        self.count += 1
        if len(self.first) < mistake_words.SHOWN:
            self.first.append(BadRow(line, error.column, error.code))

    def body(self) -> IO[bytes]:
        """Return the list from its beginning."""
        self.file.seek(0)
        return self.file


def listed(file: IO[bytes]) -> Iterator[BadRow]:
    """Yield the rows of a list."""
    for row in csv.DictReader(io.TextIOWrapper(file, "utf-8", newline="")):
        yield BadRow(int(row["line"]), row["column"], row["code"])
