"""The cells of a record as values: text, instants, days, flags, phones and emails in one form."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aviso.domain import addresses
from aviso.domain.errors import RowRejected
from aviso.domain.settings import FeedFile
from aviso.domain.text import codes_in
from aviso.feed import local_time
from aviso.feed.columns import DAYS, PAST

MAX_TEXT = 1000  # characters; a name, street or code is shorter
MAX_KEY = 900  # bytes: with the table's prefix a key has up to 1,024
YES = frozenset({"YES", "Y", "TRUE", "T", "1", "X"})
NO = frozenset({"NO", "N", "FALSE", "F", "0"})
# A year outside is a typing error or means "never" (9999): it would freeze a row or break a page.
FIRST_YEAR = 1990

YEARS_AHEAD = 5  # after the export
AHEAD = timedelta(days=1)  # clocks and zones may differ this much from the export's
OLDEST_BIRTH = date(1900, 1, 1)
NO_AGES = frozenset({0, 99})  # alone, or as the two ends of a range
FIRST_YEAR_OF_LIFE = frozenset({"NN", "NB", "BB"})
# Cells without a date, in capitals.
NO_DATE = frozenset(
    {"", "NULL", "NONE", "N/A", "NA", "-", "--", "0000-00-00", "0000-00-00 00:00:00", "00/00/0000"}
)
# Dates that databases write when there is no date.
NEVER = frozenset(
    {date(1, 1, 1), date(1753, 1, 1), date(1899, 12, 30), date(1900, 1, 1), date(9999, 12, 31)}
)
BAD_DATE = "bad_date"  # the warning about a date that is there but cannot be used
EXCEL = "excel"  # a date format: days since 30 December 1899; the fraction is the time
EPOCH = "epoch"  # a date format: milliseconds since 1970, as ArcGIS and JavaScript write them
LEAST_EPOCH = 1e10  # such milliseconds: a smaller number is seconds, or no date
HOURS = {"%H", "%I", "%X", "%c"}
ZONE = re.compile(r" ?(?:(Z|UTC|GMT)|([+-]\d\d)(?::?(\d\d))?)$")


@dataclass(slots=True)
class Values:
    """A record's values by canonical name.

    Only a row's keys can reject it. Any other unreadable value is left blank with a warning. If the
    loss of a value is unsafe, the caller says which value to use instead.
    """

    cells: Mapping[str, str]
    file: FeedFile
    zone: ZoneInfo
    exported: datetime
    area_code: str = ""
    warnings: list[str] = field(default_factory=list)
    undated: set[str] = field(default_factory=set)  # requested dates that are unreadable

    def text(self, name: str) -> str:
        """Return a cell in NFC, without outer, doubled and control characters."""
        raw = self.cells.get(name, "")
        if not (raw.isascii() and raw.isprintable()):  # most cells are: there is nothing to change
            composed = unicodedata.normalize("NFC", raw)
            printed = (c for c in composed if c.isspace() or unicodedata.category(c) != "Cc")
            raw = "".join(printed)
        text = " ".join(raw.split())
        if len(text) > MAX_TEXT:
            self.warn("too_long", name)
            return text[:MAX_TEXT]
        return text

    def name(self, name: str) -> str:
        """Return somebody's name or number; empty where the cell only says yes, no or nothing."""
        text = self.text(name)
        return "" if text.upper() in YES | NO | NO_DATE else text

    def filled(self) -> list[str]:
        """Return the columns that have a value."""
        return [n for n, cell in self.cells.items() if cell and cell.strip().upper() not in NO_DATE]

    def needed(self, name: str) -> str:
        """Return a key: a cell that must not be empty, nor longer than the table's keys.

        Raises:
            RowRejected: when it is empty or too long.
        """
        text = self.former(name)
        if not text:
            raise RowRejected("missing", self.column(name))
        return text

    def former(self, name: str) -> str:
        """Return a row's former key, which may be empty.

        Raises:
            RowRejected: when it is longer than the table's keys; a shortened key would be another
                key.
        """
        text = self.text(name)
        if len(text.encode()) > MAX_KEY:
            raise RowRejected("too_long", self.column(name))
        return text

    def mapped(self, name: str) -> str:
        """Return a cell's value as the settings translate it, or else unchanged."""
        text = self.text(name)
        return self.file.values.get(name, {}).get(text.upper(), text)

    def means(self, name: str, ours: str) -> bool:
        """Whether the settings translate a cell's value to this one of ours."""
        return self.file.values.get(name, {}).get(self.text(name).upper()) == ours

    def mapped_each(self, name: str) -> str:
        """Return a cell's value as `mapped` does; of several codes in the cell, each one's."""
        text, known = self.text(name), self.file.values.get(name, {})
        codes = codes_in(text, ())
        if text.upper() in known or not any(code.upper() in known for code in codes):
            return self.mapped(name)
        return "; ".join(known.get(code.upper(), code) for code in codes)

    def flag(self, name: str, *, unreadable: bool = False) -> bool:
        """Return a yes or no; an empty cell is a no.

        `unreadable` is the value for an unreadable cell: the safe side.
        """
        found = self._flag(name)
        if found is None and self.text(name):
            self.warn("bad_flag", name)
            return unreadable
        return bool(found)

    def doubtful(self, name: str) -> bool:
        """Whether a yes or no is there but cannot be read."""
        return bool(self.text(name)) and self._flag(name) is None

    def certain(self, name: str) -> bool:
        """Return a yes or no for which neither side is safe; an empty cell is a no.

        Raises:
            RowRejected: when it cannot be read.
        """
        if self.doubtful(name):
            raise RowRejected("bad_flag", self.column(name))
        return bool(self._flag(name))

    def _flag(self, name: str) -> bool | None:
        text = self.mapped(name).upper()
        return text in YES if text in YES | NO else None

    def instant(self, name: str) -> datetime | None:
        """Return a point in time, read in the agency's zone; a date alone is its first moment."""
        at, _ = self._parsed(name)
        if at is None:
            return None
        if not FIRST_YEAR <= at.year <= self.exported.year + YEARS_AHEAD:
            self.lost_date(name, BAD_DATE)
            return None
        moment = local_time.instant(at, self.zone, self.exported)
        if name in PAST and moment > self.exported + AHEAD:
            self.lost_date(name, BAD_DATE)
            return None
        return moment

    def has_time(self, name: str) -> bool:
        """Whether a point in time has a time of day; a date alone is exported as midnight.

        If a time has an offset, midnight there and midnight at the agency are both a date alone.
        """
        at, form = self._parsed(name)
        if at is None or not has_hours(form):
            return False
        local = at.astimezone(self.zone) if at.tzinfo else at
        return time(0) not in (at.time(), local.time())

    def day(self, name: str) -> date | None:
        """Return a day between 1900 and the export's day."""
        at, _ = self._parsed(name)
        if at is None:
            return None
        if not OLDEST_BIRTH <= at.date() <= self.exported.astimezone(self.zone).date():
            self.lost_date(name, BAD_DATE)
            return None
        return at.date()

    def age(self, name: str) -> int | None:
        """Return an age in years, or None when it is unknown; of a range, the lower end.

        A range from below eighteen to eighteen or more may be a child's, so it counts as one's.

        NIBRS writes NN, NB and BB for a child in its first year, 00 for unknown, and 99 for older
        than 98, which other systems write for unknown.
        """
        text = self.mapped(name).upper()
        if text in FIRST_YEAR_OF_LIFE:
            return 0
        found = re.fullmatch(r"0?(\d\d?)|(\d\d)(\d\d)|(\d\d?) ?- ?(\d\d?)", text)
        ages = [int(years) for years in found.groups() if years] if found else []
        if not NO_AGES.issuperset(ages):
            return min(ages)
        if text and not found:
            self.warn("bad_age", name)
        return None

    def dated(self, name: str) -> bool:
        """Whether a cell has a date, readable or not."""
        return self.text(name).upper() not in NO_DATE

    def readable(self, name: str) -> bool:
        """Whether a cell is a readable date or has no date."""
        _ = self.day(name) if name in DAYS else self.instant(name)
        return name not in self.undated

    def lost_date(self, name: str, code: str) -> None:
        """Record that a date is there but cannot be used, which differs from no date."""
        self.undated.add(name)
        self.warn(code, name)

    def phone(self, name: str) -> str:
        """Return the phone to text in E.164, or empty with a warning when it is not one."""
        text = self.text(name)
        return self._address(name, addresses.phone(text) or _first(addresses.phones(text)), "phone")

    def email(self, name: str) -> str:
        """Return an email address in one form, or empty with a warning when it is not one."""
        return self._address(name, _first(addresses.emails(self.text(name))), "email")

    def contacts(self) -> tuple[tuple[str, ...], tuple[str, ...], bool]:
        """Return every phone and every email of a row, and whether one is unreadable.

        For a suspect's row: one number too many harms nobody, one too few may tell a suspect.
        """
        phone, email = self.text("phone"), self.text("email")
        phones = addresses.phones(phone, area_code=self.area_code, switchboards=True)
        emails = addresses.emails(email)
        # "none" and 000-0000 are not numbers; any other text with digits is or was one.
        lost_phone = not phones and len({c for c in phone if c.isdigit()}) > 1
        lost_email = not emails and "@" in email
        for name, text, found in (("phone", phone, phones), ("email", email, emails)):
            if text and not found:
                self.warn(f"bad_{name}", name)
        return phones, emails, lost_phone or lost_email

    def warn(self, code: str, name: str) -> None:
        """Record that a value was left out although its row is imported."""
        note = f"{code}:{self.column(name)}"
        if note not in self.warnings:
            self.warnings.append(note)

    def column(self, name: str) -> str:
        """Return the agency's name of a column."""
        return self.file.columns.get(name, name)

    def _address(self, name: str, address: str, what: str) -> str:
        if not address and self.text(name):
            self.warn(f"bad_{what}", name)
        return address

    def _parsed(self, name: str) -> tuple[datetime | None, str]:
        """Return a cell's date and the format that matches it."""
        if not self.dated(name):
            return None, ""
        text = self.text(name)
        for form in self.file.date_formats:
            at = read_date(text, form)
            if at is not None:
                return (None, "") if at.date() in NEVER else (at, form)
        self.lost_date(name, BAD_DATE)
        return None, ""


