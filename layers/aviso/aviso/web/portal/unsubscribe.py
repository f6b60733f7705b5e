"""The pages behind the links in messages: "this is not me", and no more messages.

Opening a link changes nothing, because mail programs open links by themselves; one button acts at
once. Neither page shows a case, a name or an address, because anybody may have the phone.
"""

from aviso.content import links
from aviso.content.links import LinkPurpose
from aviso.domain.errors import Conflict, LinkRefused
from aviso.victims import message_links
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.request import Request
from aviso.web.response import Response

ACTS = {LinkPurpose.NOT_ME: message_links.not_me, LinkPurpose.STOP: message_links.stop}


def ask(request: Request, _visitor: PortalVisitor) -> Response:
    """Ask for the one press that acts; a broken link is reported here."""
    purpose = _purpose(request)
    try:
        links.read(purpose, _token(request))
    except LinkRefused:
        return _broken(request)
    return _page(request, "ask")


def act(request: Request, visitor: PortalVisitor) -> Response:
    """Do what the link is for.

    Mail programs' one-click unsubscribe (RFC 8058) comes here too, without a cookie or an origin:
    the signed token is what permits the act. Nobody sees the answer there, so a wish to stop whose
    link is refused goes to the desk.
    """
    if request.switching:
        return ask(request, visitor)
    purpose = _purpose(request)
    try:
        ACTS[purpose](_token(request), visitor.settings, visitor.now)
    except LinkRefused:
        if purpose is LinkPurpose.STOP:
            message_links.let_desk_stop(_token(request), visitor.now)
        return _broken(request)
    except Conflict:
        return _page(request, "later", status=503)
    return _page(request, "done")


def _purpose(request: Request) -> LinkPurpose:
    return LinkPurpose.NOT_ME if request.path == "/not-me" else LinkPurpose.STOP


def _token(request: Request) -> str:
    return request.form.get("t") or request.query.get("t", "")


def _broken(request: Request) -> Response:
    return _page(request, "broken", status=400)


def _page(request: Request, state: str, status: int = 200) -> Response:
    words = {"broken": "link_broken", "later": "link_later"}.get(state)
    purpose = _purpose(request)
    return pages.page(
        request,
        "stop",
        status=status,
        form="act" if state in ("ask", "later") else "",
        state=state,
        words=words or (purpose if state == "ask" else f"{purpose}_done"),
        action=request.path.strip("/"),
        button=f"{purpose}_button",
        token=_token(request),
    )
