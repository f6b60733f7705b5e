"""Check that a file's dates can be read, before its first row is stored.

Unreadable dates would make old cases look new. So a file is refused if most dates of a column are
unreadable. The reason names the format that they seem to have and the setting that reads it. A row
with a single unreadable date is imported without the date, and its fact becomes a person's task.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from aviso.domain.errors import FileRefused
from aviso.domain.value import Frozen
from aviso.feed.cells import EPOCH, EXCEL, Values, read_date, written_date
from aviso.feed.columns import times_of

ROWS = 2_000  # rows to check: a changed date format shows in the first rows
FEW = 2  # this many do not show another format: each makes a task
# How programs write a day, and the formats that may read it: month first, then day first.
DAYS = (
    (r"\d{1,2}/\d{1,2}/\d{4}", ("%m/%d/%Y", "%d/%m/%Y")),
    (r"\d{1,2}/\d{1,2}/\d\d", ("%m/%d/%y", "%d/%m/%y")),
    (r"\d{1,2}-\d{1,2}-\d{4}", ("%m-%d-%Y", "%d-%m-%Y")),
    (r"\d{1,2}\.\d{1,2}\.\d{4}", ("%m.%d.%Y", "%d.%m.%Y")),
    (r"\d{4}-\d{1,2}-\d{1,2}", ("%Y-%m-%d",)),
    (r"\d{4}/\d{1,2}/\d{1,2}", ("%Y/%m/%d",)),
    (r"\d{8}", ("%Y%m%d", "%m%d%Y")),
    (r"\d{1,2}-[a-z]{3}-\d{4}", ("%d-%b-%Y",)),
    (r"\d{1,2}-[a-z]{3}-\d\d", ("%d-%b-%y",)),
    (r"\d{1,2}[a-z]{3}\d{4}", ("%d%b%Y",)),
    (r"\d{1,2} [a-z]{3} \d{4}", ("%d %b %Y",)),
    (r"\d{1,2} [a-z]{4,9} \d{4}", ("%d %B %Y",)),
    (r"[a-z]{3} \d{1,2} \d{4}", ("%b %d %Y",)),
    (r"[a-z]{3} \d{1,2}, \d{4}", ("%b %d, %Y",)),
    (r"[a-z]{4,9} \d{1,2}, \d{4}", ("%B %d, %Y",)),
)
# A time of day after it: 08:30, T08:30:00.000Z, 8:30:00 AM, 083000, 08.30.00.000000 PM, 08:30+00.
TIME = (
    r"(?P<gap>T|:|,? |)(?P<hour>\d{1,2})(?P<colon>[:.]?)(?P<minute>\d\d)"
    r"((?P=colon)(?P<second>\d\d)(?P<fraction>\.\d{1,9})?)?"
    r"(?P<half>(?P<space> ?)[AP]M)?(?P<zone> ?(Z|UTC|GMT|[+-]\d\d(:?\d\d)?))?"
)
WRITTEN = tuple((re.compile(rf"{day}({TIME})?", re.I), forms) for day, forms in DAYS)
NUMBERS = ((re.compile(r"\d{5}(\.\d+)?"), EXCEL), (re.compile(r"-?\d{11,13}"), EPOCH))
WEEKS = timedelta(days=21)  # rows of a file of changes are of the last days
DECEMBER = 12
SHOWN = datetime(2019, 1, 2, tzinfo=UTC)
FEW_SHOWN = 3
LONGEST = 40  # characters of a date


class UnreadableDates(Frozen, frozen=True):
    """A column of which some dates cannot be read."""

    column: str
    described: str  # the agency's column, with the format that its dates seem to have
    filled: int  # cells with a date, readable or not
    bad: int


def check(rows: Iterable[Values], kind: str, *, ndjson: bool = False) -> None:
    """Check the dates in the first rows of a file.

    Args:
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
    columns = times_of(kind)
    filled, bad = Counter[str](), Counter[str]()
    configured: Sequence[str] = ()
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    named: dict[str, str] = {}
    for values in rows:
        for name in columns:
            if not values.dated(name):
                continue
            filled[name] += 1
            if not values.readable(name):
                bad[name] += 1
                named[name] = values.column(name)
                configured = values.file.date_formats
                forms[name].update(forms_of(values.text(name)))
    return [
        UnreadableDates(
            named[name], _described(named[name], forms[name], configured), filled[name], bad[name]
        )
        for name in columns
        if bad[name]
    ]


def seems_day_first(values: Values) -> bool:
    """Whether a row's last change was weeks before the export, but not with its day as the month.

    In the second half of a year a day that is read as the month gives a date of the past, so
    nothing fails: 9/12 becomes September 12.
    """
    at = values.instant("row_time")
    if at is None:
        return False
    read, exported = (t.astimezone(values.zone).date() for t in (at, values.exported))
    if read.day > DECEMBER or exported - read < WEEKS:
        return False
    return abs(exported - read.replace(month=read.day, day=read.month)) < WEEKS


def examples(formats: Sequence[str]) -> str:
    """Return how a date must look in the first few of some formats."""
    return ", ".join(dict.fromkeys(written_date(SHOWN, form) for form in formats[:FEW_SHOWN]))


def forms_of(text: str) -> list[str]:
    """Return the formats that read a date, as in `date_formats`: month first before day first."""
    if len(text) > LONGEST or not any(map(str.isdigit, text)):
        return []
    forms = (*_written(text), *(form for pattern, form in NUMBERS if pattern.fullmatch(text)))
    return [form for form in forms if read_date(text, form) is not None]


def _written(text: str) -> Iterator[str]:
    """Yield the formats that a text's day and time of day may have."""
    for pattern, forms in WRITTEN:
        if found := pattern.fullmatch(text):
            yield from (form + _time(found) for form in forms)


def _time(found: re.Match[str]) -> str:
    """Return the format of the time of day."""
    part = found.groupdict(default="")
    if not part["hour"]:
        return ""
    hour = "%I" if part["half"] else "%H"
    second = part["second"] and f"{part['colon']}%S"
    fraction = part["fraction"] and ".%f"
    half = part["half"] and f"{part['space']}%p"
    zone = part["zone"] and "%z"
    return f"{part['gap']}{hour}{part['colon']}%M{second}{fraction}{half}{zone}"


def _described(column: str, found: Counter[str], configured: Sequence[str]) -> str:
    """Return a column with the format that fits most of its dates, the first of several.

    A date that fits a configured format too, and cannot be used, may have its day first.
    """
    others = [form for form in found if form not in configured]
    if not others:
        return column
    best = max(others, key=lambda form: found[form])
    wrong = next((form for form in configured if found[form]), None)
    instead = f", instead of '{wrong}'" if wrong else ""
    shown = written_date(SHOWN, best)
    return f"{column} looks like {shown}, which is '{best}' in date_formats{instead}"
