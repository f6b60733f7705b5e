"""The one page of a receiving agency: requests to read, print, download and confirm."""

from aviso.domain.csv_text import spreadsheet
from aviso.domain.errors import Conflict
from aviso.staff import handed_requests
from aviso.staff.actor import Actor
from aviso.staff.handed_requests import HandedRequest
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages

COLUMNS = (
    *("reference", "purpose", "report", "victim", "speaks_for_victim", "speaks_as", "channel"),
    *("contact", "language", "arrested_person", "arrest_number", "arrested_at", "asked_at"),
    "consent_ends",
)


def show(request: Request, actor: Actor) -> Response:
    """Return the agency's requests, and what became of earlier ones."""
    return _page(request, actor)


def _page(request: Request, actor: Actor, wrong: str = "") -> Response:
    found = handed_requests.requests_of_agency(actor)
    handed_requests.note_read(found.waiting, actor, "hand_off_read")
    ours = next((r for r in actor.settings.receivers if r.id == actor.receiver), None)
    return pages.page(
        request,
        actor,
        "hand_offs",
        status=409 if wrong else 200,
        receiver=ours.name[request.language] if ours else "",
        found=found,
        done=request.query.get("done") == "confirmed",
        wrong=wrong,
    )


def confirm(request: Request, actor: Actor) -> Response:
    """Confirm one request, then show the page again."""
    try:
        handed_requests.confirm(request.form.get("id", ""), actor)
    except Conflict:
        return _page(request, actor, "desk_hand_off_gone")
    return redirect("hand-offs?done=confirmed")


def download(_request: Request, actor: Actor) -> Response:
    """Return the requests that wait as a file; confirming stays a step of its own."""
    found = handed_requests.requests_of_agency(actor)
    handed_requests.note_read(found.waiting, actor, "hand_off_downloaded")
    return Response(
        status=200,
        body=spreadsheet([COLUMNS, *map(_row, found.waiting)]),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="requests.csv"'},
    )


def _row(one: HandedRequest) -> tuple[str, ...]:
    at = one.arrested_at.isoformat(timespec="minutes") if one.arrested_at else ""
    asked, until = (t.isoformat(timespec="minutes") for t in (one.asked_at, one.until))
    who = (one.case, one.victim, one.speaker, one.relation)
    how = (one.channel.value, one.contact, one.language)
    arrest = (one.arrested, one.arrest, at)
    return (one.reference, one.purpose.value, *who, *how, *arrest, asked, until)
