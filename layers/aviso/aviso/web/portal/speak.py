"""The pages behind a question by message: to speak for a victim, or whether a plan is right.

Opening the link changes nothing, and the page names nobody: a link can be forwarded. An answer
concerns the contact that the question was sent to, no matter who gives it.
"""

from aviso.content import links
from aviso.content.links import LinkPurpose
from aviso.domain.errors import Conflict, LinkRefused
from aviso.victims import plan_answers, representatives
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.request import Request
from aviso.web.response import Response

ANSWERS = {"yes": True, "no": False}
QUESTIONS = {LinkPurpose.SPEAK: representatives, LinkPurpose.PLAN: plan_answers}


def ask(request: Request, _visitor: PortalVisitor) -> Response:
    """Ask for the answer; a broken link is reported here."""
    try:
        links.read(_purpose(request), _token(request))
    except LinkRefused:
        return _page(request, "broken", status=400)
    return _page(request, "ask")


def act(request: Request, visitor: PortalVisitor) -> Response:
    """Store the answer."""
    agrees = ANSWERS.get(request.form.get("answer", ""))
    if request.switching or agrees is None:
        return ask(request, visitor)
    try:
        QUESTIONS[_purpose(request)].answer(_token(request), agrees, visitor)
    except LinkRefused:
        return _page(request, "broken", status=400)
    except Conflict:
        return _page(request, "later", status=503)
    return _page(request, "yes" if agrees else "no")


def _purpose(request: Request) -> LinkPurpose:
    return LinkPurpose(request.path.removeprefix("/"))


def _token(request: Request) -> str:
    return request.form.get("t") or request.query.get("t", "")


def _page(request: Request, state: str, status: int = 200) -> Response:
    return pages.page(
        request,
        "speak",
        status=status,
        form="act" if state in ("ask", "later") else "",
        about=_purpose(request).value,
        state=state,
        token=_token(request),
    )
