"""The calendar file of a hearing (RFC 5545). It says "Appointment", a time, and nothing else.

Other people read a calendar, and calendars are shared between phones. So the file names no case,
court, agency or place.
"""

from datetime import UTC, datetime, timedelta

CONTENT_TYPE = "text/calendar; charset=utf-8"
LENGTH = timedelta(hours=1)  # a calendar shows an event without an end as a point


def appointment(title: str, at: datetime, *, time_known: bool, written_at: datetime) -> str:
    """Return a calendar file with one event.

    The event's id is made of its time alone, so the same hearing added twice is one entry.

    Args:
        title: the event's only words, without commas, semicolons or line breaks.
        at: when it begins, in the agency's time zone: of a day without a time, that zone's day.
        time_known: False for a day without a time.
    """
    if time_known:
        moment, begins, ends = _utc(at), f"DTSTART:{_utc(at)}", f"DTEND:{_utc(at + LENGTH)}"
    else:
        moment = f"{at:%Y%m%d}"
        begins = f"DTSTART;VALUE=DATE:{moment}"
        ends = f"DTEND;VALUE=DATE:{at + timedelta(days=1):%Y%m%d}"
    lines = (
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{title}//EN",
        "BEGIN:VEVENT",
        f"UID:appointment-{moment}",
        f"DTSTAMP:{_utc(written_at)}",
        begins,
        ends,
        f"SUMMARY:{title}",
        "CLASS:PRIVATE",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    )
    return "\r\n".join(lines)


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
