"""A deadline in a clerk's words: 3 h past, 40 min left, tomorrow, in 4 days."""

from collections.abc import Mapping
from datetime import datetime, timedelta, tzinfo

from aviso.domain.value import Frozen

SOON = timedelta(hours=4)
DAY = timedelta(days=1)
HOURS = 24


class ShownDeadline(Frozen, frozen=True, kw_only=True):
    """A legal deadline: when, in words, and how urgent."""

    at: datetime
    words: str
    how: str  # late, soon or later


def deadline(at: datetime, now: datetime, zone: tzinfo, words: Mapping[str, str]) -> ShownDeadline:
    """Return a deadline in the words of a page's strings.

    Less than a day is said in hours: 12:00 AM of tomorrow is tonight, and "tomorrow" would promise
    the whole day.
    """
    left = at - now
    if left < timedelta():
        return ShownDeadline(
            at=at, words=words["desk_past"].format(time=_length(-left, words)), how="late"
        )
    if left < DAY:
        how = "soon" if left <= SOON else "later"
        return ShownDeadline(
            at=at, words=words["desk_left"].format(time=_length(left, words)), how=how
        )
    days = (at.astimezone(zone).date() - now.astimezone(zone).date()).days
    said = words["desk_tomorrow"] if days == 1 else words["desk_in_days"].format(n=days)
    return ShownDeadline(at=at, words=said, how="later")


def _length(length: timedelta, words: Mapping[str, str]) -> str:
    """Return a length of time: minutes, hours and minutes of a short day, or days."""
    hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
    if not hours:
        return words["desk_minutes"].format(n=minutes)
    if hours < HOURS:
        said = words["desk_hours"].format(n=hours)
        short = hours < 3 and minutes
        return f"{said} {words['desk_minutes'].format(n=minutes)}" if short else said
    days = hours // HOURS
    return words["desk_day"] if days == 1 else words["desk_days"].format(n=days)
