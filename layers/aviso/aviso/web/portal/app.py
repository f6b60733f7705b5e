"""The portal's entry point: its routes, and the view that answers each."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from aviso.domain.settings import Settings
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import maintenance, pages
from aviso.web.portal.visit_cookie import SESSION, CodeNeeded, VisitOver, end_cookie
from aviso.web.request import FORM, Request
from aviso.web.response import Response, redirect
from aviso.web.site import Site

# Each value is a module of this package and a function in it, imported on first use.
ROUTES: Mapping[str, Mapping[str, str]] = {
    "/": {"GET": "find.show"},
    "/find": {"GET": "find.restart", "POST": "find.submit"},
    "/verify": {"GET": "find.restart", "POST": "verify.submit"},
    "/card": {"GET": "early_sign_up.card"},
    "/early": {"GET": "find.restart", "POST": "early_sign_up.submit"},
    "/status": {"GET": "status.show"},
    "/print": {"GET": "status.show_printable"},
    "/appointment": {"GET": "status.show_appointment"},
    "/alerts": {"GET": "sign_up.show"},
    "/enroll": {"GET": "sign_up.back", "POST": "sign_up.submit"},
    "/done": {"GET": "sign_up.done"},
    "/code": {"GET": "code.show", "POST": "code.submit"},
    "/manage": {"GET": "contacts.show", "POST": "contacts.submit"},
    "/record": {"GET": "history.show", "POST": "history.deny"},
    "/share": {"GET": "sharing.show", "POST": "sharing.submit"},
    "/choice": {"GET": "rights.show", "POST": "rights.submit"},
    "/ask": {"GET": "asking.show", "POST": "asking.submit"},
    "/form": {"GET": "rights.show_form", "POST": "rights.save_form"},
    "/speaks": {"GET": "representative.show", "POST": "representative.submit"},
    "/speak": {"GET": "speak.ask", "POST": "speak.act"},
    "/plan": {"GET": "speak.ask", "POST": "speak.act"},
    "/survey": {"GET": "survey.show", "POST": "survey.submit"},
    "/leave": {"GET": "leave.quickly", "POST": "leave.sign_out"},
    "/not-me": {"GET": "unsubscribe.ask", "POST": "unsubscribe.act"},
    "/stop": {"GET": "unsubscribe.ask", "POST": "unsubscribe.act"},
    "/real": {"GET": "check_message.show", "POST": "check_message.check"},
    "/help": {"GET": "info.show"},
    "/rights": {"GET": "info.show"},
    "/privacy": {"GET": "info.show"},
    "/terms": {"GET": "info.show"},
}
# Mail programs post here for their user (RFC 8058): from any origin, with a form of their own.
ONE_CLICK = "/stop"
OF_A_BROWSER = frozenset({"origin", "sec-fetch-site"})


def answer(event: Mapping[str, Any], now: datetime) -> tuple[str, Response]:
    """Answer an API Gateway event; return the route's name for the log, and the response."""
    path = str(event.get("path") or "/")
    if back := _with_slash(event, path):
        return "/", redirect(back)
    if path == ONE_CLICK:
        event = _one_click(event)
    site = CLOSED if maintenance.on(event) else SITE
    return site.answer(event, now)


def _closed(request: Request, _now: datetime) -> Response:
    return maintenance.page(SITE, request)


def _serve(request: Request, now: datetime) -> Response:
    """Answer a request, with a page of its own when there is no visit to go on with."""
    view = SITE.view(SITE.route(request))
    visitor = PortalVisitor(
        language=request.language, source=request.source, settings=Settings.current(), now=now
    )
    try:
        return view(request, visitor)
    except VisitOver:
        return pages.page(request, "over", status=403, cookies=(end_cookie(),))
    except CodeNeeded:
        return redirect(f"code?next={request.path.removeprefix('/')}")


def _with_slash(event: Mapping[str, Any], path: str) -> str:
    """Return the first page's address when it was requested without its last slash, as in messages.

    The stage is part of the address, and pages use relative links: from `/portal` they would leave
    the stage out.
    """
    asked = str((event.get("requestContext") or {}).get("path") or "/")
    missing = path == "/" and not asked.endswith("/") and event.get("httpMethod") == "GET"
    return f"{asked.rpartition('/')[2]}/" if missing else ""


def _one_click(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Accept a request to end messages from any origin: its token is what permits it."""
    headers = event.get("headers") or {}
    kept = {k: v for k, v in headers.items() if k.lower() not in OF_A_BROWSER}
    types = [v or "" for k, v in headers.items() if k.lower() == "content-type"]
    ours = any(t.partition(";")[0].strip().lower() == FORM for t in types)
    return {**event, "headers": kept} if ours else {**event, "headers": kept, "body": None}


def _error(request: Request, status: int) -> Response:
    unsent = pages.with_unsent_form(SITE.unsent_form(request, status))
    return pages.page(request, "error", status=status, code=status, **unsent)


SITE = Site(
    package="aviso.web.portal",
    routes=ROUTES,
    serve=_serve,
    session=SESSION,
    languages=lambda: Settings.current().agency.languages,
    error=_error,
    last_resort=(
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Case information</title>'
        "<h1>This page is not working</h1>"
        "<p>It is our fault. Please try again in a few minutes.</p>"
        '<h1 lang="es">Esta página no funciona</h1>'
        '<p lang="es">Es culpa nuestra. Intente otra vez en unos minutos.</p></html>'
    ),
)
CLOSED = replace(SITE, serve=_closed)  # during maintenance
