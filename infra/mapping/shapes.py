"""What the values of a column look like: flags, dates, phones, names, codes."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from aviso.feed.cells import EPOCH, EXCEL, NO, NO_DATE, YES, read_date
from aviso.feed.date_forms import forms_of
from aviso.feed.header import words
from infra.mapping.reading import Column
from infra.mapping.vocabulary import canonical, has_known_values, known_value

MOST = 0.9  # share of the values that must have a shape
DIFFERENT = 0.9  # of the rows, if each has a number of its own
FEW = 40  # distinct values of a code, at most
CODE = 40  # characters of a code, at most
SEVERAL = 10  # rows from which a value that never changes, or never repeats, means something
SENTENCE = 5  # spaces
OLDEST_EVENT = 12  # years: dates that spread more may be birth dates
DATES = 400  # values to try formats on
PATTERNS = {
    "phone": r"\+?1?[ .-]?(\d{10}|\(?\d{3}[) .-]+\d{3}[ .-]?\d{4})( ?(x|ext\.?) ?\d+)?",
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "zip": r"\d{5}(-\d{4})?",
    "street": r"\d+\w* .*[A-Za-z].*",
    "name": r"[^\W\d_][^\d_@]*",
    "digits": r".*\d.*",
    "time": r"\d{1,2}:\d\d(:\d\d)?( ?[AaPp][Mm])?",
    "words": r".*[^\W\d_].*",
}
SHORT_WORD = 2  # characters of a code that may mean anything
MOST_KNOWN = 0.8  # share of the values
CERTAIN = frozenset({"date", "phone", "email", "flag"})
SAID_YES = YES | {"SÍ", "SI"}
AGE = re.compile(r"0?\d\d?|10\d|\d\d ?- ?\d\d|\d{4}|NN|NB|BB")
DATE_WORDS = {
    "date",
    "time",
    "birth",
    "update",
    "modified",
    "rowstamp",
    "stamp",
    "report",
    "when",
    "at",
}


@dataclass(frozen=True)
class Dates:
    """The formats that read every date of a column."""

    formats: tuple[str, ...]
    undecided: bool  # month and day could be swapped in every value
    unread: int  # cells that no format reads


@lru_cache(maxsize=4096)
def shapes(column: Column) -> frozenset[str]:
    """Return everything that a column may be by its values."""
    filled = column.filled
    if not filled:
        return frozenset({"empty"})
    found = {
        name for name, pattern in PATTERNS.items() if _share(filled, re.compile(pattern)) >= MOST
    }
    if sum(map(_is_key, filled)) >= MOST * len(filled):
        found.add("key")
    if column.distinct.keys() <= SAID_YES | NO:
        found.add("flag")
    if len(column.distinct) <= FEW and max(map(len, column.distinct)) <= CODE:
        found.add("code")
    if sum(_is_age(value) for value in column.distinct) >= MOST * len(column.distinct):
        found.add("age")
    if dates(column).formats:
        found.add("date")
    return frozenset(found)


def dates(column: Column) -> Dates:
    """Return how a column writes dates; no format when it has none."""
    cells = [v for v in column.filled if v.upper() not in NO_DATE][:DATES]
    said = {*canonical(column.heading).split(), *words(column.heading).split()[-1:]}
    return _dates(tuple(cells), dated=bool(DATE_WORDS & said))


@lru_cache(maxsize=2048)
def _dates(cells: Sequence[str], dated: bool) -> Dates:
    if not cells:
        return Dates((), undecided=False, unread=0)
    left, chosen = list(cells), list[str]()
    while left and len(chosen) < 3:
        fits = Counter(form for cell in left for form in _fitting(cell, dated=dated))
        best = max(fits, key=lambda form: fits[form], default="")
        if fits[best] < max(1, len(cells) / 20):
            break
        chosen.append(best)
        left = [cell for cell in left if best not in _fitting(cell, dated=dated)]
    if len(left) > (1 - MOST) * len(cells):
        return Dates((), undecided=False, unread=len(left))
    undecided = all(
        swapped(form) != form and _read(cells, swapped(form)) >= _read(cells, form)
        for form in chosen
    )
    return Dates(tuple(chosen), undecided, len(left))


def birthlike(column: Column) -> bool:
    """Whether a column's dates spread over so many years that they may be birth dates."""
    found = dates(column)
    read = (read_date(cell, form) for cell in column.filled for form in found.formats)
    years = [at.year for at in read if at]
    return len(years) > 1 and max(years) - min(years) > OLDEST_EVENT


