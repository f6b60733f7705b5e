"""The periods of a report: months, quarters, years and own dates; which of them are for the public.

Pure. Each is compared with the one before. A period that is not over yet ends today, and is
compared with as many days of the one before.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from datetime import date, timedelta

from aviso.domain.settings import Settings
from aviso.domain.value import Frozen

MONTHS = {"month": 1, "quarter": 3, "year": 12}
NAME = re.compile(r"(?P<year>20\d\d)(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])))?")
LONGEST = timedelta(days=366)  # own dates
DAY = timedelta(days=1)
LATE = timedelta(days=14)  # for late receipts, letters to post and tasks past their deadline


class PeriodError(ValueError):
    """A period that cannot be shown; its text is the key of the words that say so."""


class Period(Frozen, frozen=True, kw_only=True):
    """The days of a report, both ends included."""

    first: date
    last: date
    name: str = ""  # 2026, 2026-Q2 or 2026-05; empty for own dates

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    def until(self, today: date) -> "Period":
        """Return its days that have begun.

        Raises:
            PeriodError: when none has.
        """
        if self.first > today:
            raise PeriodError("desk_days_future")
        return Period(first=self.first, last=min(self.last, today), name=self.name)


def named(name: str) -> Period:
    """Return a month (2026-05), a quarter (2026-Q2) or a year (2026).

    Raises:
        PeriodError: when it is none of these.
    """
    found = NAME.fullmatch(name)
    if found is None:
        raise PeriodError("desk_days_unknown")
    if found["quarter"]:
        return _of("quarter", int(found["year"]), int(found["quarter"]) * 3 - 2)
    if found["month"]:
        return _of("month", int(found["year"]), int(found["month"]))
    return _of("year", int(found["year"]), 1)


def of_days(first: str, last: str) -> Period:
    """Return the period of own dates as they were typed.

    Raises:
        PeriodError: when one is not a date, the first is after the last, or they are too far apart.
    """
    try:
        period = Period(first=date.fromisoformat(first), last=date.fromisoformat(last))
    except ValueError:
        raise PeriodError("desk_days_unknown") from None
    if period.first > period.last:
        raise PeriodError("desk_days_reversed")
    if period.last - period.first >= LONGEST:
        raise PeriodError("desk_days_too_long")
    return whole(period)


def around(kind: str, day: date) -> Period:
    """Return the month, quarter or year that a day is in."""
    return _of(kind, day.year, (day.month - 1) // MONTHS[kind] * MONTHS[kind] + 1)


def whole(period: Period) -> Period:
    """Return a period with its name where its days are a whole month, quarter or year."""
    known = (around(kind, period.first) for kind in MONTHS)
    return next((p for p in known if (p.first, p.last) == (period.first, period.last)), period)


def published_from(period: Period, settings: Settings) -> date | None:
    """Return the first day on which an agency may publish a period; None when it never may.

    It may publish the whole months, quarters or years of its settings, once their counts have
    settled. Two of these share no day. A month of a published quarter, its days up to today, or an
    earlier copy of it could be subtracted from it and tell a hidden number.
    """
    known = around(settings.report.publishes, period.first)
    if (known.first, known.last) != (period.first, period.last):
        return None
    return period.last + DAY + settling(settings)


def settling(settings: Settings) -> timedelta:
    """Return how long after a day its counts can still change by rule, in whole days.

    A count stays on the day of its notice or survey, whenever it changes. A survey can be answered
    for `survey.open_days` after the day on which it was sent; a reminder closes with its survey.
    What changes after that, such as a task that waits for a month, has no limit.
    """
    waits = [kind.deadline for kind in settings.kinds.values() if kind.on]
    waits += [receiver.deadline for receiver in settings.receivers]
    if settings.survey.on:
        waits.append(DAY * settings.survey.open_days)
    return DAY * -(-max(waits, default=DAY) // DAY) + LATE


def kind_of(period: Period) -> str:
    """Return `month`, `quarter` or `year`; empty for own dates."""
    if not period.name:
        return ""
    return "quarter" if "Q" in period.name else "month" if "-" in period.name else "year"


def previous(period: Period) -> Period:
    """Return the whole period before this one, or as many days for own dates."""
    if not period.name:
        return Period(first=period.first - DAY * period.days, last=period.first - DAY)
    return around(kind_of(period), period.first - DAY)


def following(period: Period) -> Period:
    """Return the whole month, quarter or year after this one."""
    return around(kind_of(period), named(period.name).last + DAY)


def compared(period: Period) -> Period:
    """Return the days with which a period is compared: of one that is not over, as many."""
    before = previous(period)
    if period.name and period.last < named(period.name).last:
        last = min(before.first + DAY * (period.days - 1), before.last)
        return Period(first=before.first, last=last)
    return before


def months(period: Period) -> Iterator[Period]:
    """Yield the months of the chart: the last six up to the period's end, or twelve for a year."""
    month = around("month", period.last)
    found = [month]
    while len(found) < (12 if period.days > 184 else 6):
        month = previous(month)
        found.append(month)
    yield from reversed(found)


def _of(kind: str, year: int, month: int) -> Period:
    end = month + MONTHS[kind] - 1
    names = {"month": f"{year}-{month:02}", "quarter": f"{year}-Q{end // 3}", "year": f"{year}"}
    last = date(year, end, monthrange(year, end)[1])
    return Period(first=date(year, month, 1), last=last, name=names[kind])
