"""With a code: what was asked for, what the agency sent, and who viewed the case.

See docs/rules.md#14.
"""

from datetime import datetime

from aviso.domain import request_history
from aviso.domain.fact_keys import OF_PLAN
from aviso.domain.model import AuditEntry, Channel
from aviso.domain.notice import Notice, State
from aviso.domain.officers_word import ended_by_word
from aviso.domain.reasons import StopReason, WaitReason
from aviso.domain.representatives import is_question
from aviso.storage import audit, notices
from aviso.storage.guard_items import ANSWERS
from aviso.victims import self_service, visits
from aviso.victims.visitor import PortalVisitor
from aviso.web.portal import pages
from aviso.web.portal.visit import Visit, enter
from aviso.web.request import Request
from aviso.web.response import Response, redirect

S = State
# State of a notice -> the page's word for it.
BECAME = {
    S.PLANNED: "soon",
    S.WAITING: "soon",
    S.CLAIMED: "soon",
    S.QUEUED: "letter",
    S.PRINTED: "letter",
    S.MAILED: "mailed",
    S.SENT: "sent",
    S.DELIVERED: "delivered",
    S.FAILED: "another_way",
    S.UNCONFIRMED: "another_way",
    S.HELD: "person",
    S.SUPPRESSED: "not_needed",
    S.REPLACED: "not_needed",
}
# Actions of the audit trail that have words of their own. A staff row is shown as the agency's
# work; any other action is shown as a visit.
ACTIONS = frozenset(
    {
        *("verified", "verified_by_code", "verify_failed", "code_failed", "code_sent", "viewed"),
        *(
            "proved_by_code",
            "viewed_record",
            "enrolled",
            "enrolled_too_many",
            "contact_removed",
            "locked",
            "unlocked",
        ),
        *("hand_off_agreed", "hand_off_ended"),
        *("early_enrollment", "rights_requested", "rights_waived", "not_me", "opted_out"),
        *("representative_named", "representative_ended"),
        *("representative_agreed", "representative_declined", "home_hidden"),
        *("asked_property", "asked_copy", "word_denied"),
    }
)


def show(request: Request, visitor: PortalVisitor) -> Response:
    """Return the three lists, the latest first."""
    visit = enter(request, visitor, code=True)
    hers = [n for n in notices.list_notices(visit.case) if n.victim == visit.victim.origin]
    told = [n for n in hers if not (is_question(visit.case, n) or _by_plan(visit, n))]
    # The row that opened a visit says that its visitor saw the case.
    rows = [
        e
        for e in _rows(visit)
        if e.victim in ("", visit.victim.origin) and e.action != "viewed" and "plan" not in e.action
    ]
    visits.record(visit.session, "viewed_record", visitor.settings, visitor.now)
    return pages.page(
        request,
        "record",
        **visit.frame,
        asked=request_history.history(visit.case, visit.victim)[::-1],
        named=request_history.people_named(visit.case),
        sent=[_sent(n) for n in sorted(told, key=_created, reverse=True)],
        by_officer=any(map(ended_by_word, told)),
        seen=_by_visit(rows, visit),
    )


def _by_plan(visit: Visit, notice: Notice) -> bool:
    """Whether a notice may show that there is a plan: perhaps somebody else has her letter's code.

    No code that goes to a plan's contact opens a restricted case, so no page shows a plan.
    """
    planned = visit.case.enrollment_of(visit.victim.origin).plan is not None
    waits = notice.reason == WaitReason.OUTSIDE_PLAN
    by_message = notice.channel in (Channel.SMS, Channel.EMAIL)
    return notice.fact.kind in OF_PLAN or waits or (planned and by_message)


def deny(request: Request, visitor: PortalVisitor) -> Response:
    """Take the visitor's word that no officer told them; then they are told as ever."""
    visit = enter(request, visitor, code=True)
    if not request.switching:
        self_service.deny_word(visit.session, visitor)
    return redirect("record")


# How the trail names people of another agency that the victim let have the request.
RECEIVER = "receiver:"
# How the trail names who is not of the agency; all others are its staff, operators and programs.
VISITORS = (audit.VISIT, "visitor", "contact:")


def _rows(visit: Visit) -> list[AuditEntry]:
    """Return the case's audit rows, under every number it had when they were written."""
    rows = [entry for number in visit.case.numbers for entry in audit.of_case(number)]
    return sorted(rows, key=_at, reverse=True)


def _sent(notice: Notice) -> tuple[datetime, str, str, str]:
    """Return the time, the key of the kind, the key of the outcome, and the channel."""
    became = f"became_{BECAME[notice.state]}"
    if notice.reason == StopReason.TOLD_BY_PERSON:
        became = f"became_told_{notice.told_how}" if notice.officer else "became_told"
    elif notice.reason == StopReason.TOLD_TOGETHER and notice.channel:
        became = "became_delivered"  # at a contact that another victim of the case shares
    elif notice.reason == StopReason.ONLY_ON_PAGE and notice.told_at is None:
        became = "became_on_page"
    return (notice.told_at or notice.created_at, f"sent_{notice.kind}", became, notice.channel)


THIS = "seen_by_this_visit"
AGENCY = "seen_by_agency"
Line = tuple[list[datetime], str, list[str]]


def _by_visit(rows: list[AuditEntry], visit: Visit) -> list[Line]:
    """Return a line for each visit, each day on which our staff did a thing, and each other row.

    It has its times, and the keys of who and what. A time that reads the same is said once.
    """
    zone = visit.settings.agency.zone
    found: dict[str, Line] = {}
    for entry in reversed(rows):
        at, who, what = _seen(entry, visit)
        is_of_visit = entry.actor.startswith(audit.VISIT)
        name = who if who == THIS else entry.actor if is_of_visit else f"row {len(found)}"
        if who == AGENCY:
            name = f"{what} {at.astimezone(zone).date()}"
        times, _, did = found.setdefault(name, ([at], who, []))
        if what not in did:
            did.append(what)
        if who == AGENCY and at.replace(second=0, microsecond=0) > times[-1]:
            times.append(at)
    return [*found.values()][::-1]


def _seen(entry: AuditEntry, visit: Visit) -> tuple[datetime, str, str]:
    """Return the time, the key of who, and the key of what."""
    if entry.actor in (visits.trail_name(visit.session), visit.session.former):
        who = THIS
    elif entry.actor.startswith(RECEIVER):
        return entry.at, "seen_by_receiver", "seen_hand_off"
    elif not entry.actor.startswith(VISITORS):
        what = f"seen_{entry.action}" if entry.action in ANSWERS else "seen_agency"
        return entry.at, AGENCY, what
    else:
        who = "seen_by_visitor"
    return entry.at, who, f"seen_{entry.action}" if entry.action in ACTIONS else "seen_viewed"


def _created(notice: Notice) -> datetime:
    return notice.told_at or notice.created_at


def _at(entry: AuditEntry) -> datetime:
    return entry.at
