"""The one writer of CSV (RFC 4180): the desk's files, manifests, lists of rejected rows. Pure."""

import csv
import io
from collections.abc import Iterable

MARK = "\ufeff"  # with it, spreadsheets read the accents
# A spreadsheet runs a cell that begins like this (OWASP, CSV injection).
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_text(rows: Iterable[Iterable[object]], *, delimiter: str = ",", end: str = "\r\n") -> str:
    """Return rows as CSV for a program; `end` ends each row."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=end)  # noqa: TID251 - the one
    writer.writerows(rows)
    return text.getvalue()


def spreadsheet(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV for a person: a spreadsheet reads the accents and runs no cell."""
    return MARK + csv_text([_inert(str(cell)) for cell in row] for row in rows)


def _inert(cell: str) -> str:
    """Return a cell so that a spreadsheet does not run it; a phone or a number stays."""
    number = cell[:1] in ("+", "-") and cell[1:].replace(".", "", 1).isdecimal()
    return f"'{cell}" if cell.startswith(FORMULA) and not number else cell
