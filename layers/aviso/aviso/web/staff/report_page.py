"""The report for chief, council and public: the page, and the same as a PDF."""

from datetime import date

from aviso.content import dates
from aviso.reporting import periods, read
from aviso.reporting.periods import Period
from aviso.staff.actor import Actor
from aviso.web.request import Request
from aviso.web.response import Response, pdf_file
from aviso.web.staff import pages
from aviso.web.staff.report_sheet import sheet_of


def show(request: Request, actor: Actor) -> Response:
    """Return the report of a period that may be published; by default the newest."""
    settings, language = actor.settings, request.language
    newest = periods.newest(settings, actor.today)
    period = _asked(request, actor, newest)
    coming, t = periods.following(newest, settings), pages.strings(language)
    after = periods.following(period, settings) if period != newest else None
    return pages.page(
        request,
        actor,
        "report",
        sheet=sheet_of(read(period.first, period.last, settings), language),
        day=period.first,
        last=period.last,
        before=_link(periods.previous(period, settings), language),
        after=_link(after, language) if after else None,
        coming=dates.days(coming.first, coming.last, t, language, inside=True),
        coming_on=dates.written(periods.published_from(coming, settings), "date", language),
    )


def pdf(request: Request, actor: Actor) -> Response:
    """Return the report as a PDF of two pages: the council's hand-out."""
    from aviso.web.staff.report_pdf import drawn  # the drawing library is loaded for nothing else

    period = _asked(request, actor, periods.newest(actor.settings, actor.today))
    sheet = sheet_of(read(period.first, period.last, actor.settings), request.language)
    drawing = drawn(sheet, actor.settings, request.language, actor.today)
    return pdf_file(drawing, f"report-{period.first}-{period.last}.pdf")


def _asked(request: Request, actor: Actor, newest: Period) -> Period:
    """Return the period with the day that an address names, and none that is not published yet."""
    try:
        day = date.fromisoformat(request.query.get("day", ""))
    except ValueError:
        return newest
    return periods.around(actor.settings, min(day, newest.first))


def _link(period: Period, language: str) -> tuple[str, str]:
    """Return a period's first day, for an address, and its words."""
    words = dates.days(period.first, period.last, pages.strings(language), language)
    return f"{period.first}", words
