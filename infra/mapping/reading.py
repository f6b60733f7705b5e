"""Reads the CSV and NDJSON files of an unknown agency: encoding, delimiter, headings, values."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from charset_normalizer import from_bytes

from aviso.domain.errors import FileRefused
from aviso.feed import csv_reader
from infra.mapping import objects, vocabulary

DELIMITERS = (",", ";", "|", "\t")  # as the settings' schema allows
CELL = 200  # characters of a cell to look at
# What is a value and no heading: a number, a phone, an email.
VALUE = re.compile(r"[^A-Za-z]*\d[^A-Za-z]*|\S+@\S+\.\S+")
KNOWN = 85.0  # how like a known heading one must be to prove a first line
ROWS = 5_000  # rows to look at: enough for codes, few enough for memory
FIRST_ROWS = 200  # rows to try delimiters on
LARGEST = 1 << 26  # bytes of a file to read
SAMPLE = 1 << 16  # bytes to guess an encoding from
UNICODE = ("utf-8-sig", "utf-16-le")
READS = {"cp1252": "cp1252", "latin_1": "latin-1"}
ENDINGS = (".csv", ".txt", ".tsv", *objects.ENDINGS)
CUT = "the last line has no line end: the feed refuses such a file as cut off"


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
class ExportTable:
    """One file: how it is written, and its columns."""

    name: str
    encoding: str
    delimiter: str
    columns: list[Column]
    notes: list[str] = field(default_factory=list)


def read_folder(folder: Path) -> tuple[list[ExportTable], list[str]]:
    """Return the folder's files, and a sentence for each that cannot be read."""
    tables, problems = [], []
    files = (p for p in folder.iterdir() if p.suffix.lower() in ENDINGS and p.is_file())
    for path in sorted(files):
        try:
            tables.append(read_table(path))
        except (UnreadableError, OSError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            problems.append(f"{path.name}: {why}")
    return tables, problems


def read_table(path: Path) -> ExportTable:
    """Read the beginning of a file as the feed would.

    Raises:
        UnreadableError: when the feed could not read it.
    """
    with path.open("rb") as stream:
        content = stream.read(LARGEST)
        whole = not stream.read(1)
    if not whole:
        content = content.rpartition(b"\n")[0] + b"\n"
    if not content:
        raise UnreadableError("the file is empty")
    if path.suffix.lower() in objects.ENDINGS:
        return _objects(path.name, content)
    encoding, notes = encoding_of(content)
    try:
        delimiter = _delimiter(content, encoding)
        rows = _rows(content, encoding, delimiter, ROWS)
    except FileRefused as error:
        raise UnreadableError(str(error)) from error
    width = len(rows[0]) if rows else 0
    if width < 2:
        raise UnreadableError(
            "no delimiter fits: write commas, semicolons, pipes or tabs between the columns"
        )
    body = [row for row in rows[1:] if len(row) == width]
    if len(body) < len(rows) - 1:
        notes.append(f"{len(rows) - 1 - len(body)} rows have a different number of cells")
    columns = _columns(path.name, [heading.strip() for heading in rows[0]], body)
    return ExportTable(path.name, encoding, delimiter, columns, notes)


def _columns(name: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Column]:
    """Return a file's columns.

    Raises:
        UnreadableError: when the first line has values: they would go into the settings.
    """
    if len(headings) > objects.COLUMNS:
        raise UnreadableError(f"it has {len(headings)} columns: export those that the feed needs")
    columns = [
        Column(name, heading[:CELL], [row[at][:CELL] for row in rows])
        for at, heading in enumerate(headings)
    ]
    if any(map(_is_value, columns)) or not any(map(_is_known, headings)):
        raise UnreadableError("the first line names none of the needed columns: is it the header?")
    return columns


def _is_value(column: Column) -> bool:
    """Whether a heading is a value: by its form, or because it has a number like those below."""
    heading = column.heading
    like = re.search(r"\d\d", heading) and _form(heading) in map(_form, column.values[:FIRST_ROWS])
    return bool(VALUE.fullmatch(heading) or like)


def _form(text: str) -> str:
    """Return a text with one letter for a word and one digit for a number."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text.strip()))


def _is_known(heading: str) -> bool:
    """Whether a heading is one of a field's."""
    fields = vocabulary.vocabulary()["fields"]
    return any(
        vocabulary.likeness(heading[:CELL], vocabulary.phrases(kind, name)) >= KNOWN
        for kind in fields
        for name in fields[kind]
    )


def _objects(name: str, content: bytes) -> ExportTable:
    try:
        headings, rows = objects.table(content)
    except objects.NoObjectsError as error:
        raise UnreadableError(str(error)) from error
    columns = _columns(name, headings, rows)
    return ExportTable(name, "utf-8-sig", ",", columns, [objects.RENAME])


def encoding_of(content: bytes) -> tuple[str, list[str]]:
    """Return the encoding of a file, as the settings name it, and notes about its end.

    Raises:
        UnreadableError: when the feed reads no such encoding.
    """
    ends = content.rstrip(b"\0").endswith((b"\n", b"\r"))
    ended = content if ends else content + (b"\n\0" if b"\0" in content else b"\n")
    try:
        found = csv_reader.encoding_of([ended], (*UNICODE, _guessed(content)))
    except FileRefused as error:
        if error.reason != "encoding":
            raise UnreadableError(str(error)) from error
        raise UnreadableError(f"its encoding is {_guessed(content)}: export it as UTF-8") from error
    return found, [] if ends else [CUT]


def _guessed(content: bytes) -> str:
    """Return the likeliest encoding of text that is not Unicode."""
    best = from_bytes(content[:SAMPLE], cp_isolation=["cp1252", "latin_1"]).best()
    return READS.get(best.encoding, "cp1252") if best else "cp1252"


def _delimiter(content: bytes, encoding: str) -> str:
    """Return the delimiter that cuts the most lines into the same number of cells."""

    def fit(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in _rows(content, encoding, delimiter, FIRST_ROWS)]
        except FileRefused:
            return 0, 0
        if not widths or widths[0] < 2:
            return 0, 0
        return widths.count(widths[0]) / len(widths), widths[0]

    return max(DELIMITERS, key=fit)


def _rows(content: bytes, encoding: str, delimiter: str, most: int) -> list[list[str]]:
    reading = csv_reader.records([content], encoding, delimiter)
    return [record.cells or [] for record in islice(reading, most + 1)]
