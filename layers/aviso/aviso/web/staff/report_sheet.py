"""The report in words: what its page, its print and its PDF say, in one language.

A hidden number has the word for it. Nothing here decides what is hidden (`reporting.report`).
"""

from collections.abc import Mapping, Sequence
from datetime import date

from aviso.content import dates
from aviso.domain.model import Kind
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.reporting.report import ON_TIME, Month, ReportFigures, ReportRow, Shown, listed
from aviso.reporting.small_counts import SMALL, TOTAL
from aviso.web.staff import pages
from aviso.web.staff.dashboard_tables import HIDDEN, label_of
from aviso.web.staff.report_links import Links
from aviso.web.staff.report_tiles import Tile, tiles_of
from aviso.web.staff.report_words import duration, meets, unpublished, written, written_time

Words = Mapping[str, str]


class Point(Frozen, frozen=True, kw_only=True):
    """One month of the chart."""

    label: str
    month: str  # the label in full
    owed: str
    text: str
    mark: str  # the text at its dot
    share: float | None  # 0 to 1; None: nothing is drawn
    bound: bool = False  # the share is this or more


class Bar(Frozen, frozen=True, kw_only=True):
    """One bar of the chart of how victims were told."""

    label: str
    text: str
    length: float | None  # 0 to 1 of the longest
    link: str = ""


class SheetLine(Frozen, frozen=True, kw_only=True):
    """One division or offense group."""

    label: str
    owed: str
    on_time: str
    share: float | None
    low: bool  # below the target
    time: str
    told: str
    waiting: str
    links: Mapping[str, str]  # to its tasks: arrests, arrests past their deadline, all


class Sheet(Frozen, frozen=True, kw_only=True):
    """All that a report says."""

    lead: str
    title: str
    period: str
    unpublished: str  # why these days are not for the public; empty where they are
    tiles: Sequence[Tile]
    months_title: str
    months_about: str
    months: Sequence[Point]
    target: int | None
    means_title: str
    means_about: str
    bars: Sequence[Bar]
    tables: Mapping[str, Sequence[SheetLine]]
    listed: Sequence[tuple[str, str, str]]  # figure, this period, the one before
    notes: Sequence[str]


def sheet_of(
    report: ReportFigures, settings: Settings, language: str, *, today: date, links: Links
) -> Sheet:
    """Return a report in words.

    Args:
        links: to the lists of tasks that are not empty; a PDF has none.
    """
    t = pages.strings(language)
    within = duration(settings.kinds[Kind.ARREST].deadline, t)
    return Sheet(
        lead=t["desk_report_lead"].format(agency=settings.agency.in_language(language).name),
        title=t["desk_report_title"],
        period=t["desk_report_period"].format(
            days=dates.days(report.period.first, report.period.last, t, language),
            before=dates.days(report.before.first, report.before.last, t, language, inside=True),
        ),
        unpublished=unpublished(report.period, settings, today, t, language),
        tiles=tiles_of(report, settings, t, links),
        months_title=_finding(report, t),
        months_about=t["desk_report_months"].format(within=within),
        months=[_point(month, t, language) for month in report.months],
        target=report.target,
        means_title=_means_finding(report.means, t),
        means_about=t["desk_report_means"],
        bars=_bars(report.means, t, links),
        tables={
            cut: [
                _line(cut, row, settings, language, target=report.target, links=links)
                for row in rows
            ]
            for cut, rows in report.tables.items()
        },
        listed=[_listed(name, report, t) for name in listed(settings)],
        notes=_notes(settings, t, language),
    )


def _finding(report: ReportFigures, t: Words) -> str:
    """Return what the chart of months shows, as its title."""
    shown, target = report.now[ON_TIME], report.target
    if shown.value is None:
        return t["desk_column_arrest_on_time_share"]
    words = "desk_report_finding"
    if target is not None:
        words += "_above" if meets(shown, target) else "_below"
    return t[words].format(share=written(shown, t, target), target=target)


def _means_finding(means: Mapping[str, Shown], t: Words) -> str:
    """Return what the chart of how victims were told shows, as its title."""
    counts = {n: s.value for n, s in means.items() if n != TOTAL and s.value}
    if not counts or any(shown.hidden for shown in means.values()):
        return t["desk_report_means_plain"]
    most = max(counts, key=lambda name: counts[name] or 0)
    person, total = means["told_by_person"].value, means[TOTAL].value
    word = "most" if total and 2 * (counts[most] or 0) > total else "often"  # not half: not "most"
    found = t[f"desk_report_{word}_{most}"]
    if not person or not total or most == "told_by_person" or round(total / person) < 2:
        return found
    return found + t["desk_report_one_in"].format(n=round(total / person))


def _point(month: Month, t: Words, language: str) -> Point:
    shown = month.on_time
    return Point(
        label=dates.short_month(month.first, language),
        month=dates.month(month.first, language),
        owed=written(month.owed, t),
        text=written(shown, t),
        mark=_mark(shown),
        share=shown.value if shown.at_least is None else shown.at_least,
        bound=shown.at_least is not None,
    )


def _mark(shown: Shown) -> str:
    """Return a share as it is written at its dot, where there is little room.

    It is rounded down, so that no month below the target reads as if it had reached it.
    """
    if shown.at_least is not None:
        return f"≥{int(shown.at_least * 100)}%"
    if shown.hidden:
        return HIDDEN
    return "" if shown.value is None else f"{shown.over * 100 // shown.under}%"


def _bars(means: Mapping[str, Shown], t: Words, links: Links) -> list[Bar]:
    parts = {name: shown for name, shown in means.items() if name != TOTAL}
    longest = max((s.value or 0 for s in parts.values()), default=0)
    return [
        Bar(
            label=t[f"desk_part_{name.removeprefix('told_by_')}"],
            text=written(shown, t),
            length=None if shown.value is None or not longest else shown.value / longest,
            link=links.get(("all", "", ""), "") if name == "not_told" and shown.value else "",
        )
        for name, shown in parts.items()
    ]


def _line(
    cut: str,
    row: ReportRow,
    settings: Settings,
    language: str,
    *,
    target: int | None,
    links: Links,
) -> SheetLine:
    t = pages.strings(language)
    share = row.on_time.value if row.on_time.at_least is None else row.on_time.at_least
    # A number that is hidden has no link: in print a link would say that somebody is behind it.
    shown = {
        "arrests": bool(row.owed.value),
        "late": share is not None,
        "all": bool(row.waiting.value),
    }
    to = {name: links.get((name, cut, row.label), "") if shown[name] else "" for name in shown}
    return SheetLine(
        label=label_of(cut, row.label, settings, language),
        owed=written(row.owed, t),
        on_time=written(row.on_time, t, target),
        share=share,
        low=target is not None and row.on_time.value is not None and not meets(row.on_time, target),
        time=written_time(row.time, t),
        told=written(row.told, t),
        waiting=written(row.waiting, t),
        links=to,
    )


def _listed(name: str, report: ReportFigures, t: Words) -> tuple[str, str, str]:
    now, then = report.now[name], report.then[name]
    return t[f"desk_list_{name}"], written(now, t), written(then, t)


def _notes(settings: Settings, t: Words, language: str) -> list[str]:
    notes = [t[f"desk_report_note_{name}"] for name in ("on_time", "told", "time")]
    if source := settings.report.deadline_source.get(language):
        notes[0] = f"{notes[0]} {source}"
    return [t["desk_small_counts"].format(n=SMALL), *notes]
