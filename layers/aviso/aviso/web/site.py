"""How the portal and the desk answer an event alike: routes, assets, errors, the language."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime
from importlib import import_module
from typing import Any
from urllib.parse import urlencode, urlunsplit

from msgspec.structs import replace

from aviso.domain.value import Frozen
from aviso.web.request import MOST_FIELDS, RefusedError, Request, parse
from aviso.web.response import Response, language_cookie

ASSETS = "/assets/"
RETRY_AFTER = {500: "300", 503: "60"}  # seconds, by a page's status, unless it says another time
# Fields that no page repeats: codes. No form of ours has a password or a file; a test reads them.
NEVER_REPEATED = frozenset({"code"})


class UnsentForm(Frozen, frozen=True, kw_only=True):
    """A form that the site could not process. The error page offers to send it again.

    Back may not show the page it was typed on, which may be a form's answer too: what was typed
    would be lost. The fields are as they were sent, the session's token among them.
    """

    action: str  # relative to the page
    fields: Mapping[str, str]  # what was typed or chosen; empty if it must be typed again
    has_code: bool  # then the step starts again: no page repeats a code
    only_language: bool  # whether it was sent only to be shown in another language


class Site(Frozen, frozen=True, kw_only=True):
    """One of the two websites: it answers an event, and asks its `serve` for each page.

    A route's view is named as `module.function` of the site's package, and imported on first use.
    """

    package: str
    routes: Mapping[str, Mapping[str, Any]]  # path -> method -> route
    serve: Callable[[Request, datetime], Response]  # finds the view and says who asks
    session: str  # the cookie that has the session's token
    languages: Callable[[], tuple[str, ...]]  # the first is used when the visitor asks for none
    error: Callable[[Request, int], Response]  # the page for an error's HTTP status
    last_resort: str  # the page's text when no template works
    most_fields: int = MOST_FIELDS  # of a form

    def answer(self, event: Mapping[str, Any], now: datetime) -> tuple[str, Response]:
        """Answer an API Gateway event: an asset, a page, or the page for an error.

        Returns:
            The route's name, which is safe to log (a made-up path is not), and the response.
        """
        path = str(event.get("path") or "/")
        if path.startswith(ASSETS):
            from aviso.web import assets

            asked = str(event.get("httpMethod", ""))
            return "assets", assets.show(asked, path.removeprefix(ASSETS))
        try:
            request = self.parse(event)
            response = self.serve(request, now)
        except RefusedError as refused:
            request = self.parse({**event, "httpMethod": "GET"})
            response = self.error(request, refused.status)
        response = _in_language(request, response)
        return path if path in self.routes else "unknown", _with_a_time(response)

    def failed(self, event: Mapping[str, Any], error: Exception) -> Response:
        """Return the page for an error that no view expected; fixed text if its template fails too.

        It says when to come back: soon, if AWS only had too much to do. A form can be sent again.
        """
        from aviso.runtime.overload import is_overload

        status = 503 if is_overload(error) else 500
        try:
            request = _as_sent(self, event)
            page = _in_language(request, self.error(request, status))
        except Exception:  # this page must be sent even when everything else is broken
            page = Response(status=status, body=self.last_resort)
        return _with_a_time(page)

    def parse(self, event: Mapping[str, Any]) -> Request:
        """Read an event; see `aviso.web.request.parse`."""
        return parse(event, self.languages(), self.session, self.most_fields)

    def route(self, request: Request) -> Any:
        """Return the route of a request.

        Raises:
            RefusedError: when there is none (404), or none for the method (405).
        """
        methods = self.routes.get(request.path)
        if methods is None:
            raise RefusedError(404)
        if request.method not in methods:
            raise RefusedError(405)
        return methods[request.method]

    def unsent_form(self, request: Request, status: int) -> UnsentForm | None:
        """Return the form that a page of this status lets its reader send again; None for none."""
        sent = request.method == "POST" and "POST" in self.routes.get(request.path, {})
        if status not in RETRY_AFTER or not sent:
            return None
        kept = {n: v for n, v in request.form.items() if n not in NEVER_REPEATED | {"lang"}}
        has_code = any(request.form.get(name) for name in NEVER_REPEATED)
        return UnsentForm(
            action=urlunsplit(
                ("", "", request.path.removeprefix("/"), urlencode(request.query), "")
            ),
            fields={} if has_code else kept,
            has_code=has_code,
            only_language=request.switching,
        )

    def view(self, name: str) -> Callable[..., Response]:
        """Return the view that a route names."""
        module, _, function = name.partition(".")
        view: Callable[..., Response] = getattr(import_module(f"{self.package}.{module}"), function)
        return view


def _as_sent(site: Site, event: Mapping[str, Any]) -> Request:
    """Return the request of a form; any other, or one that cannot be read, is as for `/`."""
    if event.get("httpMethod") == "POST":
        with suppress(Exception):  # the page needs no form
            return site.parse(event)
    return site.parse({"headers": event.get("headers"), "path": "/"})


def _in_language(request: Request, response: Response) -> Response:
    """Return a response that remembers the language for which the visitor asked."""
    if not request.chosen:
        return response
    return replace(response, cookies=(*response.cookies, language_cookie(request.chosen)))


def _with_a_time(page: Response) -> Response:
    """Return a page that failed with the time after which to try again (RFC 9110, 10.2.3)."""
    if page.status not in RETRY_AFTER:
        return page
    return replace(page, headers={"Retry-After": RETRY_AFTER[page.status], **page.headers})
