"""Reads the CSV files of an unknown agency: encoding, delimiter, headings, values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from charset_normalizer import from_bytes

from aviso.domain.errors import FileRefused
from aviso.feed.csv_reader import Record, records

DELIMITERS = (",", ";", "|", "\t")  # as the settings' schema allows
ROWS = 5_000  # rows to look at: enough for codes, few enough for memory
SAMPLE = 1 << 16  # bytes to guess an encoding and a delimiter from
READS = {"utf_8": "utf-8-sig", "ascii": "utf-8-sig", "latin_1": "latin-1"}


class UnreadableError(Exception):
    """A file that the feed cannot read; the text says why and what to do."""


@dataclass(eq=False)
class Column:
    """One column of a file, with its values in the file's order."""

    file: str
    heading: str
    values: Sequence[str]

    @property
    def place(self) -> tuple[str, str]:
        """The file and the heading."""
        return self.file, self.heading

    @cached_property
    def filled(self) -> list[str]:
        """The values that are not empty."""
        return [v for value in self.values if (v := value.strip()) and v.upper() != "NULL"]

    @cached_property
    def distinct(self) -> Counter[str]:
        """How often each value occurs, in capitals."""
        return Counter(value.upper() for value in self.filled)


@dataclass
class Table:
    """One file: how it is written, and its columns."""

    name: str
    encoding: str
    delimiter: str
    columns: list[Column]
    notes: list[str] = field(default_factory=list)


def read_folder(folder: Path) -> tuple[list[Table], list[str]]:
    """Return the folder's files, and a sentence for each that cannot be read."""
    tables, problems = [], []
    for path in sorted(p for p in folder.iterdir() if p.suffix.lower() in (".csv", ".txt", ".tsv")):
        try:
            tables.append(read_table(path))
        except UnreadableError as error:
            problems.append(f"{path.name}: {error}")
    return tables, problems


def read_table(path: Path) -> Table:
    """Read a file as the feed would.

    Raises:
        UnreadableError: when the feed could not read it.
    """
    content = path.read_bytes()
    encoding = encoding_of(content)
    notes = []
    if not content.endswith((b"\n", b"\r")):
        notes.append("the last line has no line end: the feed refuses such a file as cut off")
        content += b"\n"
    delimiter = _delimiter(content[:SAMPLE], encoding)
    try:
        rows = _rows(content, encoding, delimiter)
    except FileRefused as error:
        raise UnreadableError(str(error)) from error
    width = len(rows[0]) if rows else 0
    if width < 2:
        raise UnreadableError(
            "no delimiter fits: write commas, semicolons, pipes or tabs between the columns"
        )
    body = [row for row in rows[1:] if len(row) == width]
    if len(body) < len(rows) - 1:
        notes.append(f"{len(rows) - 1 - len(body)} rows have another number of cells")
    columns = [
        Column(path.name, heading.strip(), [row[at] for row in body])
        for at, heading in enumerate(rows[0])
    ]
    return Table(path.name, encoding, delimiter, columns, notes)


def encoding_of(content: bytes) -> str:
    """Return the encoding of a file, as the settings name it.

    Raises:
        UnreadableError: when the feed reads no such encoding.
    """
    if not content:
        raise UnreadableError("the file is empty")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in content[:SAMPLE]:
        raise UnreadableError("it is UTF-16 or binary: export it as UTF-8")
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8-sig"
    best = from_bytes(content, cp_isolation=["cp1252", "latin_1"]).best()
    if best is None:
        raise UnreadableError("its encoding is unknown: export it as UTF-8")
    return READS.get(best.encoding, best.encoding)


def _delimiter(sample: bytes, encoding: str) -> str:
    """Return the delimiter that cuts the most lines into the same number of cells."""
    lines = sample.rpartition(b"\n")[0] + b"\n" if b"\n" in sample else sample

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in _rows(lines, encoding, delimiter)]
        except FileRefused:
            return 0, 0
        if not widths or widths[0] < 2:
            return 0, 0
        return widths.count(widths[0]) / len(widths), widths[0]

    return max(DELIMITERS, key=fit)


def _rows(content: bytes, encoding: str, delimiter: str) -> list[list[str]]:
    found: list[list[str]] = []
    record: Record
    for record in records([content], encoding, delimiter):
        found.append(record.cells or [])
        if len(found) > ROWS:
            break
    return found