def read_date(text: str, form: str) -> datetime | None:
    """Return the date of a text in a format, or None; it has no zone unless the text has one.

    `form` is as in `date_formats`.
    """
    try:
        if form == EXCEL:
            return datetime(1899, 12, 30) + timedelta(days=float(text))  # noqa: DTZ001
        if form == EPOCH:
            return _since_1970(text)
        # SQL Server writes seven digits of a second; Python reads six.
        text = re.sub(r"(\.\d{6})\d+", r"\1", text)
        if form.endswith("%z"):
            text, form = ZONE.sub(_offset, text), form.replace(" %z", "%z")
        return datetime.strptime(text, form)  # noqa: DTZ007
    except (ValueError, OverflowError):
        return None


def written_date(at: datetime, form: str) -> str:
    """Return a date in a format, as `read_date` reads it."""
    if form == EXCEL:
        days = (at.replace(tzinfo=None) - datetime(1899, 12, 30)) / timedelta(days=1)  # noqa: DTZ001
        return f"{days:.10g}"
    if form == EPOCH:
        return str(round(at.timestamp() * 1000))
    return at.strftime(form)


def _since_1970(text: str) -> datetime | None:
    milliseconds = float(text)
    if abs(milliseconds) < LEAST_EPOCH:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def _offset(found: re.Match[str]) -> str:
    """Return an offset as Python reads it: PostgreSQL and ArcGIS write +00, others UTC."""
    return "Z" if found[1] else f"{found[2]}:{found[3] or '00'}"


def has_hours(form: str) -> bool:
    """Whether a date format has a time of day."""
    directives = {form[at : at + 2] for at, c in enumerate(form) if c == "%"}
    return form in (EXCEL, EPOCH) or bool(HOURS & directives)


def _first(found: tuple[str, ...]) -> str:
    return found[0] if found else ""
