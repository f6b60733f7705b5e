"""What members do about a plan for safe messages: agree it, look at it, end it (docs/rules.md#12).

Nobody hears of it: somebody who reads her other phone must not learn that there is a plan.
"""

import secrets

from msgspec.structs import replace

from aviso.domain.contact_plans import WhyNot, basis_of, may_have_plan, why_not
from aviso.domain.errors import Conflict, NotTheirs
from aviso.domain.model import Case, ContactPlan, Victim
from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.staff.case_decisions import decision_of
from aviso.storage import case_decisions, guards
from aviso.storage.case_decisions import CaseDecision
from aviso.storage.enrollments import EnrollmentChange


def make_plan(case: Case, victim: Victim, plan: ContactPlan, why: str, actor: Actor) -> None:
    """Store a plan in the place of a former one; nothing goes by it yet.

    Args:
        why: in which way, known before, the member reached the victim.

    Raises:
        LookupError: when a plan may not name the contact.
        Conflict: when the enrollment changed at this moment.
    """
    at = actor.at(case)
    if plan.address not in {contact.address for contact in may_have_plan(at, victim)}:
        raise LookupError("no such contact")
    whole = replace(
        plan,
        id=secrets.token_hex(8),
        made_at=actor.now,
        made_by=actor.audit_name,
        basis=basis_of(at, victim),
    )
    _store(case, victim, whole, decision_of(acts.MAKE_PLAN, case, victim, why, actor))


def look_at_plan(case: Case, victim: Victim, id: str, saw: str, actor: Actor) -> None:
    """Record that a member looked at a plan as the case is now; then its contact is asked.

    Args:
        saw: `basis_of` the case as the member's page showed it.

    Raises:
        LookupError: when it is not the latest plan, or it is over.
        NotTheirs: when the same member made it, and nobody else has looked yet.
        Conflict: when the case changed since the page was shown, or the enrollment at this moment.
    """
    at = replace(actor.at(case), guards=guards.read_for(case))
    plan, basis, why = open_plan(case, victim, id), basis_of(at, victim), why_not(at, victim)
    if not may_look(plan, actor):
        raise NotTheirs(case.number)
    if why not in (WhyNot.UNSEEN, WhyNot.CHANGED, WhyNot.BARRED):
        return  # confirmed twice
    if saw != basis or why is WhyNot.BARRED:  # no look lets it go: another is made, or it is ended
        raise Conflict("the case changed since the page was shown")
    looked = replace(plan, seen_at=actor.now, basis=basis)
    record = actor.record(acts.LOOK_AT_PLAN.audit, case.number, victim.origin)
    _store(case, victim, looked, CaseDecision(record))


def end_plan(case: Case, victim: Victim, id: str, why: str, actor: Actor) -> None:
    """End a plan at once.

    Raises:
        LookupError: when it is not the latest plan, or it is over.
        Conflict: when the enrollment changed at this moment.
    """
    ended = replace(open_plan(case, victim, id), ended_at=actor.now)
    _store(case, victim, ended, decision_of(acts.END_PLAN, case, victim, why, actor))


def may_look(plan: ContactPlan, actor: Actor) -> bool:
    """Whether a member may be the one who looks: the first is not who made it."""
    return plan.seen_at is not None or plan.made_by != actor.audit_name


def open_plan(case: Case, victim: Victim, id: str) -> ContactPlan:
    """Return a victim's plan.

    Raises:
        LookupError: when it is not the latest plan, or it is over.
    """
    plan = case.enrollment_of(victim.origin).plan
    if plan is None or plan.id != id or plan.ended_at:
        raise LookupError("no such plan")
    return plan


def _store(case: Case, victim: Victim, plan: ContactPlan, decision: CaseDecision) -> None:
    before = case.enrollment_of(victim.origin)
    told = EnrollmentChange(number=case.number, before=before, after=replace(before, plan=plan))
    case_decisions.decide(decision, told=told)
