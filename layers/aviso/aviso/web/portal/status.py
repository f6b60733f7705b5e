"""Step 3: the status of the case, and the form to be told of changes.

A visitor who knew number, name and birth date sees the case and may sign up. Addresses on file, the
notices sent and who viewed the case are not shown here: they need a code (docs/rules.md#14).
"""

from collections.abc import Mapping
from datetime import datetime

from aviso.domain.model import Arrest, Case
from aviso.victims import sign_up, visits
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.request import Request
from aviso.web.response import Response


def show(request: Request, now: datetime) -> Response:
    """Show the case to an open visit."""
    if pages.LEFT_ALONE in request.query:
        # No person asked, so the visit must not be kept open: two tabs would keep each other alive.
        return pages.page(request, "over", status=403)
    visit = enter(request, now)
    visits.record(visit.session, "viewed", visit.settings, now)
    return view(request, visit, now)


def view(
    request: Request, visit: Visit, now: datetime, errors: Mapping[str, str] | None = None
) -> Response:
    """Return the status page, with the values typed into its form and their errors."""
    settings, case, victim = visit.settings, visit.case, visit.victim
    report = case.report
    assert report is not None, "a case without its report is shown to nobody"
    return pages.page(
        request,
        "status",
        **visit.frame,
        form="enroll",
        report=report,
        standing=settings.statuses.get(report.status),
        updated=report.status_at or report.row_time,
        arrests=arrests(case),
        told_on=[c.value for c in sign_up.told_on(case, victim, settings, now)],
        settings=settings,
        typed=dict(request.form),
        errors=errors or {},
    )


def arrests(case: Case) -> list[Arrest]:
    """Return the arrests that were not withdrawn, the latest first."""
    standing = [a for a in case.arrests if a.withdrawn_at is None and a.arrested_at is not None]
    return sorted(standing, key=_when, reverse=True)


def _when(arrest: Arrest) -> str:
    return arrest.arrested_at.isoformat() if arrest.arrested_at else ""