def constant(column: Column) -> bool:
    """Whether every row has the same value, in a file with more than a few rows."""
    return len(column.distinct) == 1 and len(column.filled) >= SEVERAL


def repeats(column: Column) -> bool:
    """Whether many rows have the number of another row."""
    return len(column.distinct) < DIFFERENT * len(column.filled)


@lru_cache(maxsize=4096)
def only(column: Column) -> frozenset[str]:
    """Return what a column is for certain by its values, so that it is nothing else.

    A number may be anything: "6025550100" is a phone or a case number, and "1" a yes or a district.
    """
    if column.distinct.keys() != {"0", "1"} and all(v.isdigit() for v in column.distinct):
        return frozenset()
    close = names_close(column, MOST_KNOWN) and known_share(column, "role") < MOST_KNOWN
    return shapes(column) & CERTAIN | ({"relationship"} if close else set[str]())


def names_close(column: Column, share: float) -> bool:
    """Whether so many values are relationships, one of them a close one that is spelled out."""
    spelled = (value for value in column.distinct if len(value) > SHORT_WORD)
    close = any(known_value("relationship", value) == "close" for value in spelled)
    return close and known_share(column, "relationship") >= share


@lru_cache(maxsize=4096)
def free_text(column: Column) -> bool:
    """Whether the values are sentences: of many words, and hardly ever the same."""
    filled, distinct = column.filled, column.distinct
    spaces = sum(value.count(" ") for value in distinct)
    return len(distinct) * 2 > len(filled) >= SEVERAL and spaces >= SENTENCE * len(distinct)


@lru_cache(maxsize=4096)
def known_share(column: Column, field: str) -> float:
    """Return the share of a column's distinct values that are known codes of a field."""
    distinct = column.distinct if has_known_values(field) else {}
    known = sum(known_value(field, value) is not None for value in distinct)
    return known / len(distinct) if distinct else 0


def _read(cells: Sequence[str], form: str) -> int:
    return sum(form in _fitting(cell, dated=True) for cell in cells)


@lru_cache(maxsize=1 << 16)
def _fitting(cell: str, *, dated: bool) -> tuple[str, ...]:
    """Return the formats that read a cell as a date of a records system.

    A number alone may be anything: it is a date only under a heading that says so. Milliseconds
    since 1970 have so many digits that a recent year is enough.
    """
    text = " ".join(cell.split())
    number = not dated and text.lstrip("-").replace(".", "", 1).isdigit()
    forms = (EPOCH,) if number else forms_of(text)
    return tuple(form for form in forms if _plausible(read_date(text, form), form, dated=dated))


def _plausible(at: datetime | None, form: str, *, dated: bool) -> bool:
    """Whether a date is one of a records system; numbers would read anything."""
    if at is None:
        return False
    if form == EPOCH and not dated:
        return 1990 <= at.year <= 2040
    return (1990 if form == EXCEL else 1900) <= at.year <= 2100


def swapped(form: str) -> str:
    """Return a format with month and day the other way around, if it has both as numbers."""
    return re.sub(r"^%([md])([/.-])%([md])", r"%\3\2%\1", form)


def _is_key(value: str) -> bool:
    """Whether a value may be an id: short, and mostly digits when it has spaces."""
    digits = sum(map(str.isdigit, value))
    spaced = " " in value and digits * 2 < len(value)
    return digits > 0 and len(value) <= CODE and not spaced


def _is_age(value: str) -> bool:
    return bool(AGE.fullmatch(value)) or known_value("age", value) is not None


def _share(filled: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(bool(pattern.fullmatch(value)) for value in filled) / len(filled)
