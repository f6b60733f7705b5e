"""With a code: the contacts on file, taking them off, and locking the case (rule 14)."""

from datetime import datetime

from aviso import managing
from aviso.errors import Conflict
from aviso.models import Channel
from aviso.portal import pages, visits
from aviso.portal.request import RefusedError, Request
from aviso.portal.response import Response, redirect
from aviso.portal.visits import Visit


def show(request: Request, now: datetime) -> Response:
    """Return the contacts on file and the lock."""
    visit = visits.enter(request, now, code=True)
    return visit if isinstance(visit, Response) else _page(request, visit)


def submit(request: Request, now: datetime) -> Response:
    """Take a contact off, lock or unlock; then show how things stand."""
    visit = visits.enter(request, now, code=True)
    if isinstance(visit, Response):
        return visit
    contact, lock = request.form.get("remove", ""), request.form.get("lock", "")
    if not contact and lock not in ("on", "off"):
        raise RefusedError(400)
    try:
        if contact:
            managing.take_off(visit.session, contact, visit.settings, now)
        else:
            managing.lock(visit.session, lock == "on", visit.settings, now)
    except Conflict:
        return _page(request, visit, again=True)
    return redirect("manage")


def _page(request: Request, visit: Visit, again: bool = False) -> Response:
    victim = visit.victim
    enrollment = visit.case.enrollment(victim.origin)
    given = [c for c in (enrollment.contacts if enrollment else ()) if c.removed_at is None]
    reported = [(Channel.SMS, victim.phone), (Channel.EMAIL, victim.email)]
    return pages.page(
        request,
        "manage",
        **visit.frame,
        given=given,
        reported=[address for _, address in reported if address],
        locked_at=enrollment.locked_at if enrollment else None,
        again=again,
    )
