"""With a code: whether the jail and the prosecutor get the victim's request and one contact.

The page says who gets it, what exactly, and for how long. Ending it is one button on the same page.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from aviso.domain.errors import Conflict, EnrollmentInvalid, TooOften
from aviso.domain.hand_off_duties import all_ends, contact_of, in_force, offered, stopped
from aviso.domain.hand_offs import HandOff
from aviso.domain.receiving_agencies import HandOffConsent, names_by_purpose
from aviso.domain.text import shown
from aviso.storage import hand_off_rows
from aviso.victims import hand_off_consent
from aviso.victims.code_delivery import Choice
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.portal.visit_cookie import VisitOver
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return the page: the consent as it is, and the form."""
    return _page(request, _enter(request, visitor), {})


def submit(request: Request, visitor: PortalVisitor) -> Response:
    """Store or end the consent, or show the form again with its errors."""
    visit = _enter(request, visitor)
    if request.switching:
        return _page(request, visit, {})
    try:
        if request.form.get("do") == "end":
            stored = hand_off_consent.end_consent(visit.session, visitor)
        else:
            consent, errors = _read(request, visit)
            if consent is None:
                return _page(request, visit, errors)
            stored = _agree(visit, consent)
    except Conflict:
        return _page(request, visit, {"contact": "enroll_try_again"})
    except EnrollmentInvalid as error:
        return _page(request, visit, {"contact": error.message})
    except TooOften:
        return _page(request, visit, {"contact": "enroll_too_often"})
    if not stored:
        raise VisitOver
    return redirect("share")


def _enter(request: Request, visitor: PortalVisitor) -> Visit:
    """Return the open visit.

    Raises:
        RefusedError: when no agency is in the settings: then there is no such page.
        VisitOver, CodeNeeded: see `enter`.
    """
    visit = enter(request, visitor, code=True)
    if not visit.settings.receivers:
        raise RefusedError(404)
    return visit


def _read(request: Request, visit: Visit) -> tuple[HandOffConsent | None, dict[str, str]]:
    """Return the consent that a form asks for, or the errors by field."""
    form, errors, now = request.form, {}, visit.visitor.now
    purposes = tuple(
        p
        for p in names_by_purpose(visit.settings.receivers, request.language)
        if form.get(p) == "yes"
    )
    contact = form.get("contact", "")
    if not purposes:
        errors["purposes"] = "share_unchanged" if _standing(visit) else "share_nobody"
    if contact not in _contacts(visit, _proven(visit)):
        errors["contact"] = "share_no_contact"
    typed = form.get("until", "").strip()
    until, wrong = hand_off_consent.last_day(typed, visit.settings.today(now))
    if wrong:
        errors["until"] = wrong
    if errors:
        return None, errors
    consent = HandOffConsent(
        id=secrets.token_urlsafe(12),
        contact=contact,
        purposes=purposes,
        at=now,
        version=visit.settings.consent_version,
        language=request.language,
        until=until,
    )
    return consent, {}


def _agree(visit: Visit, consent: HandOffConsent) -> bool:
    """Store a consent, and first the contact that got the code if that was chosen."""
    proven = _proven(visit)
    if proven and consent.contact == proven.id:
        contact = hand_off_consent.sign_up_with(visit.session, proven, visit.visitor)
        consent = replace(consent, contact=contact)
    return hand_off_consent.agree(visit.session, consent, visit.visitor)


def _standing(visit: Visit) -> HandOffConsent | None:
    """Return the consent that counts now."""
    consent = visit.case.enrollment_of(visit.victim.origin).hand_off
    counts = consent is not None and in_force(consent, visit.settings, visit.visitor.now)
    return consent if counts else None


def _ended_at(visit: Visit) -> datetime | None:
    """Return when a consent that does not count any more ended; None when none did."""
    consent = visit.case.enrollment_of(visit.victim.origin).hand_off
    if consent is None or _standing(visit):
        return None
    lapses = (end for _, end in all_ends(consent, visit.settings))
    return consent.ended_at or max(lapses, default=None)


def _contacts(visit: Visit, proven: Choice | None) -> dict[str, str]:
    """Return the contacts that may be handed on: id -> address."""
    given = {c.id: c.address for c in offered(visit.at, visit.victim)}
    return given | ({proven.id: proven.contact.address} if proven else {})


def _proven(visit: Visit) -> Choice | None:
    return hand_off_consent.proven(visit.session, visit.at, visit.victim)


def _page(request: Request, visit: Visit, errors: Mapping[str, str]) -> Response:
    case, victim, proven = visit.case, visit.victim, _proven(visit)
    consent = _standing(visit)
    contact = contact_of(visit.at, victim, consent) if consent else None
    by_agency = all_ends(consent, visit.settings) if consent else []
    names = {r.id: r.name[request.language] for r in visit.settings.receivers}
    return pages.page(
        request,
        "share",
        form="share",
        **visit.frame,
        active=consent is not None,
        given_at=consent.at if consent else None,
        ended_at=_ended_at(visit),
        contact=shown(contact.address) if contact else "",
        waived=stopped(case, victim),
        lapsed=[(names[r.id], end) for r, end in by_agency if end <= visit.visitor.now],
        lost=consent is not None and contact is None,
        agencies=names_by_purpose(visit.settings.receivers, request.language),
        contacts={id: shown(address) for id, address in _contacts(visit, proven).items()},
        proven=proven,
        days=min(r.consent_days for r in visit.settings.receivers),
        typed=_typed(request, visit, consent),
        became=[
            (names[one.receiver], one.status, _when(one))
            for one in _handed_on(visit)
            if one.receiver in names
            and (consent or one.status != "soon")  # after the end, nobody is told any more
        ],
        errors=errors,
    )


def _handed_on(visit: Visit) -> list[HandOff]:
    """Return what became of the victim's request at each agency."""
    victim = visit.victim.origin
    if visit.case.enrollment_of(victim).hand_off is None:
        return []
    return [one for one in hand_off_rows.of_case(visit.case) if one.victim == victim]


def _when(one: HandOff) -> datetime:
    return one.over_at or one.confirmed_at or one.told_at or one.created_at


def _typed(request: Request, visit: Visit, consent: HandOffConsent | None) -> dict[str, Any]:
    """Return what the form shows: what was typed, or else what the consent still allows.

    Before an answer nothing is chosen: a press on the button alone must hand nothing on.
    """
    if request.method == "POST" and request.form.get("do") != "end":
        return dict(request.form)
    if consent is None:
        return {}
    until = consent.until.isoformat() if consent.until else ""
    by_agency = all_ends(consent, visit.settings)
    ticked = {str(r.purpose): "yes" for r, end in by_agency if end > visit.visitor.now}
    return ticked | {"contact": consent.contact, "until": until}
