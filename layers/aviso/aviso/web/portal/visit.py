"""The start of every page of an open visit: whose it is, which case, and whether a form is ours."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from hmac import compare_digest
from typing import Any

from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import BY_CODE
from aviso.domain.guards import UNREAD
from aviso.domain.model import Case, Victim
from aviso.domain.people import is_organization, name_of, named_by_desk
from aviso.domain.session import Session
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.victims import visits
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal.visit_cookie import CodeNeeded, VisitOver
from aviso.web.request import RefusedError, Request


class Visit(Frozen, frozen=True, kw_only=True, dict=True):
    """An open visit with its case as it is now."""

    session: Session
    case: Case
    victim: Victim
    visitor: PortalVisitor

    @property
    def settings(self) -> Settings:
        """The agency's settings."""
        return self.visitor.settings

    @cached_property
    def at(self) -> CaseAt:
        """The case now, for what neither guards nor notices decide."""
        now = self.visitor.now
        return CaseAt(case=self.case, told=(), guards=UNREAD, settings=self.settings, now=now)

    @property
    def today(self) -> date:
        """The agency's day, for ages."""
        return self.at.today

    @property
    def by_code(self) -> bool:
        """Whether a code began it (docs/rules.md#14)."""
        return self.session.level in BY_CODE

    @property
    def frame(self) -> Mapping[str, Any]:
        """What every page of a visit shows around its own content."""
        return {
            "signed_in": True,
            "csrf": self.session.csrf,
            "by_code": self.by_code,
            "organization": self.organization,
            "may_name": self.may_name,
            "only_here": bool(self.at.only_on_page),
        }

    @property
    def organization(self) -> str:
        """The name of a victim that is an organization; empty for a person."""
        return name_of(self.victim) if is_organization(self.victim) else ""

    @property
    def may_name(self) -> bool:
        """Whether somebody is named here; the desk does so for an organization or the dead."""
        return not named_by_desk(self.case, self.victim, self.today)


def enter(request: Request, visitor: PortalVisitor, *, code: bool = False) -> Visit:
    """Return the open visit and its case.

    Args:
        request: what was asked for; a form must carry the visit's token.
        code: the page is for visits that began with a code.

    Raises:
        VisitOver: when no visit is open, or its case is no longer shown to the visitor.
        CodeNeeded: when `code` is asked for and the visit began without one.
        RefusedError: when a form does not carry the visit's token.
    """
    session = open_session(request, visitor)
    if code and session.level not in BY_CODE:
        raise CodeNeeded
    return visit_of(session, visitor)


def visit_of(session: Session, visitor: PortalVisitor) -> Visit:
    """Return a session's visit, with its case.

    Raises:
        VisitOver: when the case is no longer shown to the visitor.
    """
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        raise VisitOver
    case, victim = visited
    return Visit(session=session, case=case, victim=victim, visitor=visitor)


def open_session(request: Request, visitor: PortalVisitor) -> Session:
    """Return the open visit's session, without reading its case.

    Raises:
        VisitOver: when no visit is open.
        RefusedError: when a form does not carry the visit's token.
    """
    session = visits.resume(request.token, visitor.settings, visitor.now)
    if session is None:
        raise VisitOver
    if request.method == "POST":
        check(session, request)
    return session


def check(session: Session, request: Request) -> None:
    """Refuse a form that is not from a page of this visit."""
    if not compare_digest(session.csrf.encode(), request.form.get("csrf", "").encode()):
        raise RefusedError(403)
