"""A feed file's first line: find the agency's columns, and refuse forbidden ones."""

import re
from collections.abc import Sequence

from aviso.domain.errors import FileRefused
from aviso.domain.settings import FeedFile, removes_by_status
from aviso.domain.value import Frozen
from aviso.feed.columns import DATES, SAFETY

DELIMITERS = ",;\t|"
# Only data that the agency itself collected is imported: data from national and state
# criminal-history systems must not be stored here (CJIS Security Policy 6.0, section 4.2). Matched
# against a column's words in small letters.
CRIMINAL_HISTORY = {
    "NCIC": r"\bncic\b",
    "Interstate Identification Index": r"\b(iii|triple i|interstate identification)\b",
    "rap sheet": r"\brap ?sheets?\b",
    "FBI number": r"\bfbi\b(?! (code|cd)\b)",  # "FBI code" is the class of an offense
    "state identification number": r"\b(sid|state id(entification)?) (no|num|nbr|number)\b",
    "criminal history": r"\bcriminal ?(history|hist|record)s?\b|\bcrim hist\b|\bcch\b",
    "prior arrests or convictions": r"\bprior (arrest|conviction|offense|record)s?\b",
}


class Header(Frozen, frozen=True):
    """The position of each value in a record."""

    width: int
    places: dict[str, int]  # canonical name -> index of its cell


def read_header(cells: Sequence[str] | None, file: FeedFile) -> Header:
    """Match a file's header with the settings, ignoring outer space and capitals.

    Raises:
        FileRefused: when it is not a header, lacks a needed column, has one twice, or has
            criminal-history columns.
    """
    if cells is None or len(cells) < (1 if file.removes else 2):
        line = "".join(cells or ())
        other = max(DELIMITERS, key=line.count)
        if other in line and other != file.delimiter:
            text = f"its columns are parted by {other!r}, not by {file.delimiter!r}"
            raise FileRefused(text, "delimiter", repr(other))
        text = f"not a CSV: the first line has no columns parted by {file.delimiter!r}"
        raise FileRefused(text, "no_columns", repr(file.delimiter))
    found = [cell.strip().casefold() for cell in cells]
    refuse_criminal_history(cells)
    wanted = {name: column.strip().casefold() for name, column in file.columns.items()}
    if not any(wanted[name] in found for name in file.required):
        text = "the first line names none of the needed columns: is it the header?"
        raise FileRefused(text, "no_header")
    safety = ((SAFETY | DATES) & wanted.keys()) - set(file.optional)
    if removes_by_status(file):  # without the column, every removed case would be shown again
        safety |= {"status"}
    needed = dict.fromkeys((*file.required, *sorted(safety)))
    missing = [file.columns[name] for name in needed if wanted[name] not in found]
    if missing:
        names = ", ".join(missing)
        raise FileRefused(f"needed columns are missing: {names}", "columns_missing", names)
    twice = [file.columns[name] for name, column in wanted.items() if found.count(column) > 1]
    if twice:
        names = ", ".join(twice)
        raise FileRefused(f"columns appear twice: {names}", "columns_twice", names)
    return Header(len(cells), places(cells, file))


def places(cells: Sequence[str], file: FeedFile) -> dict[str, int]:
    """Return the position of each column of the settings that a first line has."""
    found = [cell.strip().casefold() for cell in cells]
    wanted = {name: column.strip().casefold() for name, column in file.columns.items()}
    return {name: found.index(column) for name, column in wanted.items() if column in found}


def refuse_criminal_history(columns: Sequence[str]) -> None:
    """Refuse a file that has a column of criminal-history data.

    Raises:
        FileRefused: when it has one.
    """
    for what, pattern in CRIMINAL_HISTORY.items():
        if any(re.search(pattern, words(column)) for column in columns):
            text = f"it has a column of criminal-history data ({what})"
            raise FileRefused(text, "criminal_history", what)


def words(column: str) -> str:
    """Return a column's name as words in small letters: RapSheet_NO gives "rap sheet no"."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", column)
    return " ".join(re.sub(r"[^A-Za-z0-9]+", " ", apart).lower().split())
