"""Reads NDJSON of an unknown agency as a table: a column for each name that an object has."""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

ENDINGS = (".ndjson", ".jsonl")
ROWS = 5_000  # objects to look at, as many as rows of a CSV file
COLUMNS = 1_000  # names of a file to read: no export has more
RENAME = (
    "the feed reads NDJSON only with Aviso's names: have each field exported under the name on the "
    "left of it below, or send CSV"
)


class NoObjectsError(Exception):
    """A file of which no line is a JSON object; the text says which line is not."""


def table(content: bytes) -> tuple[list[str], list[list[str]]]:
    """Return the names of all objects, and each object's values as texts, in the names' order.

    Raises:
        NoObjectsError: when a line is not a JSON object in UTF-8.
    """
    lines = (line for line in content.removeprefix(b"\xef\xbb\xbf").split(b"\n") if line.strip())
    found = [_object(n, line) for n, line in enumerate(islice(lines, ROWS), 1)]
    names = list(dict.fromkeys(name for row in found for name in row))
    rows = found if len(names) <= COLUMNS else []
    return names, [[row.get(name, "") for name in names] for row in rows]


def _object(number: int, line: bytes) -> Mapping[str, str]:
    """Return the names and texts of a line."""
    try:
        found = json.loads(line)
        if isinstance(found, dict):
            return dict(_flat(found))
    except ValueError as error:
        raise NoObjectsError(f"object {number} is not JSON in UTF-8") from error
    except RecursionError as error:
        raise NoObjectsError(f"object {number} has too many objects in one another") from error
    raise NoObjectsError(f"object {number} is not a JSON object: write one on each line")


def _flat(found: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, str]]:
    """Yield names and texts; a name of an object in an object has a dot."""
    for name, value in found.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", _text(value)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return "; ".join(map(_text, value))
    return value if isinstance(value, str) else json.dumps(value)
