"""The report for chief, council and public: its numbers, and which of them are hidden. Pure.

Everything is computed from the counters of the period, of the one before and of the months of the
chart, which are read together. What may identify a person is hidden from everybody
(`small_counts`).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.reporting import periods, small_counts
from aviso.reporting.arrest_times import Time, time_of
from aviso.reporting.counted_facts import ALL, ORGANIZATIONS
from aviso.reporting.disclosure import Disclosure, disclosure
from aviso.reporting.figures import FIGURES, Dimension, Figures, Unit, Value, read
from aviso.reporting.periods import Period
from aviso.reporting.small_counts import MEANS, NOT_TOLD, SMALL, Hidden

ON_TIME = "arrest_on_time_share"
UNITS: Mapping[str, Unit] = {figure.name: figure.unit for figure in FIGURES}
ENOUGH = 25  # people in a share whose bound says something
# What became of requests for other agencies; left out where the settings name no agency.
HAND_OFFS = ("hand_offs_sent", "hand_offs_confirmed", "hand_offs_taken_back")
# The case study's figures, in the order of the report.
LISTED = (
    *("visitors", "enrolled_share", "contacts_new_share", "arrest_enrolled_share"),
    *("calls_tried", "calls_reached", "calls_reached_share"),
    *HAND_OFFS,
    *("letter_share", "response_rate", "satisfaction", "still_called_share", "hours_saved"),
)


def listed(settings: Settings) -> tuple[str, ...]:
    """Return the figures that the report lists, in its order."""
    return LISTED if settings.receivers else tuple(n for n in LISTED if n not in HAND_OFFS)


class Shown(Frozen, frozen=True, kw_only=True):
    """A figure as the report shows it."""

    unit: Unit
    value: float | None = None  # None where there is nothing to count, or it is hidden
    hidden: bool = False
    at_least: float | None = None  # of a hidden share: it is this or more
    over: int = 0  # the counts behind it; not to be shown where it is hidden
    under: int = 0


class ReportRow(Frozen, frozen=True, kw_only=True):
    """One division or offense group."""

    label: str
    owed: Shown
    on_time: Shown
    time: Time
    told: Shown  # victims
    waiting: Shown  # notices of the period that wait for a person now


class Month(Frozen, frozen=True, kw_only=True):
    """One month of the chart."""

    first: date
    owed: Shown
    on_time: Shown


class ReportFigures(Frozen, frozen=True, kw_only=True):
    """All numbers of one report."""

    period: Period
    before: Period
    now: Mapping[str, Shown]  # by the figure's name
    then: Mapping[str, Shown]
    time: Time
    time_before: Time
    months: Sequence[Month]
    means: Mapping[str, Shown]  # how notices were told: message, letter, person, not yet; total
    tables: Mapping[str, Sequence[ReportRow]]  # division, group, and organizations: a row or none
    target: int | None  # percent of arrest notices that should be on time


def read_report(period: Period, settings: Settings) -> ReportFigures:
    """Read the report of a period that has begun.

    Costs one Query per shard and month: the number of cases does not matter.
    """
    before, months = periods.compared(period), list(periods.months(period))
    first = min(before.first, months[0].first)
    return report_of(period, read(first, period.last, settings))


def report_of(period: Period, figures: Figures) -> ReportFigures:
    """Return the report of a period from figures of all the days that it needs."""
    before = periods.compared(period)
    current = figures.between(period.first, period.last)
    former = figures.between(before.first, before.last)
    here, there = disclosure(current), disclosure(former)
    return ReportFigures(
        period=period,
        before=before,
        now=_whole(current, here),
        then=_whole(former, there),
        time=time_of(current, hide=here.time),
        time_before=time_of(former, hide=there.time),
        months=_months(figures, current, former, {"now": here, "then": there}),
        means=_means(current, here),
        tables={
            "division": _rows_by("division", current, here),
            "group": _rows_by("group", current, here),
            ORGANIZATIONS: _organizations(current),
        },
        target=figures.settings.report.arrest_on_time_target,
    )


def _whole(figures: Figures, hides: Disclosure) -> dict[str, Shown]:
    values = figures.values()
    return {name: _shown(name, value, name in hides.figures) for name, value in values.items()}


def _shown(name: str, value: Value, hidden: bool) -> Shown:
    unit, under = UNITS[name], value.under or 0
    return Shown(
        unit=unit,
        value=None if hidden else value.value,
        hidden=hidden,
        at_least=_at_least(value) if hidden and unit == "share" else None,
        over=value.over,
        under=under,
    )


def _at_least(value: Value) -> float | None:
    """Return a bound of a share that is hidden because the others are few; None without one.

    It says only what the rule of small counts says: that the others are fewer than five.
    """
    under = value.under or 0
    if under < ENOUGH or not small_counts.small(under - value.over):
        return None
    return (under - SMALL + 1) / under


def _count(count: int, hidden: bool = False) -> Shown:
    return Shown(unit="count", value=None if hidden else count, hidden=hidden, over=count)


def _months(
    figures: Figures, current: Figures, former: Figures, hides: Mapping[str, Disclosure]
) -> list[Month]:
    """Return the months of the chart; those within a period add up to its figures."""
    found = list(periods.months(Period(first=current.first, last=current.last)))
    table = {m.name: figures.between(m.first, m.last).values() for m in found}
    blocks: dict[Literal["now", "then"], list[str]] = {"now": [], "then": []}
    for month in found:
        if month.first >= current.first:
            blocks["now"].append(month.name)
        elif month.first >= former.first:
            blocks["then"].append(month.name)
    wholes = {name: set(of.figures) for name, of in hides.items()}
    hidden = small_counts.of_figures(table, {str(k): v for k, v in blocks.items()}, wholes)
    return [
        Month(
            first=month.first,
            owed=_figure("arrests_owed", table, hidden, month.name),
            on_time=_figure(ON_TIME, table, hidden, month.name),
        )
        for month in found
    ]


def _means(figures: Figures, hides: Disclosure) -> dict[str, Shown]:
    """Return how the period's notices were told, with their sum as `total`."""
    owed = figures.total("owed")
    counts = {name: figures.total(name) for name in MEANS}
    counts |= {NOT_TOLD: owed - sum(counts.values()), small_counts.TOTAL: owed}
    return {name: _count(n, name in hides.means) for name, n in counts.items()}


