"""Read a file's bytes as CSV records, one at a time: no file is ever completely in memory.

A record knows where the next one begins, so that a later invocation can continue there.
"""

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain

from aviso.domain.errors import FileRefused
from aviso.domain.value import Frozen

MAX_LINE = 1 << 20  # bytes; no export has a longer line, but a binary file may
BOM = "\ufeff"
# How files begin that are sent in place of a CSV. A workbook is a ZIP whose first entries say so.
ZIP, GZIP, OLD_EXCEL = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0"
EXCEL = b"[Content_Types].xml"
START = 64  # bytes that show it
SEVERAL = ", "  # between the encodings of one file
LETTERS = re.compile(rb"([\x80-\xff]+)")  # that are not ASCII, one or several in a row
NOT_ASCII = bytes(range(0x80, 0x100))
WIDE = frozenset({"utf-16-le", "utf-16-be"})
WIDE_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class FeedRecord(Frozen, frozen=True):
    """One record; `cells` is None when it has none that can be read, and `code` says why."""

    line: int  # the file's line it begins on, the first being 1
    cells: list[str] | None
    end: int  # byte offset of the next record
    next_line: int
    code: str = "malformed"  # of `RowRejected`
    column: str = ""


def encoding_of(chunks: Iterable[bytes], encodings: Sequence[str]) -> str:
    """Return the encodings of a file's letters, in the given order; reads it once.

    Raises:
        FileRefused: as `Letters` does.
    """
    letters = Letters(encodings)
    deque(letters.watched(chunks), maxlen=0)
    return letters.found()


