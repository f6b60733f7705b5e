"""A page as a browser would read it, and a page's function called as API Gateway calls it.

The browsers of this package return these pages, and so does the one that goes over HTTP
(`infra/local/http_browser.py`).
"""

from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from lxml.html import FormElement, HtmlElement, document_fromstring

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Page:
    """An answer; what it says is read when it is asked for."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)
    cookies: list[str] = field(default_factory=list)
    url: str = ""

    @cached_property
    def root(self) -> HtmlElement:
        """The page's root element."""
        return document_fromstring(self.body or "<html></html>")

    @property
    def text(self) -> str:
        """The page's words without tags."""
        return " ".join(" ".join(self.root.xpath("//text()")).split())

    @property
    def title(self) -> str:
        """The page's title."""
        return str(self.root.findtext(".//title"))

    @property
    def lang(self) -> str:
        """The page's language."""
        return str(self.root.get("lang", ""))

    @property
    def heading(self) -> str:
        """The first heading, empty when there is none."""
        return next((_words(found) for found in self.root.iter("h1", "h2")), "")

    @property
    def facts(self) -> dict[str, str]:
        """Terms and the first text of their values, such as the person assigned."""
        pairs = zip(self.root.iter("dt"), self.root.iter("dd"), strict=True)
        return {_words(term): _first_text(value) for term, value in pairs}

    def of_class(self, css_class: str) -> list[str]:
        """Return the text of each element of a class."""
        return [_words(found) for found in self.root.find_class(css_class)]

    def value(self, name: str) -> str:
        """Return the value of the first field or button of a name."""
        return str(self.root.xpath("//*[@name=$name]/@value", name=name)[0])

    def forms(self, name: str) -> list[FormElement]:
        """Return the forms with this id, or with this action before its query."""
        forms = self.root.forms
        return [f for f in forms if name in (f.get("id"), (f.get("action") or "").split("?")[0])]

    def links(self, start: str) -> list[str]:
        """Return the targets of the links with this prefix."""
        return [str(a) for a in self.root.xpath("//@href") if a.startswith(start)]


def hidden(form: FormElement) -> dict[str, str]:
    """Return a form's hidden fields."""
    return {str(f.get("name")): str(f.get("value")) for f in form.xpath('.//input[@type="hidden"]')}


def answer(
    handler: Callable[[Any, Any], dict[str, Any]],
    jar: MutableMapping[str, str],
    event: Mapping[str, Any],
    form: Mapping[str, str] | None = None,
) -> Page:
    """Call a page's function with the cookies of a browser's jar, and keep those that it sets.

    Args:
        event: API Gateway's, without what is the same in all, the cookies and the form.
    """
    found = handler(complete(event, jar, form), None)
    cookies = keep_cookies(jar, found)
    return Page(found["statusCode"], found["body"], found["headers"], cookies)


def request(
    method: str, path: str, host: str, source: str, *, query: str = "", language: str = "en"
) -> dict[str, Any]:
    """Return a request as API Gateway passes it on, without cookies and a form."""
    return {
        "httpMethod": method,
        "path": path,
        "headers": {"Host": host, "Accept-Language": language},
        "queryStringParameters": dict(parse_qsl(query)) or None,
        "requestContext": {"identity": {"sourceIp": source}},
    }


def complete(
    event: Mapping[str, Any], jar: Mapping[str, str], form: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return a request with the cookies of a jar, and perhaps a form."""
    headers, body = dict(event["headers"]), event.get("body")
    if jar:
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in jar.items())
    if form is not None:
        headers["Content-Type"] = FORM
        body = urlencode(form)
    return {**event, "headers": headers, "body": body, "isBase64Encoded": False}


def keep_cookies(jar: MutableMapping[str, str], found: Mapping[str, Any]) -> list[str]:
    """Keep in a jar the cookies that an answer sets, and return them; an empty one ends."""
    cookies: list[str] = found.get("multiValueHeaders", {}).get("Set-Cookie", [])
    for cookie in cookies:
        name, _, rest = cookie.partition("=")
        jar[name] = rest.split(";")[0]
        if not jar[name]:
            del jar[name]
    return cookies


def _words(element: HtmlElement) -> str:
    return " ".join(element.text_content().split())


def _first_text(element: HtmlElement) -> str:
    return next((text.strip() for text in element.itertext() if text.strip()), "")
