"""When a plan lets news of a restricted case go to its victim by itself (docs/rules.md#12). Pure.

An advocate who reached her in a way that was known before agrees it with her, a second member
looks at it, and the holder of its contact confirms it. Whatever changes afterwards, until a member
looks again nothing goes by it: a plan has no rules of its own for STOP, a mark or a lock.
"""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from aviso.domain import request_history
from aviso.domain.case_at import CaseAt, once
from aviso.domain.contacts import BY_KNOWLEDGE, SPEAKS, Contact
from aviso.domain.fact_keys import PLAN, PLAN_ENDS, PLAN_LOOK, FactKey
from aviso.domain.model import Channel, ContactPlan, Kind, Victim
from aviso.domain.notice import Duty, Notice
from aviso.domain.reasons import HoldReason
from aviso.domain.requests import Right
from aviso.domain.restriction import reasons_of
from aviso.domain.roster import Reach, reach
from aviso.domain.standing import standing_of
from aviso.domain.unsafe_addresses import unsafe_for_others
from aviso.domain.victim_holds import dangers

LONGEST = timedelta(days=180)
# When a member asks her for another one: so long before it ends, and after a question. That one
# waits for the plan's hours, a week at most, and may be answered for another week.
ASK_BEFORE = timedelta(days=14)
# What a plan may name. It never brings a question about contacts, nor a survey.
KINDS = tuple(k for k in Kind if k.rank and k not in (Kind.FIRST_CONTACT, Kind.REPORT_RECEIVED))


class WhyNot(StrEnum):
    """Why nothing goes by a plan now; the desk has a sentence for each."""

    ENDED = "ended"
    DECLINED = "declined"  # by who has its contact
    OVER = "over"
    BARRED = "barred"  # its contact may not be used
    UNSEEN = "unseen"  # by a second member
    CHANGED = "changed"  # something on the case, since a member looked
    UNCONFIRMED = "unconfirmed"


# Something changed since a member looked, so a plan rests until one looks again.
RESTS = frozenset({WhyNot.CHANGED, WhyNot.BARRED})


def may_have_plan(at: CaseAt, victim: Victim) -> list[Contact]:
    """Return the phones and emails of her own that a plan may name; none if she may have no plan.

    She speaks for herself, and nothing but the restriction holds what is sent to her.
    """
    if not (at.restriction and at.case.report) or victim not in at.spoken_for(victim):
        return []
    found = reach(at, victim).contacts
    return [c for c in found if c.source != SPEAKS and c.channel is not Channel.LETTER]


@once
def basis_of(at: CaseAt, victim: Victim) -> str:
    """Return a mark of all that a member judged when looking at a plan; any change is another.

    Guards are not in it: they bar the contact itself.
    """
    given = at.case.enrollment_of(victim.origin)
    judged = (
        sorted(reasons_of(at.case, at.settings)),
        at.case.report.desk_restriction if at.case.report else "",
        dangers(at, victim),
        sorted(unsafe_for_others(at.case, victim)),
        sorted(standing_of(victim, at.today)),
        (victim.phone, victim.email, victim.safe_to_contact, sorted(victim.desk_unsafe)),
        sorted((c.id, c.safe) for c in given.active_contacts if c.level not in BY_KNOWLEDGE),
        (given.lock_at, sorted(given.disowned.items())),
        request_history.latest_answer(at.case, victim, Right.NEWS),
        sorted(speaker.origin for speaker in at.case.speakers_for(victim)),
    )
    return hashlib.sha256(repr(judged).encode()).hexdigest()[:32]


