"""An API Gateway proxy event as a request for the pages; malformed events are refused here."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from aviso.domain.value import Frozen

MOST_BYTES = 8 * 1024  # the portal's longest form has a dozen short fields
MOST_FIELDS = 30
FORM = "application/x-www-form-urlencoded"
LANGUAGE = "__Host-lang"


class RefusedError(Exception):
    """A request that gets a plain error page; `status` is its HTTP status."""

    def __init__(self, status: int) -> None:
        super().__init__(str(status))
        self.status = status


class Request(Frozen, frozen=True, kw_only=True):
    """A visitor's request."""

    method: str
    path: str
    query: Mapping[str, str]
    form: Mapping[str, str]
    cookies: Mapping[str, str]
    language: str
    chosen: str  # the language asked for by this request, to be remembered
    source: str
    token: str  # the session token the browser sent, if any

    @property
    def switching(self) -> bool:
        """Whether a form was sent only to show it again in another language."""
        return self.method == "POST" and bool(self.chosen)


def parse(
    event: Mapping[str, Any],
    languages: tuple[str, ...],
    session: str,
    most_fields: int = MOST_FIELDS,
) -> Request:
    """Read an event.

    Args:
        event: a REST API's Lambda proxy event.
        languages: the agency's; the first is used when the visitor asks for none.
        session: the name of the cookie with the session's token.
        most_fields: the maximum number of form fields; the maximum length grows with it.

    Raises:
        RefusedError: when the body is too long (413), unreadable (400) or from another site (403).
    """
    headers = {k.lower(): v for k, v in (event.get("headers") or {}).items() if v is not None}
    query = {k: v for k, v in (event.get("queryStringParameters") or {}).items() if v is not None}
    method = str(event.get("httpMethod", ""))
    cookies = _cookies(headers.get("cookie", ""))
    form: dict[str, str] = {}
    if method == "POST":
        _same_site(headers)
        form = _form(event, headers, most_fields)
    asked = (form.get("lang") or query.get("lang", "")) if languages else ""
    chosen = asked if asked in languages else ""
    context = event.get("requestContext") or {}
    return Request(
        method=method,
        path=str(event.get("path") or "/"),
        query=query,
        form=form,
        cookies=cookies,
        language=chosen or _language(cookies, headers, languages),
        chosen=chosen,
        source=str((context.get("identity") or {}).get("sourceIp", "")),
        token=cookies.get(session, ""),
    )


def _same_site(headers: Mapping[str, str]) -> None:
    """Refuse a form that another site sent (OWASP: verify the origin with standard headers).

    `Sec-Fetch-Site` decides when present, else `Origin`. Our pages carry
    `Referrer-Policy: same-origin`, under which browsers send the origin to us and to nobody else:
    `null` is what a page of another site sends from a sandboxed frame. A client that sends neither
    is not a browser of recent years, and gives nothing to decide by: there the session's own token
    protects every form that acts on a session.
    """
    fetched = headers.get("sec-fetch-site")
    if fetched is not None:
        if fetched not in ("same-origin", "none"):
            raise RefusedError(403)
        return
    origin = headers.get("origin")
    try:
        same = origin is None or urlsplit(origin).netloc == headers.get("host")
    except ValueError:  # not an address
        same = False
    if not same:
        raise RefusedError(403)


def _form(event: Mapping[str, Any], headers: Mapping[str, str], most_fields: int) -> dict[str, str]:
    body = event.get("body") or ""
    most_bytes = MOST_BYTES * max(1, most_fields // MOST_FIELDS)
    if len(body) > most_bytes * 2:
        raise RefusedError(413)
    try:
        raw = b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        if len(raw) > most_bytes:
            raise RefusedError(413)
        if raw and headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
            raise RefusedError(400)
        pairs = parse_qsl(
            raw.decode(), keep_blank_values=True, max_num_fields=most_fields, errors="strict"
        )
    except (ValueError, binascii.Error):  # a UnicodeError is a ValueError
        raise RefusedError(400) from None
    return {name: _printable(value) for name, value in pairs}


def _printable(value: str) -> str:
    return "".join(c if c.isprintable() else " " for c in value).strip()


def _cookies(header: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in header.split(";"))
    return {name: value for name, _, value in pairs if name}


def _language(
    cookies: Mapping[str, str], headers: Mapping[str, str], languages: tuple[str, ...]
) -> str:
    """Return the remembered language, else the browser's first that we have (RFC 9110, 12.5.4)."""
    remembered = cookies.get(LANGUAGE, "")
    if remembered in languages:
        return remembered
    wanted: list[tuple[float, str]] = []
    for part in headers.get("accept-language", "")[:200].split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            wanted.append((-float(weight or 1), tag.split("-")[0].lower()))
        except ValueError:
            continue
    return next((code for _, code in sorted(wanted, key=_rank) if code in languages), languages[0])


def _rank(weighed: tuple[float, str]) -> float:
    return weighed[0]
