"""The dashboard: every figure of the tallies, as tables, charts and files of the same numbers."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal, get_args

from aviso.desk import charts, pages
from aviso.desk.acting import By
from aviso.models import State
from aviso.staff import Member
from aviso.tallies import FIGURES, Figures, Value, read
from aviso.web.request import Request
from aviso.web.response import Response

SMALL = 5  # a count below this may point at a person (cell suppression)
LONGEST = timedelta(days=731)
USUAL = timedelta(days=29)
Table = Literal[
    "all", "day", "month", "group", "division", "language", "kind", "channel", "answers"
]
TABLES: tuple[Table, ...] = get_args(Table)
STATES = (State.DELIVERED, State.SENT, State.MAILED, State.HELD, State.FAILED, State.SUPPRESSED)
UNITS = {figure.name: figure.unit for figure in FIGURES}
# What the charts show: a table's name, and the figures or states drawn from it.
DRAWN: Mapping[Table, Sequence[str]] = {
    "day": ("logins", "enrolled", "notices_told"),
    "month": ("logins", "enrolled", "notices_told"),
    "group": ("notices_told", "enrolled"),
    "division": ("notices_told", "enrolled"),
    "language": ("notices_told", "enrolled"),
    "kind": tuple(s.value for s in STATES),
    "channel": tuple(s.value for s in STATES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One number of a table: what is shown, and what is drawn."""

    value: float | None
    unit: str
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table: rows by label, columns by name."""

    name: Table
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Cell, ...]]


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return the dashboard for the days asked for, this month's by default."""
    figures = _read(request, member, now)
    grids = [_grid(name, figures, member) for name in TABLES if name != "all"]
    return pages.page(
        request,
        member,
        "figures",
        first=figures.first,
        last=figures.last,
        health=figures.health,
        figures=_grid("all", figures, member).rows,
        grids=grids,
        drawn=DRAWN,
        trusted=member.trusted,
        small=SMALL,
    )


def download(request: Request, member: Member, now: datetime) -> Response:
    """Return one table as a file."""
    grid = _grid(_asked(request), _read(request, member, now), member)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(("", *grid.columns))
    for label, cells in grid.rows.items():
        writer.writerow((label, *(_written(cell) for cell in cells)))
    return Response(
        status=200,
        body="\ufeff" + text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{grid.name}.csv"'},
    )


def chart(request: Request, member: Member, now: datetime) -> Response:
    """Return one table's chart as SVG, drawn from what the table shows."""
    name = _asked(request)
    if name not in DRAWN:
        raise LookupError("no such chart")
    grid = _grid(name, _read(request, member, now), member)
    words = pages.strings(request.language)
    series = {
        words[f"desk_column_{column}"]: [
            cells[i].value if not cells[i].hidden else None for cells in grid.rows.values()
        ]
        for i, column in enumerate(grid.columns)
        if column in DRAWN[name]
    }
    labels = [label_of(name, label, words) for label in grid.rows]
    svg = charts.draw(words[f"desk_table_{name}"], labels, series, lines=name == "day")
    return Response(status=200, body=svg, content_type="image/svg+xml", headers=charts.POLICY)


def label_of(table: Table, label: str, words: Mapping[str, str]) -> str:
    """Return how a row's label reads: kinds and channels have words, the rest speak themselves."""
    known = {"kind": f"desk_kind_{label}", "channel": f"desk_channel_{label}"}
    return words.get(known.get(table, ""), label.replace("_", " "))


def _asked(request: Request) -> Table:
    name = request.query.get("table", "")
    found = next((table for table in TABLES if table == name), None)
    if found is None:
        raise LookupError("no such table")
    return found


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


def _grid(name: Table, figures: Figures, member: Member) -> Grid:
    match name:
        case "all":
            rows = {n: (_cell(n, v, member),) for n, v in figures.values().items()}
            return Grid(name=name, columns=("value",), rows=rows)
        case "kind" | "channel":
            table = figures.notices(name)
            columns = tuple(s.value for s in STATES)
            return Grid(
                name=name,
                columns=columns,
                rows={
                    k: tuple(_count(row[c], member) for c in columns) for k, row in table.items()
                },
            )
        case "answers":
            rows = {
                f"{question}: {answer}": (_count(count, member),)
                for question, counts in figures.answers().items()
                for answer, count in counts.items()
            }
            return Grid(name=name, columns=("value",), rows=rows)
    columns = tuple(UNITS)
    found = figures.by(name)
    if name == "day" and found:  # a day on which nothing happened is a day of zeros
        none = replace(figures, counts={}).values()
        found = {day: found.get(day, none) for day in _days(figures.first, figures.last)}
    return Grid(
        name=name,
        columns=columns,
        rows={
            label: tuple(_cell(c, values[c], member) for c in columns)
            for label, values in found.items()
        },
    )


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _cell(name: str, value: Value, member: Member) -> Cell:
    """Return a figure, hidden from those without the right when it stands on few people."""
    parts = [n for n in (value.over, value.under) if n is not None]
    few = any(0 < n < SMALL for n in parts)
    return Cell(value=value.value, unit=UNITS[name], hidden=few and not member.trusted)


def _count(count: int, member: Member) -> Cell:
    return Cell(value=count, unit="count", hidden=0 < count < SMALL and not member.trusted)


def _written(cell: Cell) -> str:
    if cell.hidden:
        return f"<{SMALL}"
    return "" if cell.value is None else f"{cell.value:.4f}".rstrip("0").rstrip(".")
