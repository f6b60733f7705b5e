"""A browser without script, the minimum that the portal requires.

It opens pages, fills in forms and keeps cookies. The demo and the system tests use it, so that
they use the portal as a victim does.
"""

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

VOID = frozenset("area base br col embed hr img input link meta source track wbr".split())


class PageError(Exception):
    """The page is not what a visitor would expect; the message says what is missing."""


@dataclass
class Form:
    """A form with the values its fields have now."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    """Reads what the demo needs: language, forms, links, facts, and text by class."""

    def __init__(self) -> None:
        super().__init__()
        self.lang = ""
        self.forms: dict[str, Form] = {}
        self.links: dict[str, str] = {}  # text -> href
        self.facts: dict[str, str] = {}  # dt -> dd
        self.by_class: dict[str, list[str]] = {}
        self.headings: list[str] = []
        self._open: list[tuple[str, dict[str, str], list[str]]] = []
        self._form: Form | None = None
        self._term = ""
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = values.get("lang", "")
        elif tag == "form":
            self._form = Form(values.get("action", ""), values.get("method", "get").upper())
            self.forms[values.get("id") or self._form.action] = self._form
        elif tag == "select":
            self._select = values.get("name", "")
        elif self._form is not None:
            self._field(tag, values, self._form)
        if tag not in VOID:
            self._open.append((tag, values, []))

    def _field(self, tag: str, values: dict[str, str], form: Form) -> None:
        if tag == "input" and (name := values.get("name")):
            chosen = values.get("type") not in ("radio", "checkbox") or "checked" in values
            if chosen:
                form.fields[name] = values.get("value", "")
        elif tag == "option" and self._select and ("selected" in values):
            form.fields[self._select] = values.get("value", "")

    def handle_data(self, data: str) -> None:
        for _, _, text in self._open:
            text.append(data)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, values, pieces = self._open.pop()
            if name == "dd":  # the value is first, details are in elements of their own
                self.facts[self._term] = next((p.strip() for p in pieces if p.strip()), "")
            self._close(name, values, " ".join("".join(pieces).split()))
            if name == tag:
                return

    def _close(self, tag: str, values: dict[str, str], text: str) -> None:
        for name in values.get("class", "").split():
            self.by_class.setdefault(name, []).append(text)
        if tag == "a":
            self.links[text] = values.get("href", "")
        elif tag in ("h1", "h2"):
            self.headings.append(text)
        elif tag == "dt":
            self._term = text
        elif tag == "form":
            self._form = None


@dataclass(frozen=True)
class Page:
    """A page as received."""

    url: str
    status: int
    html: str
    read: _Reader

    @property
    def lang(self) -> str:
        """The page's language."""
        return self.read.lang

    @property
    def heading(self) -> str:
        """The first heading."""
        return next(iter(self.read.headings), "")

    @property
    def facts(self) -> dict[str, str]:
        """Terms and their values, such as the person assigned."""
        return self.read.facts

    def text_of(self, css_class: str) -> str:
        """Return the text of the first element of a class.

        Raises:
            PageError: when there is none.
        """
        found = self.read.by_class.get(css_class)
        if not found:
            raise PageError(f"the page '{self.heading}' shows no {css_class}")
        return found[0]

    def form(self, name: str) -> Form:
        """Return a form by its id or its action.

        Raises:
            PageError: when there is none.
        """
        if name not in self.read.forms:
            raise PageError(f"the page '{self.heading}' ({self.status}) has no form '{name}'")
        return self.read.forms[name]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: object, **_kwargs: object) -> None:
        return None


class Browser:
    """One visitor's browser."""

    def __init__(self, start: str, accept_language: str = "en-US,en;q=0.8") -> None:
        self.start = start
        self.cookies: dict[str, str] = {}
        self._accept_language = accept_language
        self._opener = urllib.request.build_opener(_NoRedirect)

    def open(self, path: str = "") -> Page:
        """Open a page by its address relative to the portal's start."""
        return self._go("GET", urljoin(self.start + "/", path))

    def follow(self, page: Page, link: str) -> Page:
        """Follow a link by its text."""
        if link not in page.read.links:
            raise PageError(f"the page '{page.heading}' has no link '{link}'")
        return self._go("GET", urljoin(page.url, page.read.links[link]))

    def submit(self, page: Page, name: str, **values: str) -> Page:
        """Fill in a form, by its id or action, and send it."""
        form = page.form(name)
        body = urlencode({**form.fields, **values}).encode()
        return self._go(form.method, urljoin(page.url, form.action), body)

    def _go(self, method: str, url: str, body: bytes | None = None) -> Page:
        for _ in range(5):
            request = urllib.request.Request(url, data=body, method=method)  # noqa: S310
            request.add_header("Accept-Language", self._accept_language)
            # Secure cookies go back over HTTP too, as browsers do for localhost.
            if self.cookies:
                pairs = (f"{name}={value}" for name, value in self.cookies.items())
                request.add_header("Cookie", "; ".join(pairs))
            if body is not None:
                origin = "{0.scheme}://{0.netloc}".format(urlsplit(url))
                request.add_header("Origin", origin)
                request.add_header("Content-Type", "application/x-www-form-urlencoded")
            try:
                reply = self._opener.open(request, timeout=30)
            except urllib.error.HTTPError as error:
                reply = error
            with reply:
                html = reply.read().decode("utf-8", "replace")
                self._keep(reply.headers.get_all("Set-Cookie") or [])
                location = reply.headers.get("Location")
                if reply.status in (301, 302, 303, 307) and location:
                    method, url, body = "GET", urljoin(url, location), None
                    if urlsplit(url).netloc == urlsplit(self.start).netloc:
                        continue  # not followed to another site: only the address matters
                reader = _Reader()
                reader.feed(html)
                return Page(url, reply.status, html, reader)
        raise PageError("the portal redirects in a circle")

    def _keep(self, headers: list[str]) -> None:
        for header in headers:
            pair, _, attributes = header.partition(";")
            name, _, value = pair.strip().partition("=")
            if "max-age=0" in attributes.lower().replace(" ", ""):
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
