"""All figures, as tables, charts and files of the same numbers; the report shows the main ones."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from aviso.content import dates
from aviso.domain.csv_text import spreadsheet
from aviso.domain.settings import Settings
from aviso.reporting import Figures, read
from aviso.reporting.late_arrests import LateReason
from aviso.staff.actor import Actor
from aviso.storage import tasks
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import charts, pages, work_queue
from aviso.web.staff.dashboard_rows import cut_tables
from aviso.web.staff.dashboard_tables import (
    FIXED,
    Cell,
    Grid,
    grid_of,
    labels_of,
    tables_of,
    title_of,
    written,
)
from aviso.web.staff.figure_links import links_of

LONGEST = timedelta(days=731)
USUAL = timedelta(days=29)
STRETCHES = (29, 89, 364)  # days before today that a link shows
# How the page groups the figures, in the order of FIGURES.
SECTIONS: Mapping[str, Sequence[str]] = {
    "reach": (
        *("logins", "visitors", "enrolled", "enrolled_share", "contacts", "contacts_new_share"),
    ),
    "victims": ("arrest_notices", "arrest_enrolled_share", "arrest_portal_share"),
    "told": (
        *("arrests_owed", "arrest_on_time_share", "victims_owed", "victims_told"),
        *("victims_told_share", "notices_owed", "on_time_share"),
        *("told_by_message", "told_by_letter", "told_by_person", "only_on_page"),
        *("calls_tried", "calls_reached", "calls_missed", "calls_reached_share"),
    ),
    "agencies": (
        *("hand_offs_sent", "hand_offs_confirmed"),
        *("hand_offs_confirmed_share", "hand_offs_taken_back"),
    ),
    "notified": ("victims_notified", "letters", "letter_share"),
    "surveys": (
        *("surveys_sent", "responses", "response_rate", "satisfaction", "still_called_share"),
    ),
    "saved": ("hours_saved", "money_saved"),
    "flow": ("notices_told", "notices_delivered", "notices_open", "bounces", "opt_outs"),
}
# What the charts show: a table's name, what is drawn, and the columns it is the sum of.
Drawn = Mapping[str, Sequence[str]]
OVER_TIME: Drawn = {"logins": ("logins",), "enrolled": ("enrolled",), "told": ("notices_told",)}
BY_CUT: Drawn = {"told": ("notices_told",), "enrolled": ("enrolled",)}
ANSWERS: Drawn = {"value": ("value",)}
BY_STATE: Drawn = {  # every state is in one part; nobody can distinguish more than six colors
    "delivered": ("delivered",),
    "handed_over": ("sent", "unconfirmed"),
    "mailed": ("mailed",),
    "on_its_way": ("planned", "waiting", "queued", "printed"),
    "with_a_person": ("held", "failed"),
    "not_sent": ("suppressed", "replaced"),
}
BY_MEANS: Drawn = {
    "message": ("told_by_message",),
    "letter": ("told_by_letter",),
    "person": ("told_by_person",),
    "not_told": ("not_told",),
}
DRAWN: Mapping[str, Drawn] = {
    "day": OVER_TIME,
    "month": OVER_TIME,
    "group": BY_CUT,
    "division": BY_CUT,
    "language": BY_CUT,
    "told": BY_MEANS,
    "kind": BY_STATE,
    "channel": BY_STATE,
}


def show(request: Request, actor: Actor) -> Response:
    """Return all figures with their charts for the days asked for; by default the last 30."""
    today = actor.today
    period: dict[str, Any] = {
        "stretches": {days + 1: today - timedelta(days=days) for days in STRETCHES},
        "today": today,
    }
    if _reversed(request):
        period |= {name: request.query[name] for name in ("first", "last")}
        errors = {"first": "desk_days_reversed"}
        return pages.page(request, actor, "figures", status=400, errors=errors, **period)
    figures = _read(request, actor)
    settings, language = figures.settings, request.language
    grids = [grid_of(name, figures) for name in tables_of(settings) if name != "all"]
    labels = {grid.name: labels_of(grid, settings, language) for grid in grids}
    waiting = tasks.waiting()
    links = links_of(work_queue.seen_by(waiting, actor), actor)
    return pages.page(
        request,
        actor,
        "figures",
        pictures="'self' data:",
        held=waiting,
        first=figures.first,
        last=figures.last,
        days=dates.days(figures.first, figures.last, pages.strings(language), language),
        **period,
        errors={},
        target=settings.report.arrest_on_time_target,
        cuts=cut_tables(figures, links, language),
        late={reason: links.get((reason, "", "")) for reason in LateReason},
        figures=grid_of("all", figures).rows,
        sections=SECTIONS,
        fixed=FIXED,
        grids=grids,
        labels=labels,
        charts={
            grid.name: charts.address(_chart(grid, labels[grid.name], language))
            for grid in grids
            if grid.rows
        },
        titles={grid.name: title_of(grid, settings, language) for grid in grids},
    )


def download(request: Request, actor: Actor) -> Response:
    """Return one table as a file, in the page's words; days and months stay as programs sort them.

    The last row says that it is not for publication: files are passed on.
    """
    if _reversed(request):
        raise RefusedError(400)
    figures = _read(request, actor)
    grid = grid_of(_asked(request, figures.settings), figures)
    words = labels_of(grid, figures.settings, request.language)
    named = {} if grid.name in ("day", "month") else words
    rows = [(named.get(label, label), *map(written, cells)) for label, cells in grid.rows.items()]
    t = pages.strings(request.language)
    columns = [t[f"desk_column_{column}"] for column in grid.columns]
    last = (t["desk_not_published"], *("" for _ in columns))
    return Response(
        status=200,
        body=spreadsheet([(t["desk_row"], *columns), *rows, last]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{grid.name}.csv"'},
    )


def _chart(grid: Grid, labels: Mapping[str, str], language: str) -> str:
    """Draw a table's chart from what the table shows."""
    words = pages.strings(language)
    parts = _parts(grid)
    rows = _worth_drawing(grid, [i for columns in parts.values() for i in columns])
    series = {
        words[f"desk_part_{part}"]: [
            sum(cells[i].value or 0 for i in columns) for cells in rows.values()
        ]
        for part, columns in parts.items()
    }
    kind = KINDS.get(grid.name, charts.ChartKind.BARS)
    return charts.draw([labels[label] for label in rows], series, kind)


