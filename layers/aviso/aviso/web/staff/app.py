"""The desk's entry point: who asks, whether they may use the route, and the view that answers."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from aviso.domain.errors import Conflict, NotTheirs
from aviso.domain.staff import Role
from aviso.staff.actor import Actor
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.site import Site
from aviso.web.staff import pages, sign_in
from aviso.web.staff.permissions import ROUTES, Route, may

SIGN_OUT = "/sign-out"
MOST_FIELDS = 300  # a page of tasks has a checkbox for each


def _serve(request: Request, now: datetime) -> Response:
    """Answer a request: a public view gets the time, any other the member who acts."""
    route = _route(request)
    view = SITE.view(route.view)
    if route.public:
        return view(request, now)
    actor = sign_in.resume(request, now)
    if actor is None:
        return redirect("sign-in")
    if not may(actor.roles, request.method, request.path):
        return _refuse(request, actor)
    if request.method == "POST":
        sign_in.require_token(request, actor)
    try:
        return view(request, actor)
    except (KeyError, IndexError):  # subclasses of LookupError, but bugs of ours
        raise
    except NotTheirs as error:
        actor.note(f"refused:{request.path}", str(error))
        return pages.page(request, actor, "error", status=403, code="restricted", unsent=None)
    except Conflict:
        return _error(request, 409, actor)
    except LookupError:
        return _error(request, 404, actor)


def _refuse(request: Request, actor: Actor) -> Response:
    """Refuse a page; for another agency's account it does not exist.

    Raises:
        RefusedError: 404.
    """
    actor.note(f"refused:{request.path}", "")
    if Role.RECEIVER in actor.roles:
        raise RefusedError(404)
    return _error(request, 403, actor)


def _route(request: Request) -> Route:
    """Return the route of a request; for a wrong method there is none either.

    The person may be of another agency, for whom the desk's other pages do not exist.
    """
    try:
        route: Route = SITE.route(request)
    except RefusedError:
        raise RefusedError(404) from None
    return route


def _error(request: Request, status: int, actor: Actor | None = None) -> Response:
    if status == 404 and actor is None:  # one page for a false address and one of others
        request = replace(request, path="")
    unsent = SITE.unsent_form(request, status)
    return pages.page(request, actor, "error", status=status, code=status, unsent=unsent)


def failed(event: Mapping[str, Any], error: Exception) -> Response:
    """Return the page for an error that no view expected.

    A member who signs out is signed out in this browser anyway: somebody else may use it next. On
    the server the session then times out.
    """
    if event.get("path") == SIGN_OUT:
        return sign_in.signed_out()
    return SITE.failed(event, error)


SITE = Site(
    package="aviso.web.staff",
    routes=ROUTES,
    serve=_serve,
    session=sign_in.SESSION,
    languages=pages.languages,
    error=_error,
    most_fields=MOST_FIELDS,
    last_resort=(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Staff desk</title>'
        "<h1>This page is not working</h1><p>Please try again in a few minutes.</p>"
        '<h1 lang="es">Esta página no funciona</h1>'
        '<p lang="es">Intente otra vez en unos minutos.</p></html>'
    ),
)
