"""A response to the browser: status, cookies, and the headers that every response carries."""

from collections.abc import Mapping
from typing import Any

from msgspec import field

from aviso.domain.value import Frozen
from aviso.web.request import LANGUAGE

# OWASP Secure Headers. No script is allowed; two pages of the desk allow one.
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
ATTRIBUTES = "; Path=/; Secure; HttpOnly; SameSite=Strict"


class Response(Frozen, frozen=True, kw_only=True):
    """A finished response."""

    status: int
    body: str = ""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()

    def event(self) -> dict[str, Any]:
        """Return the response in the form that API Gateway's proxy integration expects."""
        headers = SECURITY | {"Content-Type": self.content_type, "Cache-Control": "no-store"}
        return {
            "statusCode": self.status,
            "headers": headers | dict(self.headers),
            "multiValueHeaders": {"Set-Cookie": list(self.cookies)} if self.cookies else {},
            "body": self.body,
            "isBase64Encoded": False,
        }


def pdf_file(drawn: bytes, name: str) -> Response:
    """Return a PDF to save. It has ASCII characters alone, as the API passes on no bytes.

    The only other bytes are those of a comment in the first lines, which says that there may be
    some. One character each keeps every place in the file where its index says it is.
    """
    return Response(
        status=200,
        body="".join(chr(byte) if byte < 128 else "-" for byte in drawn),
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def redirect(to: str, *cookies: str) -> Response:
    """Redirect the browser with GET, to a relative address (the API's address includes a stage)."""
    return Response(status=303, headers={"Location": to}, cookies=cookies)


def language_cookie(code: str) -> str:
    """Return the cookie that remembers a language until the browser closes; it leaves no trace."""
    return f"{LANGUAGE}={code}{ATTRIBUTES}"
