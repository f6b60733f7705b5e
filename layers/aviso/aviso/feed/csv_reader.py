"""From a file's bytes to CSV records, one at a time: no file is ever whole in memory.

A record knows where the next one begins, so that a later invocation can go on from there.
"""

import codecs
import csv
from collections import deque
from collections.abc import Iterable, Iterator, Sequence

from aviso.domain.errors import FileRefused
from aviso.domain.value import Frozen

MAX_LINE = 1 << 20  # bytes; no export has such a line, and a binary file may be one
BOM = "\ufeff"


class Record(Frozen, frozen=True):
    """One CSV record; `cells` is None when it could not be told apart."""

    line: int  # the file's line it begins on, the first being 1
    cells: list[str] | None
    end: int  # byte offset of the next record
    next_line: int


def encoding_of(chunks: Iterable[bytes], encodings: Sequence[str]) -> str:
    """Return the first of the encodings that fits every byte of a file, reading it once.

    Rows are only imported once the whole file is known to fit: half a file in one encoding and
    half in another would import each name twice, differently.

    Raises:
        FileRefused: when the file is empty, binary or perhaps cut off, or no encoding fits.
    """
    decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in encodings}
    last = b""
    for chunk in chunks:
        last = chunk[-1:] or last
        if b"\0" in chunk:
            raise FileRefused("not a CSV: it holds binary data", "binary")
        _drop_unfit(decoders, chunk, final=False)
    _drop_unfit(decoders, b"", final=True)
    if not last:
        raise FileRefused("the file is empty", "empty")
    if not decoders:
        names = ", ".join(encodings)
        raise FileRefused(f"not in any expected encoding ({names})", "encoding", names)
    if last not in b"\r\n":
        raise FileRefused(
            "the last line has no line end: the file may have been cut off on its way", "cut"
        )
    return next(iter(decoders))


def _drop_unfit(
    decoders: dict[str, codecs.IncrementalDecoder], chunk: bytes, *, final: bool
) -> None:
    for name, decoder in list(decoders.items()):
        try:
            decoder.decode(chunk, final)
        except UnicodeDecodeError:
            del decoders[name]


class _Lines:
    """Physical lines for `csv.reader`, which asks for one more while a quote is open."""

    def __init__(self, chunks: Iterable[bytes], encoding: str) -> None:
        self._chunks = _split(chunks)
        self._encoding = "utf-8" if encoding == "utf-8-sig" else encoding
        self._again: deque[bytes] = deque()
        self.taken: list[bytes] = []

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else next(self._chunks)
        self.taken.append(line)
        return line.decode(self._encoding).removeprefix(BOM)

    def put_back(self, lines: Sequence[bytes]) -> None:
        self._again.extendleft(reversed(lines))


def _split(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield lines with their ends; a newline is one byte in every encoding that is accepted."""
    rest = b""
    for chunk in chunks:
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line + b"\n"
        if len(rest) > MAX_LINE:
            raise FileRefused("not a CSV: a line is longer than a megabyte", "long_line")
    if rest:
        yield rest


def records(
    chunks: Iterable[bytes], encoding: str, delimiter: str, *, offset: int = 0, line: int = 1
) -> Iterator[Record]:
    """Yield a file's records, from a record's beginning on; blank lines are left out.

    A quote that is never closed would swallow the rows after it. So a record over several lines
    that is malformed, or has another number of cells than the one before it, costs only its
    first line: reading goes on with the second.

    Args:
        chunks: the bytes from `offset` on.
        encoding: as `encoding_of` found it.
        delimiter: what stands between cells.
        offset: where the bytes begin in the file.
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
            yield Record(line, cells, offset, next_line)
            width = width or len(cells or ())
        line = next_line
