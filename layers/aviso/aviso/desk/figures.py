"""The dashboard: every figure of the tallies, as tables, charts and files of the same numbers."""

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from aviso.desk import charts, pages
from aviso.desk.acting import By
from aviso.desk.grids import (
    FIXED,
    SMALL,
    Cell,
    Grid,
    grid_of,
    labels_of,
    question_of,
    tables_of,
    title_of,
    written,
)
from aviso.settings import Settings
from aviso.spreadsheet import plain
from aviso.staff import Member
from aviso.tallies import Figures, read
from aviso.web.request import Request
from aviso.web.response import Response

LONGEST = timedelta(days=731)
USUAL = timedelta(days=29)
STRETCHES = (29, 89, 364)  # days before today that a link shows at once
# How the page gathers the figures, in the order of FIGURES.
SECTIONS: Mapping[str, Sequence[str]] = {
    "reach": (
        *("logins", "visitors", "enrolled", "enrolled_share", "contacts", "contacts_new_share"),
    ),
    "victims": (
        *("arrest_notices", "arrest_portal_share", "victims_notified", "letters", "letter_share"),
    ),
    "surveys": (
        *("surveys_sent", "responses", "response_rate", "satisfaction", "still_called_share"),
    ),
    "saved": ("hours_saved", "money_saved"),
    "flow": ("notices_told", "notices_delivered", "notices_open", "bounces", "opt_outs"),
}
HEADLINE = ("victims_notified", "arrest_notices", "enrolled_share", "satisfaction", "money_saved")
# What the charts show: a table's name, and the figures or states drawn from it.
DRAWN_STATES = ("delivered", "sent", "mailed", "unconfirmed", "failed", "held")
DRAWN: Mapping[str, Sequence[str]] = {
    "day": ("logins", "enrolled", "notices_told"),
    "month": ("logins", "enrolled", "notices_told"),
    "group": ("notices_told", "enrolled"),
    "division": ("notices_told", "enrolled"),
    "language": ("notices_told", "enrolled"),
    "kind": DRAWN_STATES,
    "channel": DRAWN_STATES,
}


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return the dashboard for the days asked for, this month's by default."""
    figures = _read(request, member, now)
    settings, language = figures.settings, request.language
    grids = [grid_of(name, figures, member) for name in tables_of(settings) if name != "all"]
    today = now.astimezone(settings.agency.zone).date()
    return pages.page(
        request,
        member,
        "figures",
        first=figures.first,
        last=figures.last,
        stretches={days + 1: today - timedelta(days=days) for days in STRETCHES},
        today=today,
        health=figures.health,
        figures=grid_of("all", figures, member).rows,
        sections=SECTIONS,
        headline=HEADLINE,
        fixed=FIXED,
        grids=grids,
        labels={grid.name: labels_of(grid, settings, language) for grid in grids},
        hidden={grid.name: _not_drawn(grid) for grid in grids},
        titles={grid.name: title_of(grid, settings, language) for grid in grids},
        trusted=member.trusted,
        small=SMALL,
    )


def download(request: Request, member: Member, now: datetime) -> Response:
    """Return one table as a file, its rows named as programs want them, answers as people do."""
    figures = _read(request, member, now)
    grid = grid_of(_asked(request, figures.settings), figures, member)
    words = labels_of(grid, figures.settings, request.language)
    named = words if question_of(grid.name, figures.settings) else {}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("", *grid.columns))
    for label, cells in grid.rows.items():
        writer.writerow((plain(named.get(label, label)), *(written(cell) for cell in cells)))
    return Response(
        status=200,
        body="\ufeff" + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{grid.name}.csv"'},
    )


def chart(request: Request, member: Member, now: datetime) -> Response:
    """Return one table's chart as SVG, drawn from what the table shows."""
    figures = _read(request, member, now)
    name = _asked(request, figures.settings)
    if name == "all":
        raise LookupError("no such chart")
    grid = grid_of(name, figures, member)
    labels = labels_of(grid, figures.settings, request.language)
    words = pages.strings(request.language)
    columns = _columns(grid)
    rows = _worth_drawing(grid, [i for i, _ in columns])
    series = {
        words[f"desk_column_{column}"]: [_drawn(cells[i]) for cells in rows.values()]
        for i, column in columns
    }
    kind = KINDS.get(name, charts.Kind.BARS)
    svg = charts.draw([labels[label] for label in rows], series, kind)
    return Response(status=200, body=svg, content_type="image/svg+xml", headers=charts.POLICY)


KINDS: Mapping[str, charts.Kind] = {
    "day": charts.Kind.LINES,
    "month": charts.Kind.COLUMNS,
    "kind": charts.Kind.STACKED,
    "channel": charts.Kind.STACKED,
}


def _columns(grid: Grid) -> list[tuple[int, str]]:
    """Return the columns of a table that its chart shows, each with its place."""
    drawn = DRAWN.get(grid.name, grid.columns)
    return [(i, column) for i, column in enumerate(grid.columns) if column in drawn]


def _not_drawn(grid: Grid) -> int:
    """Return how many numbers a chart leaves out since they are hidden from its reader."""
    return sum(cells[i].hidden for cells in grid.rows.values() for i, _ in _columns(grid))


def _worth_drawing(grid: Grid, columns: Sequence[int]) -> Mapping[str, Sequence[Cell]]:
    """Return the rows with anything to draw; an empty day or answer is drawn all the same."""
    if grid.name in ("day", "month") or grid.columns == ("value",):
        return grid.rows
    return {
        label: cells for label, cells in grid.rows.items() if any(_drawn(cells[i]) for i in columns)
    }


def _drawn(cell: Cell) -> float | None:
    return None if cell.hidden else cell.value


def _asked(request: Request, settings: Settings) -> str:
    name = request.query.get("table", "")
    if name not in tables_of(settings):
        raise LookupError("no such table")
    return name


def _read(request: Request, member: Member, now: datetime) -> Figures:
    by = By.of(member, now)
    today = now.astimezone(by.settings.agency.zone).date()
    last = min(_day(request.query.get("last", ""), today), today)
    first = min(_day(request.query.get("first", ""), last - USUAL), last)
    return read(max(first, last - LONGEST), last, by.settings, now)


def _day(typed: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return otherwise