def _rows_by(cut: Dimension, figures: Figures, hides: Disclosure) -> list[ReportRow]:
    table = figures.by(cut)
    hidden = small_counts.of_figures(table, {ALL: list(table)}, {ALL: set(hides.figures)})
    return _rows(figures, table, {label: f"{cut}:{label}" for label in table}, hidden)


def _organizations(figures: Figures) -> list[ReportRow]:
    table = {ORGANIZATIONS: figures.values(ORGANIZATIONS)}
    return _rows(figures, table, {ORGANIZATIONS: ORGANIZATIONS})


def _rows(
    figures: Figures,
    table: Mapping[str, Mapping[str, Value]],
    cuts: Mapping[str, str],
    hidden: Hidden | None = None,
) -> list[ReportRow]:
    """Return the rows of a table that have anything to show.

    Args:
        table: a row's label -> its figures.
        cuts: a row's label -> its cut of the counters.
        hidden: what is hidden; by default what the table alone hides, whose sum is shown nowhere.
    """
    hidden = hidden or small_counts.of_figures(table)
    waiting = {label: {"held": figures.total("notices.held", cut)} for label, cut in cuts.items()}
    few = small_counts.of_counts(waiting) if waiting else {}
    return [
        ReportRow(
            label=label,
            owed=_figure("arrests_owed", table, hidden, label),
            on_time=_figure(ON_TIME, table, hidden, label),
            time=time_of(figures, cuts[label]),
            told=_figure("victims_told", table, hidden, label),
            waiting=_count(waiting[label]["held"], "held" in few.get(label, ())),
        )
        for label in table
        if table[label]["victims_owed"].over or waiting[label]["held"]
    ]


def _figure(
    name: str, table: Mapping[str, Mapping[str, Value]], hidden: Hidden, label: str
) -> Shown:
    return _shown(name, table[label][name], name in hidden[label])
