"""The periods of the report, and from which day each is for the public. Pure."""

from calendar import monthrange
from datetime import date, timedelta

from aviso.domain.settings import Settings
from aviso.domain.value import Frozen

MONTHS = {"month": 1, "quarter": 3, "year": 12}
DAY = timedelta(days=1)
LATE = timedelta(days=14)  # for late receipts, letters to post and tasks past their deadline


class Period(Frozen, frozen=True, kw_only=True):
    """The days of a report, both ends included."""

    first: date
    last: date


def around(settings: Settings, day: date) -> Period:
    """Return the period of the agency's report that a day is in; two of them share no day."""
    length = MONTHS[settings.report.publishes]
    month = (day.month - 1) // length * length + 1
    end = month + length - 1
    last = date(day.year, end, monthrange(day.year, end)[1])
    return Period(first=date(day.year, month, 1), last=last)


def previous(period: Period, settings: Settings) -> Period:
    """Return the period before this one."""
    return around(settings, period.first - DAY)


def following(period: Period, settings: Settings) -> Period:
    """Return the period after this one."""
    return around(settings, period.last + DAY)


def newest(settings: Settings, today: date) -> Period:
    """Return the newest period that is for the public."""
    period = around(settings, today)
    while published_from(period, settings) > today:
        period = previous(period, settings)
    return period


def published_from(period: Period, settings: Settings) -> date:
    """Return the first day on which a period is for the public: its counts have settled.

    An earlier copy, or one of other days, could be subtracted from it and tell a small number.
    """
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