def why_not(at: CaseAt, victim: Victim) -> WhyNot | None:
    """Return why nothing goes by a victim's plan; None while it counts."""
    plan = at.case.enrollment_of(victim.origin).plan
    if plan is None or plan.ended_at:
        return WhyNot.ENDED
    if plan.declined_at:
        return WhyNot.DECLINED
    if at.today > plan.until:
        return WhyNot.OVER
    if not contact_of(at, victim, plan):
        return WhyNot.BARRED
    if plan.seen_at is None:
        return WhyNot.UNSEEN
    if plan.basis != basis_of(at, victim):
        return WhyNot.CHANGED
    return None if plan.confirmed_at else WhyNot.UNCONFIRMED


def contact_of(at: CaseAt, victim: Victim, plan: ContactPlan) -> Contact | None:
    """Return a plan's contact in the plan's language, if a plan may name it now."""
    found = (c for c in may_have_plan(at, victim) if c.address == plan.address)
    return next((replace(c, language=plan.language) for c in found), None)


def opening(at: CaseAt, plan: ContactPlan) -> datetime:
    """Return from when a message may go: now, or when the plan's hours open next."""
    local = at.now.astimezone(at.settings.agency.zone)
    for days in range(8):
        day = local + timedelta(days=days)
        opens = day.replace(hour=plan.from_hour, minute=0, second=0, microsecond=0)
        if day.weekday() not in plan.days or (not days and local.hour >= plan.to_hour):
            continue
        return max(opens, local).astimezone(at.now.tzinfo)
    raise ValueError("a plan has a day")


def plan_for(at: CaseAt, victim: Victim, news: Duty | Notice) -> ContactPlan | None:
    """Return the plan by which a notice goes by itself, if there is one.

    Its own question goes once a second member has looked.
    """
    plan, asks = at.case.enrollment_of(victim.origin).plan, news.fact.kind == PLAN
    if plan is None or why_not(at, victim) is not (WhyNot.UNCONFIRMED if asks else None):
        return None
    original = next((n for n in at.told if n.id == news.corrects), None)
    kind = original.kind if original else news.kind
    return plan if asks or kind in plan.kinds else None


def reach_by_plan(at: CaseAt, victim: Victim, notice: Notice) -> Reach | None:
    """Return whom a notice of a restricted case reaches by a plan; None if no plan is for it.

    What members must do is held. A release sends at another hour, to the plan's contact.
    """
    if notice.fact.kind in (PLAN_LOOK, PLAN_ENDS):
        return Reach(trouble=HoldReason.PLAN_TO_LOOK_AT)
    plan = plan_for(at, victim, notice)
    if plan is None:
        return Reach() if notice.fact.kind == PLAN else None
    contact, opens = contact_of(at, victim, plan), opening(at, plan)
    if opens > at.now and HoldReason.OUTSIDE_PLAN not in notice.overruled:
        return Reach(trouble=HoldReason.OUTSIDE_PLAN, until=opens)
    return Reach(contacts=(contact,) if contact else ())


def tasks(at: CaseAt) -> Iterator[tuple[str, FactKey]]:
    """Yield what members must do for the plans of a case: the victim's origin, the fact's key.

    Look at a new one, or again after a change; ask her for another one.
    """
    for victim in at.case.victims:
        plan, why = at.case.enrollment_of(victim.origin).plan, why_not(at, victim)
        if plan is None or plan.ended_at:
            continue
        if why is WhyNot.UNSEEN or why in RESTS:
            looked = f"{plan.seen_at:%Y%m%dT%H%M%S}" if plan.seen_at else ""
            yield victim.origin, FactKey(f"{PLAN_LOOK}:{plan.id}#{looked}")
        elif _asks_another(at, plan, why):
            yield victim.origin, FactKey(f"{PLAN_ENDS}:{plan.id}")


def _asks_another(at: CaseAt, plan: ContactPlan, why: WhyNot | None) -> bool:
    """Whether a member asks her for another plan: after a no or no answer, and before it ends."""
    asked = plan.seen_at if why is WhyNot.UNCONFIRMED else None
    silent = asked is not None and at.now > asked + ASK_BEFORE
    return silent or why is WhyNot.DECLINED or at.today > plan.until - ASK_BEFORE
