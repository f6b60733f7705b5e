"""Check that a file's dates can be read, before its first row is stored.

Unreadable dates would make old cases look new. So a file is refused if most dates of a column are
unreadable. The reason names the format that they seem to have and the setting that reads it. A row
with a single unreadable date is imported without the date, and its fact becomes a person's task.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import islice

from aviso.domain.errors import FileRefused
from aviso.domain.value import Frozen
from aviso.feed.cells import EXCEL, Values, read_date

COLUMNS = {
    "cases": ("reported_at", "status_at", "assigned_at", "warrant_at", "prosecutor_at", "row_time"),
    "people": ("birth_date", "age_at", "row_time"),
    "arrests": ("arrested_at", "appearance_at", "row_time"),
}
ROWS = 2_000  # rows to check: a changed date format shows in the first rows
FEW = 2  # this many do not show another format: each is a task
# Formats that programs write, as an example and as in `date_formats`. First month-first, then
# day-first.
MONTH_FIRST = (
    ("1/2/2019 12:00:00 AM", "%m/%d/%Y %I:%M:%S %p"),
    ("1/2/2019 12:00 AM", "%m/%d/%Y %I:%M %p"),
    ("1/2/2019 0:00:00", "%m/%d/%Y %H:%M:%S"),
    ("1/2/2019 0:00", "%m/%d/%Y %H:%M"),
    ("1/2/2019", "%m/%d/%Y"),
    ("1/2/19 0:00", "%m/%d/%y %H:%M"),
    ("1/2/19", "%m/%d/%y"),
)
FORMS = (
    *MONTH_FIRST,
    *((shown, form.replace("%m/%d", "%d/%m")) for shown, form in MONTH_FIRST),
    ("2019-01-02 00:00:00.000", "%Y-%m-%d %H:%M:%S.%f"),  # SQL Server, up to seven digits
    ("2019-01-02 00:00:00", "%Y-%m-%d %H:%M:%S"),
    ("2019-01-02 00:00", "%Y-%m-%d %H:%M"),
    ("2019-01-02T00:00:00.000", "%Y-%m-%dT%H:%M:%S.%f"),
    ("2019-01-02T00:00:00", "%Y-%m-%dT%H:%M:%S"),
    ("2019-01-02T00:00:00Z", "%Y-%m-%dT%H:%M:%S%z"),
    ("2019-01-02", "%Y-%m-%d"),
    ("20190102", "%Y%m%d"),
    ("Jan 2 2019 12:00AM", "%b %d %Y %I:%M%p"),
    ("02-JAN-19", "%d-%b-%y"),
    ("02-JAN-2019", "%d-%b-%Y"),
    ("43467", EXCEL),
)


class UnreadableDates(Frozen, frozen=True):
    """A column of which some dates cannot be read."""

    column: str
    described: str  # the agency's column, with the format that its dates seem to have
    filled: int  # cells with a date, readable or not
    bad: int


def check(rows: Iterable[Values], kind: str, *, ndjson: bool = False) -> None:
    """Check the dates in the first rows of a file.

    Args:
        rows: the file's.
        kind: cases, people or arrests.
        ndjson: whether the file is NDJSON, whose form of dates no setting changes.

    Raises:
        FileRefused: when most dates of a column cannot be read; it names the columns, no value.
    """
    found = unreadable(islice(rows, ROWS), kind)
    wrong = [dates for dates in found if dates.bad > FEW and 2 * dates.bad > dates.filled]
    if wrong and ndjson:
        about = ", ".join(dates.column for dates in wrong)
        raise FileRefused(f"most dates of a field are not ISO 8601: {about}", "dates_iso", about)
    if wrong:
        about = "; ".join(dates.described for dates in wrong)
        text = f"most dates of a column cannot be read: {about}; see feed.{kind}.date_formats"
        raise FileRefused(text, "dates", about)


def unreadable(rows: Iterable[Values], kind: str) -> list[UnreadableDates]:
    """Return the columns that have dates which cannot be read; `kind` is as for `check`."""
    filled, bad = Counter[str](), Counter[str]()
    forms: dict[str, Counter[int]] = defaultdict(Counter)
    named: dict[str, str] = {}
    for values in rows:
        for name in COLUMNS[kind]:
            if not values.dated(name):
                continue
            filled[name] += 1
            if not values.readable(name):
                bad[name] += 1
                named[name] = values.column(name)
                forms[name].update(_fitting(values.text(name)))
    return [
        UnreadableDates(named[name], _described(named[name], forms[name]), filled[name], bad[name])
        for name in COLUMNS[kind]
        if bad[name]
    ]


def _fitting(text: str) -> Iterable[int]:
    return (n for n, (_, form) in enumerate(FORMS) if read_date(text, form) is not None)


def _described(column: str, found: Counter[int]) -> str:
    """Return a column with the format that fits most of its dates, the first of several."""
    if not found:
        return column
    best = min(found, key=lambda n: (-found[n], n))
    shown, form = FORMS[best]
    return f"{column} looks like {shown}, which is '{form}' in date_formats"