class Letters:
    """The encodings of a file's letters, found while its bytes pass by.

    Letters that stand together are in the first one that fits them, so a row in another encoding,
    or a cell that ends within a letter, changes how nothing else is read. A file that begins with
    the mark of UTF-16 is in UTF-16, whatever the encodings are. Rows are imported only after all
    letters are known to fit one.
    """

    def __init__(self, encodings: Sequence[str]) -> None:
        self.encodings = encodings
        self.possible = [name for name in encodings if name not in WIDE]
        self._used: set[str | None] = set()
        self._rest, self._tail, self._zeros = b"", b"", False

    def watched(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Return a file's bytes as they come; from now on, `possible` reads them.

        Raises:
            FileRefused: when the file is empty or another program's.
        """
        chunks, start = iter(chunks), b""
        while len(start) < START and (chunk := next(chunks, b"")):
            start += chunk
        _refuse_other_programs(start)
        # Every second byte of Latin text in UTF-16 is zero; no other text has a zero byte.
        zeros = start.count(b"\0") > len(start) / 4
        expected = [name for name in self.encodings if name in WIDE and zeros]
        if wide := WIDE_BOMS.get(start[:2]) or next(iter(expected), ""):
            self.possible = [wide]
        self.check()
        return map(self._seen, chain([start], chunks))

    def _seen(self, chunk: bytes) -> bytes:
        self._tail = (self._tail + chunk)[-2:]
        if self.possible[0] in WIDE:
            return chunk
        self._zeros = self._zeros or b"\0" in chunk
        if self._rest or not chunk.isascii():
            some = self._rest + chunk
            whole = some.rstrip(NOT_ASCII)  # the next chunk may begin within a letter
            self._rest = some[len(whole) :]
            self._used |= {_fitting(part, self.possible) for part in set(LETTERS.findall(whole))}
        return chunk

    def check(self, error: Exception | None = None) -> None:
        """Check the bytes that came so far; `error` is what reading them met.

        Raises:
            FileRefused: when they are binary data, or a letter fits no encoding.
        """
        wrong = isinstance(error, UnicodeDecodeError)
        if self._zeros or (wrong and self.possible[0] in WIDE):
            raise FileRefused("not a CSV: it holds binary data", "binary")
        if wrong or None in self._used or not self.possible:
            listed = ", ".join(self.encodings)
            raise FileRefused(f"not in any expected encoding ({listed})", "encoding", listed)

    def found(self) -> str:
        """Return the encodings after the last byte.

        Raises:
            FileRefused: when the file is not text or perhaps cut off, or a letter fits none.
        """
        if self._rest:
            self._used.add(_fitting(self._rest, self.possible))
        self.check()
        used = [name for name in self.possible if name in self._used] or self.possible[:1]
        wide = used[0] in WIDE
        last = self._tail.decode(used[0], "replace") if wide else self._tail[-1:].decode("latin-1")
        if last not in ("\r", "\n"):
            raise FileRefused(
                "the last line has no line end: the file may have been cut off on its way", "cut"
            )
        return SEVERAL.join(used)


def _refuse_other_programs(start: bytes) -> None:
    if not start:
        raise FileRefused("the file is empty", "empty")
    if start.startswith(OLD_EXCEL) or (start.startswith(ZIP) and EXCEL in start):
        raise FileRefused("not a CSV but an Excel workbook", "excel")
    if start.startswith((ZIP, GZIP)):
        raise FileRefused("not a CSV but a compressed file", "zip")


def _fitting(letters: bytes, encodings: Sequence[str]) -> str | None:
    """Return the first of the encodings that fits some letters, or None."""
    for name in encodings:
        with suppress(UnicodeDecodeError):
            letters.decode(name)
            return name
    return None


class _Lines:
    """Physical lines for `csv.reader`, which reads one more while a quote is open."""

    def __init__(self, chunks: Iterable[bytes], encoding: str) -> None:
        self._chunks = _split_wide(chunks, encoding) if encoding in WIDE else split_lines(chunks)
        # utf-8-sig would take a mark off every line; `__next__` takes off the file's.
        names = ["utf-8" if name == "utf-8-sig" else name for name in encoding.split(SEVERAL)]
        *self._first, self._last = names
        self._again: deque[bytes] = deque()
        self.taken: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._chunks)
        self.taken.append(line)
        parts = LETTERS.split(line) if self._first and not line.isascii() else [line]
        text = (part.decode(_fitting(part, self._first) or self._last) for part in parts)
        return "".join(text).removeprefix(BOM)

    def put_back(self, lines: Sequence[bytes]) -> None:
        self._again.extendleft(reversed(lines))


def split_lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines with their ends, where a newline is one byte.

    Raises:
        FileRefused: when a line is longer than any export's.
    """
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if len(rest) > MAX_LINE:
            raise FileRefused("not a CSV: a line is longer than a megabyte", "long_line")
    if rest:
        yield rest


def _split_wide(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield lines of UTF-16 with their ends, as the same bytes."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    text = (decoder.decode(chunk).encode("utf-8", "surrogatepass") for chunk in chunks)
    for line in split_lines(text):
        yield line.decode("utf-8", "surrogatepass").encode(encoding)


def first_line(chunks: Iterable[bytes], encoding: str) -> str:
    """Return a file's first line, whatever its delimiter is."""
    return next(_Lines(chunks, encoding), "").strip()


def records(
    chunks: Iterable[bytes], encoding: str, delimiter: str, *, offset: int = 0, line: int = 1
) -> Iterator[FeedRecord]:
    """Yield a file's records from the beginning of a record, without blank lines.

    A quote that is never closed would swallow the rows after it. So if a record over several lines
    is malformed, or has a different number of cells than the first record read, only its first line
    is lost: reading continues with the second.

    Args:
        chunks: the bytes from `offset` on.
        encoding: as `encoding_of` found it, perhaps several.
        offset: the position of the bytes in the file.
        line: the line's number there.
    """
    lines = _Lines(chunks, encoding)
    width = 0
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        lines.taken = []
        cells: list[str] | None = None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        taken = lines.taken
        if len(taken) > 1 and (cells is None or (width and len(cells) != width)):
            lines.put_back(taken[1:])
            taken, cells = taken[:1], None
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
        offset += sum(map(len, taken))
        next_line = line + len(taken)
        if cells is None or any(cell.strip() for cell in cells):
            yield FeedRecord(line, cells, offset, next_line)
            width = width or len(cells or ())
        line = next_line
