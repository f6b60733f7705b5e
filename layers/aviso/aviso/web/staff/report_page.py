"""The report for chief, council and public: the page, and the same as a PDF."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from aviso.content import dates
from aviso.reporting import periods
from aviso.reporting.periods import Period, PeriodError
from aviso.reporting.report import read_report
from aviso.staff.actor import Actor
from aviso.storage import tasks
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import pages, work_queue
from aviso.web.staff.permissions import may
from aviso.web.staff.report_links import Links, links_of
from aviso.web.staff.report_sheet import Sheet, sheet_of

KINDS = ("month", "quarter", "year")
USUAL = "quarter"
# The tables that a report offers as files, besides all figures.
FILES = ("all", "month", "division", "group", "told", "minutes")


def show(request: Request, actor: Actor) -> Response:
    """Return the report of the period asked for; by default the quarter that is under way.

    Its numbers are the same for everybody: it is printed for the council. Its links are not.
    """
    try:
        period = asked(request.query, actor.today)
    except PeriodError as error:
        typed = {name: request.query.get(name, "") for name in ("first", "last")}
        usual = periods.around(USUAL, actor.today).until(actor.today)
        return _page(request, actor, usual, typed=typed, errors={"first": str(error)}, status=400)
    typed = {"first": f"{period.first}", "last": f"{period.last}"}
    waiting = tasks.waiting() if may(actor.roles, "GET", "/tasks") else []
    links = links_of(work_queue.seen_by(waiting, actor), actor)
    sheet = _sheet(request, actor, period, links)
    return _page(
        request, actor, period, typed=typed, errors={}, status=200, sheet=sheet, held=waiting
    )


def pdf(request: Request, actor: Actor) -> Response:
    """Return the report as a PDF of one page: the council's hand-out."""
    from aviso.web.staff.report_pdf import drawn  # the drawing library is loaded for nothing else

    try:
        period = asked(request.query, actor.today)
    except PeriodError:
        raise RefusedError(400) from None
    name = period.name or f"{period.first}-{period.last}"
    return Response(
        status=200,
        body=drawn(_sheet(request, actor, period, {}), actor.settings, request.language),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="report-{name}.pdf"'},
    )


def asked(query: Mapping[str, str], today: date) -> Period:
    """Return the period that an address asks for, as far as it has begun.

    Raises:
        PeriodError: when it is none.
    """
    if query.get("first") or query.get("last"):
        period = periods.of_days(query.get("first", ""), query.get("last", ""))
    elif name := query.get("period"):
        period = periods.named(name)
    else:
        period = periods.around(USUAL, today)
    return period.until(today)


def _sheet(request: Request, actor: Actor, period: Period, links: Links) -> Sheet:
    report = read_report(period, actor.settings)
    return sheet_of(report, actor.settings, request.language, today=actor.today, links=links)


def _page(
    request: Request, actor: Actor, period: Period, *, status: int, **values: Any
) -> Response:
    language, today = request.language, actor.today
    kind = periods.kind_of(period) or USUAL
    before, after = periods.previous(period), None
    days = f"first={period.first}&last={period.last}"
    if period.name and period.last < today:
        after = periods.following(period)
    return pages.page(
        request,
        actor,
        "report",
        status=status,
        period=period,
        chosen=kind if period == periods.around(kind, today).until(today) else "",
        choices=[(kind, periods.around(kind, today).name) for kind in KINDS],
        before=_named(before, language),
        after=_named(after, language) if after else None,
        address=f"period={period.name}" if period.name else days,
        days=days,
        files=FILES,
        **values,
    )


def _named(period: Period, language: str) -> tuple[str, str]:
    """Return a period's query and its words, for a link."""
    t = pages.strings(language)
    match periods.kind_of(period):
        case "month":
            return f"period={period.name}", dates.month(period.first, language)
        case "quarter":
            year, _, number = period.name.partition("-Q")
            words = t["desk_report_quarter"].format(n=number, year=year)
            return f"period={period.name}", words
        case "year":
            return f"period={period.name}", period.name
    words = dates.days(period.first, period.last, t, language)
    return f"first={period.first}&last={period.last}", words
