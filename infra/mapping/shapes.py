"""What the values of a column look like: flags, dates, phones, names, codes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from aviso.feed.cells import EXCEL, NO, NO_DATE, YES, read_date
from aviso.feed.date_forms import FORMS
from infra.mapping.reading import Column
from infra.mapping.vocabulary import canonical, known_value, vocabulary

MOST = 0.9  # share of the values that must have a shape
FEW = 40  # distinct values of a code, at most
CODE = 40  # characters of a code, at most
OLDEST_EVENT = 12  # years: dates that spread more may be birth dates
DATES = 400  # values to try formats on
PATTERNS = {
    "phone": r"\+?1?[ .-]?\(?\d{3}\)?[ .-]?\d{3}[ .-]?\d{4}( ?(x|ext\.?) ?\d+)?",
    "email": r"[^@\s]+@[^@\s]+\.[^@\s]+",
    "zip": r"\d{5}(-\d{4})?",
    "street": r"\d+\w* .*[A-Za-z].*",
    "name": r"[^\W\d_][^\d_@]*",
    "digits": r".*\d.*",
    "time": r"\d{1,2}:\d\d(:\d\d)?( ?[AaPp][Mm])?",
    "words": r".*[^\W\d_].*",
}
AGE = re.compile(r"0?\d\d?|10\d|\d\d ?- ?\d\d|\d{4}|NN|NB|BB")
DATE_WORDS = {"date", "time", "birth", "update", "modified", "rowstamp", "stamp", "report", "when"}


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
    if column.distinct.keys() <= YES | NO:
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
    return _dates(tuple(cells), bool(DATE_WORDS & set(canonical(column.heading).split())))


@lru_cache(maxsize=2048)
def _dates(cells: Sequence[str], dated: bool) -> Dates:
    if not cells:
        return Dates((), undecided=False, unread=0)
    forms = [f for f in _forms() if dated or f not in (EXCEL, "%Y%m%d", "%Y%m%d%H%M%S")]
    left, chosen = list(cells), list[str]()
    while left and len(chosen) < 3:
        reads = {form: _read(left, form) for form in forms}
        best = max(forms, key=lambda form: (len(reads[form]), -forms.index(form)))
        if len(reads[best]) < max(1, len(cells) / 20):
            break
        chosen.append(best)
        left = [cell for cell in left if cell not in reads[best]]
    if len(left) > (1 - MOST) * len(cells):
        return Dates((), undecided=False, unread=len(left))
    others = [swapped(form) for form in chosen]
    undecided = all(
        other != form and len(_read(cells, other)) >= len(_read(cells, form))
        for form, other in zip(chosen, others, strict=True)
    )
    return Dates(tuple(chosen), undecided, len(left))


def birthlike(column: Column) -> bool:
    """Whether a column's dates spread over so many years that they may be birth dates."""
    found = dates(column)
    read = (read_date(cell, form) for cell in column.filled for form in found.formats)
    years = [at.year for at in read if at]
    return len(years) > 1 and max(years) - min(years) > OLDEST_EVENT


@lru_cache(maxsize=4096)
def known_share(column: Column, field: str) -> float:
    """Return the share of a column's distinct values that are known codes of a field."""
    distinct = column.distinct
    known = sum(known_value(field, value) is not None for value in distinct)
    return known / len(distinct) if distinct else 0


def _read(cells: Sequence[str], form: str) -> set[str]:
    return {cell for cell in cells if _plausible(read_date(cell, form), form)}


def _plausible(at: datetime | None, form: str) -> bool:
    """Whether a date is one of a records system; Excel's numbers would read anything."""
    if at is None:
        return False
    first = 1990 if form == EXCEL else 1900
    return first <= at.year <= 2100


@lru_cache(maxsize=1)
def _forms() -> tuple[str, ...]:
    return (*(form for _, form in FORMS), *vocabulary()["date_formats"])


def swapped(form: str) -> str:
    """Return a format with month and day the other way around, if it has both as numbers."""
    for one, other in (("%m/%d", "%d/%m"), ("%m-%d-%Y", "%d-%m-%Y")):
        if one in form:
            return form.replace(one, other)
        if other in form:
            return form.replace(other, one)
    return form


def _is_key(value: str) -> bool:
    """Whether a value may be an id: short, and mostly digits when it has spaces."""
    digits = sum(map(str.isdigit, value))
    spaced = " " in value and digits * 2 < len(value)
    return digits > 0 and len(value) <= CODE and not spaced


def _is_age(value: str) -> bool:
    return bool(AGE.fullmatch(value)) or known_value("age", value) is not None


def _share(filled: Sequence[str], pattern: re.Pattern[str]) -> float:
    return sum(bool(pattern.fullmatch(value)) for value in filled) / len(filled)
