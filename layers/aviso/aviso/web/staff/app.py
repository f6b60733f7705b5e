"""The desk's entry point: who asks, whether they may use the route, and the view that answers."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib import import_module
from typing import Any

from msgspec.structs import replace

from aviso.domain import settings
from aviso.domain.errors import Conflict, NotTheirs
from aviso.domain.model import AuditEntry
from aviso.domain.staff import Member
from aviso.storage import audit
from aviso.web.request import RefusedError, Request, parse
from aviso.web.response import Response, language_cookie, redirect
from aviso.web.staff import pages, sign_in
from aviso.web.staff.permissions import ROUTES, may

ASSETS = "/assets/"
MOST_FIELDS = 300  # a page of tasks has a checkbox for each


def answer(event: Mapping[str, Any], now: datetime) -> tuple[str, Response]:
    """Answer an API Gateway event.

    Returns:
        The route's name, which is safe to log (a made-up path is not), and the response.
    """
    path = str(event.get("path") or "/")
    if path.startswith(ASSETS):
        from aviso.web import assets

        return "assets", assets.show(str(event.get("httpMethod", "")), path.removeprefix(ASSETS))
    languages = settings.current().agency.languages
    try:
        request = parse(event, languages, sign_in.SESSION, MOST_FIELDS)
        response = _answer(request, now)
    except RefusedError as refused:
        request = _as_get(event)
        response = pages.page(request, None, "error", status=refused.status, code=refused.status)
    if request.chosen:
        cookies = (*response.cookies, language_cookie(request.chosen))
        response = replace(response, cookies=cookies)
    return path if path in ROUTES else "unknown", response


def _answer(request: Request, now: datetime) -> Response:
    route = ROUTES.get(request.path, {}).get(request.method)
    if route is None:
        raise RefusedError(405 if request.path in ROUTES else 404)
    if route.public:
        public: Callable[[Request, datetime], Response] = _view(route.view)
        return public(request, now)
    member = sign_in.resume(request, now)
    if member is None:
        return redirect("sign-in")
    if not may(member, request.method, request.path):
        _note_refused(member, request.path, now)
        return pages.page(request, member, "error", status=403, code=403)
    if request.method == "POST":
        sign_in.require_token(request, member)
    view: Callable[[Request, Member, datetime], Response] = _view(route.view)
    try:
        return view(request, member, now)
    except (Conflict, LookupError, NotTheirs) as error:
        return _explained(request, member, error, now)


def _explained(request: Request, member: Member, error: Exception, now: datetime) -> Response:
    """Return the error page: gone, changed meanwhile, or not for this member."""
    if isinstance(error, KeyError | IndexError):  # subclasses of LookupError, but bugs of ours
        raise error
    if isinstance(error, NotTheirs):
        _note_refused(member, request.path, now, case=str(error))
        return pages.page(request, member, "error", status=403, code="restricted")
    code = 409 if isinstance(error, Conflict) else 404
    return pages.page(request, member, "error", status=code, code=code)


def _view(name: str) -> Any:
    module, _, function = name.partition(".")
    return getattr(import_module(f"aviso.web.staff.{module}"), function)


def _note_refused(member: Member, path: str, now: datetime, case: str = "") -> None:
    """Record that a member asked for something they may not use."""
    entry = AuditEntry(at=now, actor=member.actor, action=f"refused:{path}", case=case)
    audit.append(entry, settings.current().retention.audit)


def _as_get(event: Mapping[str, Any]) -> Request:
    languages = settings.current().agency.languages
    return parse({**event, "httpMethod": "GET"}, languages, sign_in.SESSION)


def failed(event: Mapping[str, Any]) -> Response:
    """Return the page for an internal error, with fixed text when the template fails too."""
    try:
        request = _as_get({"headers": event.get("headers"), "path": "/"})
        return pages.page(request, None, "error", status=500, code=500)
    except Exception:  # this page must be sent even when everything else is broken
        return Response(status=500, body=LAST_RESORT)


LAST_RESORT = (
    '<!doctype html><html lang="en"><meta charset="utf-8"><title>Staff desk</title>'
    "<h1>This page is not working</h1><p>Please try again in a few minutes.</p>"
    '<h1 lang="es">Esta página no funciona</h1>'
    '<p lang="es">Intente otra vez en unos minutos.</p></html>'
)
