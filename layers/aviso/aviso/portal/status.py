"""Step 3: where the case stands, and the form to be told of changes.

Whoever knew number, name and birth date sees the case and may sign up; addresses on file, the
notices sent and who looked are not shown here: they need a code (rule 14).
"""

from collections.abc import Mapping
from datetime import datetime

from aviso import access, enrollment, templates
from aviso import settings as agency_settings
from aviso.models import Arrest, Case, Session, Victim
from aviso.portal import pages
from aviso.portal.request import Request
from aviso.portal.response import Response, end_cookie


def show(request: Request, now: datetime) -> Response:
    """Return the case to an open visit."""
    settings = agency_settings.current()
    session = access.resume(request.token, settings, now)
    if session is None:
        return over(request)
    visited = access.visited_case(session, settings)
    if visited is None:
        return over(request)
    access.record(session, "viewed", settings, now)
    return view(request, session, *visited, now)


def over(request: Request) -> Response:
    """Say that no visit is open: never begun, timed out, left, or no longer allowed."""
    return pages.page(request, "over", status=403, cookies=(end_cookie(),))


def view(
    request: Request,
    session: Session,
    case: Case,
    victim: Victim,
    now: datetime,
    errors: Mapping[str, str] | None = None,
) -> Response:
    """Return the status page, with what was typed into its form and what is wrong with it."""
    settings = agency_settings.current()
    report = case.report
    if report is None:  # such a case is restricted, so this never shows
        return over(request)
    return pages.page(
        request,
        "status",
        signed_in=True,
        form="enroll",
        report=report,
        standing=settings.statuses.get(report.status),
        updated=report.status_at or report.row_time,
        arrests=arrests(case),
        told_on=[c.value for c in enrollment.told_on(case, victim, settings, now)],
        promised=[k.value for k in enrollment.promised(settings)],
        settings=settings,
        languages=[(c, templates.strings(c)["language_name"]) for c in settings.agency.languages],
        csrf=session.csrf,
        typed=dict(request.form),
        errors=errors or {},
    )


def arrests(case: Case) -> list[Arrest]:
    """Return the arrests that stand, the latest first."""
    standing = [a for a in case.arrests if a.withdrawn_at is None and a.arrested_at is not None]
    return sorted(standing, key=_when, reverse=True)


def _when(arrest: Arrest) -> str:
    return arrest.arrested_at.isoformat() if arrest.arrested_at else ""
