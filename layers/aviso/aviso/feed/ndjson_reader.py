"""Read a file's bytes as NDJSON: one JSON object a line, as records like those of a CSV file.

A record has a cell for each field of `ndjson_fields`, so all that follows is the same for both.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from aviso.domain.errors import FileRefused, RowRejected
from aviso.feed.columns import AGES, FLAGS
from aviso.feed.csv_reader import BOM, FeedRecord, split_lines
from aviso.feed.header import refuse_criminal_history
from aviso.feed.ndjson_fields import FIELDS, needed

UTF_8 = "utf-8"
OURS = frozenset(name for names in FIELDS.values() for name in names)  # no criminal history


def records(
    chunks: Iterable[bytes], kind: str, *, offset: int = 0, line: int = 1
) -> Iterator[FeedRecord]:
    """Yield a file's records from the beginning of a line, without blank lines.

    From the beginning of the file, the first one is a header with the names of the fields. A line
    that is not such an object becomes a record without cells, which says why. A last line without
    an end is accepted: an object that is cut off is not an object.

    Args:
        chunks: the bytes from `offset` on.
        kind: cases, people or arrests.
        offset: the position of the bytes in the file.
        line: the line's number there.

    Raises:
        FileRefused: when the file is empty or not in UTF-8, or has a name of criminal-history data.
    """
    if not offset:
        yield FeedRecord(0, list(FIELDS[kind]), 0, line)
    for raw in split_lines(chunks):
        offset += len(raw)
        text = _text_of(raw).removeprefix(BOM).strip()
        if text:
            yield _record(text, kind, line, offset)
        line += 1
    if not offset:
        raise FileRefused("the file is empty", "empty")


def _text_of(raw: bytes) -> str:
    try:
        return raw.decode(UTF_8)
    except UnicodeDecodeError:
        raise FileRefused(f"not in the expected encoding ({UTF_8})", "encoding", UTF_8) from None


def _record(text: str, kind: str, line: int, end: int) -> FeedRecord:
    try:
        return FeedRecord(line, _cells(_object(text), kind), end, line + 1)
    except RowRejected as error:
        return FeedRecord(line, None, end, line + 1, error.code, error.column)


class _Number(str):
    """A JSON number as it is written; a float could not hold every number."""

    __slots__ = ()


def _object(text: str) -> Mapping[str, Any]:
    """Return a line's object.

    Raises:
        RowRejected: when it is not an object, or has a name twice and nobody can tell which counts.
    """
    try:
        found = json.loads(
            text,
            object_pairs_hook=_pairs,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_Number,  # NaN is not JSON
        )
    except (json.JSONDecodeError, RecursionError):
        raise RowRejected("not_an_object") from None
    if not isinstance(found, dict):
        raise RowRejected("not_an_object")
    return found


def _pairs(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise RowRejected("name_twice")
    return found


def _cells(found: Mapping[str, Any], kind: str) -> list[str]:
    if others := found.keys() - set(FIELDS[kind]):
        refuse_criminal_history(list(others - OURS))
    if missing := needed(kind) - found.keys():
        raise RowRejected("name_missing", min(missing))
    if others:
        raise RowRejected("name_unknown")  # which one is not said: it may be a person's
    return [_cell(name, found.get(name)) for name in FIELDS[kind]]


def _cell(name: str, value: object) -> str:
    cell = "" if value is None else _READ.get(name, _text)(value)
    if cell is None:
        raise RowRejected("wrong_type", name)
    return cell


def _text(value: object) -> str | None:
    """Return a text; a number is none, since 0042 would have become 42."""
    if not isinstance(value, str) or isinstance(value, _Number):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:  # half a surrogate pair
        return None
    return value


def _flag(value: object) -> str | None:
    return {True: "YES", False: "NO"}[value] if isinstance(value, bool) else None


def _whole(value: object) -> str | None:
    if isinstance(value, _Number):
        return str(value) if value.isdecimal() else None
    return _text(value)


_READ: Mapping[str, Callable[[object], str | None]] = {
    **dict.fromkeys(FLAGS, _flag),
    **dict.fromkeys(AGES, _whole),
}
