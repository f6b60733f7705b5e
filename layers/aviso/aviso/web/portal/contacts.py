"""With a code: the contacts on file, removing them, and locking the case (docs/rules.md#14)."""

from aviso.domain.contacts import BY_KNOWLEDGE
from aviso.domain.errors import Conflict, TooOften
from aviso.runtime import hashing
from aviso.victims import self_service
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return the contacts on file and the lock."""
    return _page(request, enter(request, visitor, code=True))


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Remove a contact, hide the home, lock or unlock; then show the page again."""
    visit = enter(request, visitor, code=True)
    if request.switching:
        return _page(request, visit)
    form = request.form
    contact, lock = form.get("remove") or form.get("not_mine", ""), form.get("lock", "")
    home = form.get("home") == "hide"
    if not (contact or home) and lock not in ("on", "off"):
        raise RefusedError(400)
    try:
        if contact:
            mine = bool(form.get("remove"))
            self_service.take_off(visit.session, contact, visitor, mine=mine)
        elif home:
            self_service.hide_home(visit.session, visitor)
        else:
            self_service.lock(visit.session, lock == "on", visitor)
    except Conflict:
        return _page(request, visit, "enroll_try_again")
    except TooOften:
        return _page(request, visit, "enroll_too_often" if home else "lock_often")
    return redirect("manage")


def _page(request: Request, visit: Visit, wrong: str = "") -> Response:
    victim = visit.victim
    enrollment = visit.case.enrollment_of(victim.origin)
    given = enrollment.own_contacts
    reported = [address for address in (victim.phone, victim.email) if address]
    shown = [*reported, *(c.address for c in given)]
    disowned = enrollment.disowned
    return pages.page(
        request,
        "manage",
        **visit.frame,
        given=given,
        by_knowledge=BY_KNOWLEDGE,
        reported=reported,
        disowned=[a for a in shown if disowned and hashing.address_key(a) in disowned],
        locked_at=enrollment.locked_at,
        shares=bool(visit.settings.receivers),
        home_hidden=victim.confidential_address,
        wrong=wrong,
    )
