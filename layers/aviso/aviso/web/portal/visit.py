"""The start of every page of an open visit: whose it is, which case, and whether a form is ours."""

from collections.abc import Mapping
from datetime import datetime
from hmac import compare_digest
from typing import Any

from aviso.domain import settings as agency_settings
from aviso.domain.contacts import BY_CODE
from aviso.domain.model import Case, Session, Victim
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.victims import visits
from aviso.web.portal import pages
from aviso.web.portal.cookies import RefusedError, Request, Response, end_cookie, redirect


class Visit(Frozen, frozen=True, kw_only=True):
    """An open visit with its case as it is now."""

    session: Session
    case: Case
    victim: Victim
    settings: Settings

    @property
    def by_code(self) -> bool:
        """Whether a code began it (docs/rules.md#14)."""
        return self.session.level in BY_CODE

    @property
    def frame(self) -> Mapping[str, Any]:
        """What every page of a visit shows around its own content."""
        return {"signed_in": True, "csrf": self.session.csrf, "by_code": self.by_code}


def enter(request: Request, now: datetime, *, code: bool = False) -> Visit | Response:
    """Return the open visit and its case, or the page that says why there is none.

    Args:
        request: what was asked for; a form must carry the visit's token.
        code: the page is for visits that began with a code; others are redirected to get one.

    Raises:
        RefusedError: when a form does not carry the visit's token.
    """
    settings = agency_settings.current()
    session = visits.resume(request.token, settings, now)
    if session is None:
        return over(request)
    if request.method == "POST":
        check(session, request)
    if code and session.level not in BY_CODE:
        return redirect("code")
    visited = visits.visited_case(session, settings, now)
    if visited is None:
        return over(request)
    case, victim = visited
    return Visit(session=session, case=case, victim=victim, settings=settings)


def check(session: Session, request: Request) -> None:
    """Refuse a form that is not from a page of this visit."""
    if not compare_digest(session.csrf.encode(), request.form.get("csrf", "").encode()):
        raise RefusedError(403)


def over(request: Request) -> Response:
    """Return the page that says no visit is open: none began, or it timed out or was ended."""
    return pages.page(request, "over", status=403, cookies=(end_cookie(),))
