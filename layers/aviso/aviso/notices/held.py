"""Whether a held notice needs a person as before; `reconcile` asks it before it plans one again.

`plan_notices` does not ask: there the case has just changed. So each hour and each night a task
stays on the list, and costs no writes, until something that it depends on has changed: the case, a
contact, a guard or the settings.
"""

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt
from aviso.domain.guards import without_switches
from aviso.domain.notice import Notice, State
from aviso.domain.reasons import HoldReason
from aviso.domain.routing import Hold, QueueLetter, route
from aviso.notices.case_reads import situation_of
from aviso.storage import notices


def stays_held(notice: Notice, at: CaseAt) -> bool:
    """Return whether a notice would be held again for the same reason once no switch is on.

    Only a print run finds that an address is bad. Such a notice stays as long as no other contact
    can be used: a correction of the address is a change of the case.

    Args:
        notice: a held notice, as the index has it.
    """
    found = notices.read(notice.id)
    if found is None or (found.state, found.reason) != (State.HELD, notice.reason):
        return True  # somebody else moved it: that move counts
    situation = situation_of(found, at)
    decision = route(replace(situation, guards=without_switches(situation.guards)))
    if notice.reason == HoldReason.BAD_ADDRESS and isinstance(decision, QueueLetter):
        return True
    return isinstance(decision, Hold) and decision.reason == notice.reason
