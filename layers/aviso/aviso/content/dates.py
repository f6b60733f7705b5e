"""Writes dates and times as each language does, in the agency's time zone.

The forms and names come from the Unicode CLDR through Babel, at build time: `infra/compiler/`
compiles them to `aviso_compiled.dates`, so that a cold start does not load Babel (docs/decisions).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from aviso.domain.settings import Settings

Form = Literal["day", "date", "short_date", "time", "moment", "short_moment"]


def fields(value: date, table: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Return the CLDR pattern fields of a date or time, by their CLDR names.

    Args:
        value: a date, or a datetime already in the zone to show.
        table: one language's names: months, short_months, weekdays, periods.
    """
    found: dict[str, Any] = {
        "EEEE": table["weekdays"][value.weekday()],
        "MMMM": table["months"][value.month - 1],
        "MMM": table["short_months"][value.month - 1],
        "M": value.month,
        "MM": f"{value.month:02}",
        "d": value.day,
        "dd": f"{value.day:02}",
        "y": value.year,
    }
    if isinstance(value, datetime):
        found |= {
            "H": value.hour,
            "HH": f"{value.hour:02}",
            "h": value.hour % 12 or 12,
            "mm": f"{value.minute:02}",
            "a": table["periods"][value.hour // 12],
        }
    return found


def written(value: date, form: Form, language: str) -> str:
    """Write a date or time for a person to read.

    Args:
        value: a date, or an aware datetime of any zone, shown in the agency's.
        form: day (with weekday), date, short_date, time, moment or short_moment (both).

    Raises:
        KeyError: the agency does not have the language, or a time is asked of a date without one.
    """
    from aviso_compiled.dates import DATES  # the build writes this module

    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be shown in the agency's")
        value = value.astimezone(Settings.current().agency.zone)
    table: Any = DATES[language]
    return str(table["forms"][form] % fields(value, table))


def month(value: date, language: str) -> str:
    """Write the month of a date, with its year."""
    from aviso_compiled.dates import DATES  # the build writes this module

    table: Any = DATES[language]
    return f"{table['months'][value.month - 1]} {value.year}".capitalize()


def days(
    first: date, last: date, words: Mapping[str, str], language: str, *, inside: bool = False
) -> str:
    """Write a range of days, such as "February 1 to 28, 2026".

    Args:
        words: the page's strings, which have the forms of a range.
        inside: whether it stands inside a sentence, so that its first word has no capital letter.
    """
    from aviso_compiled.dates import DATES  # the build writes this module

    names: Sequence[str] = DATES[language]["months"]
    form = "one"
    if first != last:
        same_year = first.year == last.year
        form = "years" if not same_year else "year" if first.month != last.month else "month"
    said = words[f"desk_days_{form}"].format(
        first=first.day,
        month=names[first.month - 1],
        year=first.year,
        last=last.day,
        until=names[last.month - 1],
        then=last.year,
    )
    return said if inside else said[:1].upper() + said[1:]


def weekdays(language: str) -> Sequence[str]:
    """Return the names of the days of the week, from Monday on."""
    from aviso_compiled.dates import DATES  # the build writes this module

    names: Sequence[str] = DATES[language]["weekdays"]
    return names
