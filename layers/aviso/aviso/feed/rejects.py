"""The list of rows that a person must look at, for the sender of the export; most are not imported.

The list says where and why, but contains no value: it gives the file's line.
"""

import csv
import io
from dataclasses import dataclass
from typing import IO

from aviso.domain.errors import RowRejected

REASONS = {
    "malformed": "The line's quotes do not match, so its cells cannot be separated.",
    "width": "The line has another number of cells than the header.",
    "missing": "A value that must be there is empty.",
    "bad_number": "The case number does not have the form that the settings name.",
    "unknown_role": "The role is none that the settings translate.",
    "bad_flag": "Whether it still stands is neither yes nor no.",
    "too_long": "The number or id is longer than 900 bytes, or an arrest's with its suspect's.",
    "former_is_live": "Its former number has a row of its own here.",
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
IN_MEMORY = 1 << 20  # bytes of a list; a longer one goes to a temporary file
HEADER = ("line", "column", "code", "reason")


@dataclass(slots=True)
class Rejects:
    """The list in progress; written once, or in parts when a file takes several invocations.

    Args:
        file: contains the list until it is written; its opener closes it.
    """

    file: IO[bytes]
    count: int = 0

    def add(self, line: int, error: RowRejected) -> None:
        """Add a row by its line."""
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
