"""Let a plan for safe messages rest until a member looks (docs/rules.md#12).

What changed may change back, by a file, a caller or a START: that wakes no plan.
"""

from contextlib import suppress

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt
from aviso.domain.contact_plans import RESTS, why_not
from aviso.domain.errors import Conflict
from aviso.storage import enrollments, guards


def after_a_change(at: CaseAt) -> None:
    """Record that something on a case has changed since a member looked at a plan."""
    for victim in at.case.victims:
        enrollment = at.case.enrollment_of(victim.origin)
        if enrollment.plan and enrollment.plan.basis and why_not(at, victim) in RESTS:
            with suppress(Conflict):  # another's change has the case planned again
                enrollments.let_rest(at.case.number, enrollment)


def after_a_stop(at: CaseAt) -> None:
    """Record that a plan's contact is barred, perhaps by a STOP, which changes no case."""
    if any(enrollment.plan for enrollment in at.case.enrollments):
        after_a_change(replace(at, guards=guards.read_for(at.case)))
