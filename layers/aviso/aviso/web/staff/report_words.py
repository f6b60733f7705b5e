"""What the report's page, files and PDF write alike: figures, comparisons, who may read them."""

from collections.abc import Mapping
from datetime import date, timedelta

from aviso.content import dates
from aviso.domain.settings import Settings
from aviso.reporting import periods
from aviso.reporting.arrest_times import Time
from aviso.reporting.periods import Period
from aviso.reporting.report import Shown

Words = Mapping[str, str]


def unpublished(period: Period, settings: Settings, today: date, t: Words, language: str) -> str:
    """Return the sentence that keeps a period from the public; empty for one that is published."""
    day = periods.published_from(period, settings)
    if day is None:
        words = t[f"desk_report_unpublished_{settings.report.publishes}"]
        return words.format(n=periods.settling(settings).days + 1)
    if day <= today:
        return ""
    return t["desk_report_unpublished_yet"].format(day=dates.written(day, "date", language))


def written(shown: Shown, t: Words, target: int | None = None) -> str:
    """Return a figure as the report writes it.

    Args:
        target: of a share whose counts are shown, in percent. A share that is not the target
            never reads as it.
    """
    value = shown.value
    if shown.at_least is not None:
        return t["desk_report_at_least"].format(share=f"{int(shown.at_least * 100)}%")
    if shown.hidden:
        return t["desk_hidden"]
    if value is None:
        return t["desk_report_none"]
    match shown.unit:
        case "share":
            return f"{value * 100:.{_decimals(shown, target)}f}%"
        case "count":
            return f"{value:,.0f}"
        case "dollars":
            return f"${value:,.0f}"
    return f"{value:,.1f}"


def meets(shown: Shown, target: int) -> bool:
    """Whether a share is a target in percent, or more; by its counts, which are not rounded."""
    return shown.over * 100 >= target * shown.under


def _decimals(shown: Shown, target: int | None) -> int:
    """Return with how many decimals a share reads as its target only where it is exactly that."""
    percent, decimals = (shown.value or 0) * 100, 1
    if target is not None and shown.over * 100 != target * shown.under:
        while float(f"{percent:.{decimals}f}") == target:
            decimals += 1
    return decimals


def written_time(time: Time, t: Words) -> str:
    """Return the median time as the report writes it: its group of minutes."""
    if time.middle:
        return t[f"desk_minutes_{time.middle}"]
    return t["desk_hidden"] if time.hidden else t["desk_report_none"]


def duration(length: timedelta, t: Words) -> str:
    """Return a deadline in words, such as "2 hours"."""
    minutes = int(length.total_seconds() // 60)
    unit, n = ("hours", minutes // 60) if minutes % 60 == 0 else ("minutes", minutes)
    return t[f"desk_report_{unit}_one" if n == 1 else f"desk_report_{unit}"].format(n=n)
