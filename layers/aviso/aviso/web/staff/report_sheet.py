"""The report in words: what its page, its print and its PDF say, in one language.

`reporting.report` decides what may be said.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from aviso.content import dates
from aviso.domain.model import Kind
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.reporting import Figures, Value
from aviso.reporting.arrest_times import Part
from aviso.reporting.report import (
    ENOUGH,
    HEADLINES,
    SMALL,
    count,
    listed,
    main_reason,
    median,
    share,
)
from aviso.web.staff import pages

Words = Mapping[str, str]


class Tile(Frozen, frozen=True, kw_only=True):
    """One headline figure."""

    title: str
    value: str
    notes: Sequence[str]  # each on a line of its own: what it is of, its target; none is empty


class Sheet(Frozen, frozen=True, kw_only=True):
    """All that a report says."""

    lead: str
    title: str
    period: str
    why: str  # how many were told on time, and why the others were not; empty of too few
    tiles: Sequence[Tile]
    listed: Sequence[tuple[str, str]]  # figure, number
    notes: Sequence[str]


def sheet_of(figures: Figures, language: str) -> Sheet:
    """Return the report of a period in words."""
    t, settings = pages.strings(language), figures.settings
    values = figures.values()
    return Sheet(
        lead=t["desk_report_lead"].format(agency=settings.agency.in_language(language).name),
        title=t["desk_report_title"],
        period=dates.days(figures.first, figures.last, t, language),
        why=_why(figures, values[HEADLINES[0]], t),
        tiles=_tiles(figures, values, t),
        listed=[(t[f"desk_list_{name}"], _line(values[name], t)) for name in listed(settings)],
        notes=_notes(settings, t, language),
    )


def _tiles(figures: Figures, values: Mapping[str, Value], t: Words) -> list[Tile]:
    settings, target = figures.settings, figures.settings.report
    minutes = target.median_minutes_target
    most = duration(timedelta(minutes=minutes), t) if minutes else None
    within = duration(settings.kinds[Kind.ARREST].deadline, t)
    shares = (
        ("on_time", "of", target.arrest_on_time_target, ""),
        ("told", "of_told", target.victims_told_target, ""),
        ("called", "of_called", target.still_called_target, "_most"),
    )
    on_time, told, called = (
        Tile(
            title=t[f"desk_report_{title}"].format(within=within),
            value=_share(values[name], t),
            notes=_lines(_counts(values[name], t, whole), _goal(kind, goal, t)),
        )
        for name, (title, whole, goal, kind) in zip(HEADLINES, shares, strict=True)
    )
    time = Tile(
        title=t["desk_report_median"],
        value=_median(figures, "minutes", t),
        notes=_lines(
            _goal("_time", most, t),
            t["desk_report_known"].format(time=_median(figures, "known", t)),
        ),
    )
    return [on_time, time, told, called]


def _why(figures: Figures, on_time: Value, t: Words) -> str:
    owed = on_time.under or 0
    found = share(on_time.over, owed)
    if found is None or found.bound:
        return ""
    late = t[f"desk_report_late_{main_reason(figures) or 'various'}"]
    within = duration(figures.settings.kinds[Kind.ARREST].deadline, t)
    said = t["desk_report_why"].format(n=f"{on_time.over:,}", of=f"{owed:,}", within=within)
    return f"{said} {late.format(n=f'{owed - on_time.over:,}')}"


def _line(value: Value, t: Words) -> str:
    """Return a count, or a share with what it is of."""
    if value.under is None:
        return _count(value.over, t)
    return ", ".join(filter(None, (_share(value, t), _counts(value, t))))


def _count(n: int, t: Words) -> str:
    shown = count(n)
    return t["desk_report_few"].format(n=SMALL) if shown is None else f"{shown:,}"


def _share(value: Value, t: Words) -> str:
    found = share(value.over, value.under or 0)
    if found is None:
        return t["desk_report_too_few"]
    if found.bound:
        return t[f"desk_report_or_{found.bound}"].format(share=f"{found.percent:.0f}%")
    return f"{found.percent:.1f}%"


def _counts(value: Value, t: Words, whole: str = "of") -> str:
    """Return what a share is of, and how many where the share says it; empty of too few.

    Args:
        whole: the last part of the key of the words for what it is of.
    """
    under = value.under or 0
    found = share(value.over, under)
    if found is None:
        return ""
    of = t[f"desk_report_{whole}"].format(n=f"{under:,}")
    return of if found.bound else f"{value.over:,} {of}"


def _median(figures: Figures, part: Part, t: Words) -> str:
    group = median(figures, part)
    if group is None:
        return t["desk_report_too_few"]
    return t[f"desk_minutes_{group}"] if group else t["desk_part_not_told"]


def _goal(kind: str, target: int | str | None, t: Words) -> str:
    return "" if target is None else t[f"desk_report_target{kind}"].format(target=target)


def _lines(*said: str) -> list[str]:
    return [line for line in said if line]


def _notes(settings: Settings, t: Words, language: str) -> list[str]:
    on_time, told, time = (t[f"desk_report_note_{name}"] for name in ("on_time", "told", "time"))
    source = settings.report.deadline_source.get(language, "")
    few = t["desk_report_note_few"].format(small=SMALL, enough=ENOUGH)
    return [few, f"{on_time} {source}".strip(), told, time]


def duration(length: timedelta, t: Words) -> str:
    """Return a deadline in words, such as "2 hours"."""
    minutes = int(length.total_seconds() // 60)
    unit, n = ("hours", minutes // 60) if minutes % 60 == 0 else ("minutes", minutes)
    return t[f"desk_report_{unit}_one" if n == 1 else f"desk_report_{unit}"].format(n=n)