KINDS: Mapping[str, charts.ChartKind] = {
    "day": charts.ChartKind.LINES,
    "month": charts.ChartKind.COLUMNS,
    "told": charts.ChartKind.STACKED,
    "kind": charts.ChartKind.STACKED,
    "channel": charts.ChartKind.STACKED,
}


def _parts(grid: Grid) -> dict[str, list[int]]:
    """Return the parts of a table's chart, each with the positions of the columns it sums."""
    return {
        part: [grid.columns.index(column) for column in columns]
        for part, columns in DRAWN.get(grid.name, ANSWERS).items()
    }


def _worth_drawing(grid: Grid, columns: Sequence[int]) -> Mapping[str, Sequence[Cell]]:
    """Return the rows with something to draw; an empty day or answer is drawn too."""
    if grid.name in ("day", "month") or grid.columns == ("value",):
        return grid.rows
    return {
        label: cells for label, cells in grid.rows.items() if any(cells[i].value for i in columns)
    }


def _asked(request: Request, settings: Settings) -> str:
    name = request.query.get("table", "")
    if name not in tables_of(settings):
        raise LookupError("no such table")
    return name


def _reversed(request: Request) -> bool:
    """Whether both days are given and the first is after the last."""
    first, last = (request.query.get(name, "") for name in ("first", "last"))
    return _day(first, date.min) > _day(last, date.max)


def _read(request: Request, actor: Actor) -> Figures:
    today = actor.today
    last = min(_day(request.query.get("last", ""), today), today)
    first = min(_day(request.query.get("first", ""), last - USUAL), last)
    return read(max(first, last - LONGEST), last, actor.settings)


def _day(typed: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return otherwise
