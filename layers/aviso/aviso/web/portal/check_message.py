"""Is this message real? The code in a message proves that we sent it to this phone or email.

Nothing is looked up: the code is made from the address and the day. So the answer says nothing of
any case, and yes and no are the same page apart from one sentence.
"""

from aviso.content import links
from aviso.domain import addresses
from aviso.victims import rate_limits
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response

LONGEST = 254  # an email address by RFC 5321


def show(request: Request, _visitor: PortalVisitor) -> Response:
    """Return the page that explains what real messages look like, with its form."""
    return _page(request)


def check(request: Request, visitor: PortalVisitor) -> Response:
    """Answer whether we sent a message with this code to this phone or email."""
    if request.switching:
        return _page(request)
    typed, code = request.form.get("contact", ""), request.form.get("code", "")
    address = _address(typed)
    errors = {}
    if not address:
        errors["contact"] = "real_contact_wrong" if typed else "real_contact_missing"
    if not code:
        errors["code"] = "real_code_missing"
    if errors:
        return _page(request, errors)
    if not rate_limits.may_try("REAL", visitor):
        raise RefusedError(429)
    day = links.checked_day(address, code, visitor.now.date())
    return _page(request, answer="yes" if day else "no")


def _address(typed: str) -> str:
    if len(typed) > LONGEST:
        return ""
    return addresses.email(typed) if "@" in typed else addresses.phone(typed)


def _page(request: Request, errors: dict[str, str] | None = None, answer: str = "") -> Response:
    return pages.page(
        request,
        "real",
        form="check",
        errors=errors or {},
        answer=answer,
        typed={k: request.form.get(k, "") for k in ("contact", "code")},
    )
