"""A birth date as people type it, in any common order and any of the agency's languages."""

import re
from datetime import date
from functools import cache

from aviso.domain.text import unaccented

OLDEST = 125  # years


def parse(typed: str, today: date) -> tuple[date, ...]:
    """Return the days a typed date may mean.

    Two when month and day can be swapped (03/04/1985): a visitor who knows the day should get in,
    in whichever order they write it. None when it is not a past date.
    """
    plain = unaccented(typed.casefold())[:40]
    if re.fullmatch(r"\d{8}", plain):
        runs = (plain[:4], plain[4:6], plain[6:]), (plain[4:], plain[:2], plain[2:4])
        found = [_day(*run) for run in runs]
    else:
        found = _from_parts(re.findall(r"\d+|[^\W\d_]+", plain))
    days = {d for d in found if d and d <= today and d.year > today.year - OLDEST}
    return tuple(sorted(days))


def _from_parts(parts: list[str]) -> list[date | None]:
    months = _months()
    words = [m for p in parts if (m := months.get(p[:3]) if p.isalpha() and len(p) > 2 else None)]
    numbers = [p for p in parts if p.isdigit()]
    years = [n for n in numbers if len(n) == 4]
    rest = [n for n in numbers if len(n) <= 2]
    if len(years) != 1:
        return []
    if len(words) == 1 and len(rest) == 1:
        return [_day(years[0], str(words[0]), rest[0])]
    if not words and len(rest) == 2:
        return [_day(years[0], rest[0], rest[1]), _day(years[0], rest[1], rest[0])]
    return []


def _day(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


@cache
def _months() -> dict[str, int]:
    """Return the first three letters of each month's name, in every language."""
    from aviso_compiled.dates import DATES  # the build writes this module

    return {
        unaccented(name.casefold())[:3]: number
        for table in DATES.values()
        for number, name in enumerate(table["months"], start=1)
    }
