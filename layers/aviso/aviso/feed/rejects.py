"""The rows that a person must look at, most of them not imported, listed for who sends the export.

The list says where and why, never what stood there: it leads back to the file's own line.
"""

import csv
import io
from dataclasses import dataclass
from typing import IO

from aviso.domain.errors import RowRejected

REASONS = {
    "malformed": "The line's quotes do not match, so its cells cannot be told apart.",
    "width": "The line has another number of cells than the header.",
    "missing": "A value that must be there is empty.",
    "bad_number": "The case number does not have the form that the settings name.",
    "unknown_role": "The role is none that the settings translate.",
    "bad_flag": "Whether it still stands is neither yes nor no.",
    "too_long": "The number or id is longer than 900 bytes, or an arrest's with its suspect's.",
    "former_is_live": "What it is said to have been called before has a row of its own here.",
    "other_suspect": (
        "The row is imported as an arrest of its own, since another suspect was first under its "
        "number. If only one of them was arrested, send the other row with `withdrawn`."
    ),
    "withdrawn_and_not": (
        "Another row of the same arrest, of the same moment, says the opposite of `withdrawn`. "
        "What was known before stays. Send one row for each arrest."
    ),
    "too_many_renumbered": "Too many rows at once are said to have been called something else.",
}
HEADER = ("line", "column", "code", "reason")


@dataclass(slots=True)
class Rejects:
    """The list under way; it is written once, or in parts when a file takes several invocations.

    Args:
        file: holds the list until it is written; closed by whoever opened it.
    """

    file: IO[bytes]
    count: int = 0

    def add(self, line: int, error: RowRejected) -> None:
        """Note a row by its line."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        if not self.count:
            writer.writerow(HEADER)
        writer.writerow((line, error.column, error.code, REASONS[error.code]))
        self.file.write(text.getvalue().encode())
        self.count += 1

    def body(self) -> IO[bytes]:
        """Return the list from its beginning."""
        self.file.seek(0)
        return self.file
