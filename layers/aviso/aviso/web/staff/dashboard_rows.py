"""The first tables of all figures: arrests and victims by division and offense, and their tasks."""

from collections.abc import Mapping

from aviso.domain.value import Frozen
from aviso.reporting import Dimension, Figures, arrest_times
from aviso.reporting.counted_facts import ALL, ORGANIZATIONS
from aviso.reporting.report import percent
from aviso.web.staff import pages
from aviso.web.staff.dashboard_tables import label_of
from aviso.web.staff.figure_links import LISTS, Links

CUTS: tuple[Dimension, ...] = ("division", "group")
HELD = "notices.held"


class CutRow(Frozen, frozen=True, kw_only=True):
    """The agency, one division, one offense group, or all organizations."""

    label: str
    owed: int  # arrest notices
    on_time: str
    share: float | None  # of these; 0 to 1
    low: bool  # below the target
    time: str  # median, from our records to the notice
    told: int  # victims
    waiting: int  # notices of these days that wait for a person now
    links: Mapping[str, str]  # to its tasks: arrests, arrests past their deadline, all


def cut_tables(figures: Figures, links: Links, language: str) -> dict[str, list[CutRow]]:
    """Return the rows of each table that have anything to show; the agency's row comes first.

    Args:
        links: to the lists of tasks that are not empty.
    """
    tables: dict[str, list[str]] = {cut: ["", *figures.labels(cut)] for cut in CUTS}
    tables[ORGANIZATIONS] = [ORGANIZATIONS]
    return {
        table: [
            _row(table, label, figures, links, language)
            for label in labels
            if any(figures.total(name, _cut(table, label)) for name in ("victims_owed", HELD))
        ]
        for table, labels in tables.items()
    }


def _cut(table: str, label: str) -> str:
    """Return a row's cut of the counters; the agency's has no label."""
    if not label:
        return ALL
    return label if table == ORGANIZATIONS else f"{table}:{label}"


def _row(table: str, label: str, figures: Figures, links: Links, language: str) -> CutRow:
    cut, settings, t = _cut(table, label), figures.settings, pages.strings(language)
    owed, on_time = figures.total("arrests_owed", cut), figures.total("arrests_on_time", cut)
    target = settings.report.arrest_on_time_target
    group = arrest_times.median(figures, "minutes", cut)
    place = (table, label) if label else ("", "")
    none = t["desk_part_not_told"] if owed else t["desk_report_none"]
    return CutRow(
        label=label_of(table, label, settings, language) if label else t["desk_label_all"],
        owed=owed,
        on_time=f"{percent(on_time, owed):.1f}%" if owed else t["desk_report_none"],
        share=on_time / owed if owed else None,
        low=target is not None and on_time * 100 < target * owed,
        time=t[f"desk_minutes_{group}"] if group else none,
        told=figures.total("victims_told", cut),
        waiting=figures.total(HELD, cut),
        links={name: links.get((name, *place), "") for name in LISTS},
    )
