"""Local times of an export as instants. Pure.

Between the last summer time and the first winter time of a day, an hour comes twice. The first
reading of it would make a later change look older than an earlier one, so it would be lost.
"""

from datetime import UTC, datetime, timedelta, tzinfo

CLOCKS = timedelta(minutes=5)  # the records system's and ours may differ, or a query may take


def instant(local: datetime, zone: tzinfo, until: datetime) -> datetime:
    """Return a time in UTC; without an offset of its own it is a time in `zone`.

    A time in the hour that comes twice is the second one, if that has come by `until`.
    """
    if local.tzinfo:
        return local.astimezone(UTC)
    first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return second if first < second <= until + CLOCKS else first
