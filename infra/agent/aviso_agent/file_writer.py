"""Rows as the bytes of one file of the feed, CSV or NDJSON, and its name.

Values are written in one form each. README.md names the forms, since the agency's settings must
have them: `%Y-%m-%dT%H:%M:%S.%f` for a time, `%Y-%m-%d` for a day.
"""

import csv
import hashlib
import io
import json
import math
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from aviso_agent.failures import AgentError

Cells = tuple[str, ...]

# The fields that are true or false in NDJSON: a test compares them with the feed's.
FLAGS = frozenset(
    {"restricted", "removed", "minor", "deceased", "confidential_address", "safe_to_contact"}
    | {"juvenile", "withdrawn", "incapacitated"}
)
FLAG_WORDS = dict.fromkeys(("YES", "Y", "TRUE", "T", "1"), True) | dict.fromkeys(
    ("NO", "N", "FALSE", "F", "0"), False
)


def _number(value: float | Decimal) -> str:
    if math.isfinite(value) and value == int(value):
        return str(int(value))
    return format(value, "f") if isinstance(value, Decimal) else repr(value)


# The first type that fits counts: a bool is also an int, a datetime is also a date.
FORMS: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((type(None),), lambda _: ""),
    ((str,), lambda text: text.replace("\0", "")),
    ((bool,), lambda flag: "yes" if flag else "no"),
    ((int, uuid.UUID), str),
    ((datetime,), lambda time: time.isoformat(timespec="microseconds")),
    ((date, time), lambda day: day.isoformat()),
    ((Decimal, float), _number),
    ((bytes, bytearray, memoryview), lambda value: bytes(value).hex()),
)


def cells(row: Sequence[Any], columns: Sequence[str], zone: ZoneInfo) -> Cells:
    """Return a row's values as texts.

    Raises:
        AgentError: if a value is of a type that no column of the feed has.
    """
    return tuple(_cell(value, name, zone) for value, name in zip(row, columns, strict=True))


def _cell(value: Any, column: str, zone: ZoneInfo) -> str:
    if isinstance(value, datetime) and value.tzinfo:  # without a zone, it is already local
        value = value.astimezone(zone).replace(tzinfo=None)
    for types, write in FORMS:
        if isinstance(value, types):
            return write(value)
    raise AgentError(
        f"Column {column} has values of the type {type(value).__name__}, which the feed does not "
        "take. Cast it to text, a number or a time in the query, or leave it out."
    )


def digest(row: Cells) -> bytes:
    """Return a digest of a row; two rows have the same one only if they are the same."""
    return hashlib.sha256(json.dumps(row, ensure_ascii=False).encode()).digest()[:16]


def written(form: str, columns: Sequence[str], rows: Iterable[Cells]) -> bytes:
    """Return a file's bytes in UTF-8.

    Args:
        form: `csv` or `ndjson`.
        columns: the names of the columns, as the database gives them.
        rows: as many cells each as there are columns.
    """
    return FORMATS[form](columns, rows)


def _csv(columns: Sequence[str], rows: Iterable[Cells]) -> bytes:
    # Not aviso.domain.csv_text: the agent installs without Aviso.
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")


def _ndjson(columns: Sequence[str], rows: Iterable[Cells]) -> bytes:
    objects = (
        {name: _json(cell, name) for name, cell in zip(columns, row, strict=True)} for row in rows
    )
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in objects).encode("utf-8")


def _json(cell: str, column: str) -> str | bool | None:
    """Return a value as feed.schema.json wants it; a flag of another word stays a text.

    The feed rejects the object of such a flag, so that nobody guesses what the word means.
    """
    if not cell:
        return None
    return FLAG_WORDS.get(cell.strip().upper(), cell) if column in FLAGS else cell


FORMATS: dict[str, Callable[[Sequence[str], Iterable[Cells]], bytes]] = {
    "csv": _csv,
    "ndjson": _ndjson,
}


def file_name(kind: str, form: str, content: bytes) -> str:
    """Return a name made of the content: the same rows always have the same name.

    What follows `_` in an NDJSON file's name is its export time, so these have a `-`.
    """
    mark = "-" if form == "ndjson" else "_"
    return f"{kind}{mark}{hashlib.sha256(content).hexdigest()[:32]}.{form}"
