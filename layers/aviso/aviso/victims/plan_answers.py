"""The holder of a plan's contact says by a link whether the plan is right (docs/rules.md#12)."""

from msgspec.structs import replace

from aviso.content.links import LinkPurpose
from aviso.domain.errors import LinkRefused
from aviso.domain.fact_keys import PLAN
from aviso.domain.model import AuditEntry, ContactPlan
from aviso.domain.notice import Attempt, Notice
from aviso.domain.representatives import ANSWER_WITHIN
from aviso.runtime import hashing
from aviso.storage import cases, enrollments
from aviso.storage.audited_change import AuditRow, change
from aviso.storage.enrollments import EnrollmentChange
from aviso.victims.message_links import attempt_of
from aviso.victims.visitor import PortalVisitor


def answer(token: str, agrees: bool, visitor: PortalVisitor) -> None:
    """Store a yes, or a no, which a member hears of; saying it twice changes nothing.

    A no counts however late it comes, even after a yes, and for a later plan of the same contact.

    Raises:
        LinkRefused: when the token is not one of ours, is too old for a yes, or the plan is over.
        Conflict: when the hand-over is not recorded yet, or the enrollment keeps changing.
    """
    now = visitor.now
    notice, attempt = attempt_of(LinkPurpose.PLAN, token)
    case = cases.read_case(notice.case)
    before = case.enrollment_of(notice.victim)
    plan = before.plan
    if plan is None or not _asked(plan, notice, attempt):
        raise LinkRefused
    earlier = plan.id != notice.fact.subject or now - attempt.at > ANSWER_WITHIN
    if agrees and (plan.over or earlier):
        raise LinkRefused
    if plan.over or (agrees and plan.confirmed_at):
        return
    said = replace(plan, confirmed_at=now) if agrees else replace(plan, declined_at=now)
    told = EnrollmentChange(number=case.number, before=before, after=replace(before, plan=said))
    entry = AuditEntry(
        at=now,
        actor=f"contact:{attempt.address_key[:12]}",
        action="plan_confirmed" if agrees else "plan_declined",
        case=case.number,
        victim=notice.victim,
    )
    saves, deletes = enrollments.writes(told)
    row = AuditRow(entry=entry, keep_days=visitor.settings.retention.audit)
    change(row, saves=saves, deletes=deletes)


def _asked(plan: ContactPlan, notice: Notice, attempt: Attempt) -> bool:
    """Whether a message was a question to a plan's contact, about this plan or an earlier one."""
    return notice.fact.kind == PLAN and hashing.address_key(plan.address) == attempt.address_key
