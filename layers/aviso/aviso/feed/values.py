"""One record's cells as values: text, instants, days, flags, phones and emails in one form."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from aviso import addresses
from aviso.errors import RowRejected
from aviso.settings import FeedFile

MAX_TEXT = 1000  # characters; longer is no name, street or code
YES = frozenset({"YES", "Y", "TRUE", "T", "1", "X"})
NO = frozenset({"NO", "N", "FALSE", "F", "0"})


@dataclass(slots=True)
class Values:
    """A record's values by canonical name.

    What is unusable rejects the row, with two exceptions that leave a warning: a phone or an
    email that leads nowhere is as good as none, and in a suspect's row (`lenient`) everything but
    the keys, since a suspect who is not imported cannot be kept from a victim's messages.
    """

    cells: Mapping[str, str]
    file: FeedFile
    zone: ZoneInfo
    lenient: bool = False
    warnings: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        """Return a cell in NFC, without outer, doubled and control characters."""
        raw = unicodedata.normalize("NFC", self.cells.get(name, ""))
        printed = (c for c in raw if c.isspace() or unicodedata.category(c) != "Cc")
        text = " ".join("".join(printed).split())
        if len(text) > MAX_TEXT:
            self._unusable("too_long", name)
            return ""
        return text

    def needed(self, name: str) -> str:
        """Return a cell that must not be empty."""
        text = self.text(name)
        if not text:
            raise RowRejected("missing", self.column(name))
        return text

    def mapped(self, name: str) -> str:
        """Return a cell's value in our words, when the settings translate it, else as it is."""
        text = self.text(name)
        return self.file.values.get(name, {}).get(text.upper(), text)

    def flag(self, name: str, *, unreadable: bool | None = None) -> bool | None:
        """Return a yes or no, None when the cell is empty.

        Args:
            name: the canonical column.
            unreadable: what to take an unreadable cell for, where there is a careful side.
        """
        text = self.mapped(name).upper()
        if not text:
            return None
        if text in YES or text in NO:
            return text in YES
        if unreadable is None:
            self._unusable("bad_flag", name)
        else:
            self.warn("bad_flag", name)
        return unreadable

    def instant(self, name: str) -> datetime | None:
        """Return a point in time, read in the agency's zone; a date alone is its first moment."""
        at = self._parsed(name)
        if at is None:
            return None
        return (at if at.tzinfo else at.replace(tzinfo=self.zone)).astimezone(UTC)

    def day(self, name: str, latest: date) -> date | None:
        """Return a day between 1900 and `latest`."""
        at = self._parsed(name)
        if at is None:
            return None
        if not date(1900, 1, 1) <= at.date() <= latest:
            self._unusable("bad_date", name)
            return None
        return at.date()

    def phone(self, name: str) -> str:
        """Return a phone number in E.164, empty with a warning when no text can reach it."""
        return self._address(name, addresses.phone(self.text(name)), "bad_phone")

    def email(self, name: str) -> str:
        """Return an email address in one form, empty with a warning when it is none."""
        return self._address(name, addresses.email(self.text(name)), "bad_email")

    def warn(self, code: str, name: str) -> None:
        """Note that a value was left out, while its row is imported."""
        self.warnings.append(f"{code}:{self.column(name)}")

    def column(self, name: str) -> str:
        """Return the agency's name of a column."""
        return self.file.columns.get(name, name)

    def _address(self, name: str, address: str, code: str) -> str:
        if not address and self.text(name):
            self.warn(code, name)
        return address

    def _parsed(self, name: str) -> datetime | None:
        text = self.text(name)
        if not text:
            return None
        for form in self.file.date_formats:
            try:
                return datetime.strptime(text, form)  # noqa: DTZ007 - `instant` adds the zone
            except ValueError:
                continue
        self._unusable("bad_date", name)
        return None

    def _unusable(self, code: str, name: str) -> None:
        if not self.lenient:
            raise RowRejected(code, self.column(name))
        self.warn(code, name)
