"""Step 3: the status of the case, and the hearing's calendar file.

A visitor who knew number, name and birth date sees the case. Addresses on file, the notices sent
and who viewed the case are not shown here: they need a code (docs/rules.md#14). `as_of` in
`templates/pages/parts.html` writes "Information as of": the report's `export_time`.
"""

import hashlib
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any

from aviso.content import calendar_files, templates
from aviso.domain.case_steps import case_steps
from aviso.domain.hand_off_duties import offers_to_ask
from aviso.domain.model import Arrest, Case
from aviso.domain.receiving_agencies import named_in
from aviso.victims import sign_up, visits
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Show the case to an open visit."""
    if pages.LEFT_ALONE in request.query:
        # No person asked, so the visit must not be kept open: two tabs would keep each other alive.
        return pages.page(request, "over", status=403)
    visit = enter(request, visitor)
    visits.record(visit.session, "viewed", visitor.settings, visitor.now)
    return pages.page(request, "status", **_content(visit))


def show_printable(request: Request, visitor: PortalVisitor) -> Response:
    """Show the case as a page to print: without the menus, with the words explained."""
    visit = enter(request, visitor)
    visits.record(visit.session, "viewed", visitor.settings, visitor.now)
    return pages.page(request, "print", **_content(visit))


def show_appointment(request: Request, visitor: PortalVisitor) -> Response:
    """Return the calendar file of one arrest's hearing; `?arrest=` is its name in an address."""
    visit = enter(request, visitor)
    name = request.query.get("arrest", "")
    arrest = next((a for a in arrests(visit.case) if in_address(a) == name), None)
    if arrest is None or arrest.appearance_at is None:
        raise RefusedError(404)
    body = calendar_files.appointment(
        templates.strings(request.language)["calendar_title"],
        arrest.appearance_at.astimezone(visit.settings.agency.zone),
        time_known=arrest.appearance_time_known,
        written_at=visitor.now,
    )
    return Response(
        status=200,
        body=body,
        content_type=calendar_files.CONTENT_TYPE,
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
    )


def in_address(arrest: Arrest) -> str:
    """Return the name of an arrest in an address: the same while others come and go.

    It is so short that many numbers have it, and no arrest can be found out from it.
    """
    return hashlib.sha256(arrest.origin.encode()).hexdigest()[:6]


def arrests(case: Case) -> list[Arrest]:
    """Return the arrests that were not withdrawn, the latest first."""
    kept = [a for a in case.arrests if a.withdrawn_at is None and a.arrested_at is not None]
    return sorted(kept, key=_when, reverse=True)


def _content(visit: Visit) -> dict[str, Any]:
    settings, case, now = visit.settings, visit.case, visit.visitor.now
    report = case.report
    assert report is not None, "a case without its report is shown to nobody"
    listed = arrests(case)
    return {
        **visit.frame,
        "report": report,
        "standing": settings.statuses.get(report.status),
        "arrests": listed,
        "in_address": in_address,
        "held_by": partial(named_in, visit.visitor.language, receivers=settings.receivers),
        "we_ask": {a.id for a in listed if _is_offered(visit, a)},
        "heard": {a.id for a in listed if _is_over(a, now)},
        "soon": {a.id: word for a in listed if (word := _soon(a, now, settings.agency.zone))},
        "steps": case_steps(report, listed, settings.statuses, now),
        "told_on": [c.value for c in sign_up.told_on(visit.at, visit.victim)],
    }


def _is_offered(visit: Visit, arrest: Arrest) -> bool:
    """Whether the visitor can let us ask the jail. Without a code this would tell of a consent."""
    return visit.by_code and offers_to_ask(visit.at, visit.victim, juvenile=arrest.juvenile)


def _is_over(arrest: Arrest, now: datetime) -> bool:
    length = timedelta() if arrest.appearance_time_known else timedelta(days=1)
    return arrest.appearance_at is not None and arrest.appearance_at + length <= now


def _soon(arrest: Arrest, now: datetime, zone: tzinfo) -> str:
    """Return the word for a hearing of today or of tomorrow, in the agency's time zone."""
    if arrest.appearance_at is None:
        return ""
    away = arrest.appearance_at.astimezone(zone).date() - now.astimezone(zone).date()
    return {0: "today", 1: "tomorrow"}.get(away.days, "")


def _when(arrest: Arrest) -> str:
    return arrest.arrested_at.isoformat() if arrest.arrested_at else ""
