"""A browser without script, the minimum that the portal requires, over HTTP.

It opens pages, fills in forms and keeps cookies. The demo and the system tests use it, so that
they use the portal as a victim does.
"""

from http.client import HTTPMessage
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import IO, override
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin, urlsplit
from urllib.request import (
    HTTPCookieProcessor,
    HTTPRedirectHandler,
    ProxyHandler,
    Request,
    build_opener,
)

from lxml.html import FormElement

from infra.harness.web_page import FORM, Page

SECONDS = 30  # that an answer may take


class PageError(Exception):
    """The page is not what a visitor would expect; the message says what is missing."""


class _WithinSite(HTTPRedirectHandler):
    """Follows no redirect to another site, where only the address matters."""

    max_redirections = 5

    @override
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        if urlsplit(newurl).netloc != urlsplit(req.full_url).netloc:
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class Browser:
    """One visitor's browser."""

    def __init__(self, start: str) -> None:
        self.start = start
        # Secure cookies go back over HTTP too, as browsers do for localhost.
        jar = CookieJar(DefaultCookiePolicy(secure_protocols=("http", "https")))
        self._opener = build_opener(HTTPCookieProcessor(jar), ProxyHandler({}), _WithinSite)

    def open(self, path: str = "") -> Page:
        """Open a page by its address relative to the portal's start."""
        return self.ask("GET", urljoin(self.start + "/", path))

    def submit(self, page: Page, name: str, **values: str) -> Page:
        """Fill in a form, by its id or action, and send it.

        Raises:
            PageError: when the page has no such form.
        """
        form = form_of(page, name)
        fields = {**dict(form.form_values()), **values}
        return self.ask(form.method, urljoin(page.url, form.action), fields)

    def ask(self, method: str, url: str, fields: dict[str, str] | None = None) -> Page:
        """Ask for an address, and return the page that it leads to."""
        headers = {"Accept-Language": "en-US,en;q=0.8"}
        if fields is not None:
            origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
            headers |= {"Origin": origin, "Content-Type": FORM}
        body = None if fields is None else urlencode(fields).encode()
        asked = Request(url, data=body, headers=headers, method=method)  # noqa: S310
        try:
            reply = self._opener.open(asked, timeout=SECONDS)
        except HTTPError as error:  # a page too: an error's, or a redirect that is not followed
            reply = error
        with reply:
            elsewhere = reply.headers.get("Location")
            return Page(
                status=reply.status,
                body=reply.read().decode("utf-8", "replace"),
                url=urljoin(reply.url, elsewhere) if elsewhere else reply.url,
            )


def form_of(page: Page, name: str) -> FormElement:
    """Return a page's form, by its id or action.

    Raises:
        PageError: when there is none.
    """
    found = page.forms(name)
    if not found:
        raise PageError(f"the page '{page.heading}' ({page.status}) has no form '{name}'")
    return found[0]


def text_of(page: Page, css_class: str) -> str:
    """Return the text of a page's first element of a class.

    Raises:
        PageError: when there is none.
    """
    found = page.of_class(css_class)
    if not found:
        raise PageError(f"the page '{page.heading}' shows no {css_class}")
    return found[0]
