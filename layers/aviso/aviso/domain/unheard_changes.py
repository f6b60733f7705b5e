"""Whether somebody has heard of a change that can silence a victim (docs/rules.md#27). Pure."""

from collections.abc import Collection, Sequence
from datetime import datetime

from aviso.domain.fact_keys import REMOVED, UNSAFE, FactKey
from aviso.domain.model import Case, Victim
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import OVER, was_told
from aviso.domain.reasons import HoldReason


def unheard(
    case: Case, told: Sequence[Notice], victim: Victim, kinds: Collection[str], settle: datetime
) -> bool:
    """Whether perhaps nobody has heard of such a change.

    Args:
        told: the ledger's notices of this case, under its present origins.
        kinds: which changes count.
        settle: a change made since may not be in the ledger yet.
    """
    theirs: dict[str, Notice] = {n.fact: n for n in told if n.victim == victim.origin}
    return any(
        _is_open(theirs[change.key]) if change.key in theirs else change.at > settle
        for change in case.enrollment_of(victim.origin).changes
        if change.asks and FactKey(change.key).kind in kinds
    )


def contact_taken(case: Case, told: Sequence[Notice], victim: Victim, settle: datetime) -> bool:
    """Whether perhaps somebody else took a contact away unheard, so that only theirs are left.

    Who adds a contact may also say STOP on the one that would hear of it. The arguments are those
    of `unheard`.
    """
    added = {c.key for c in case.enrollment_of(victim.origin).changes if not c.asks}
    stopped = any(
        n.victim == victim.origin and n.fact in added and n.reason == HoldReason.CHANGE_UNHEARD
        for n in told
        if n.state is State.HELD
    )
    return stopped or unheard(case, told, victim, (REMOVED, UNSAFE), settle)


def _is_open(change: Notice) -> bool:
    """Whether nobody heard of a change: what was sent for one that is held never arrived."""
    heard = was_told(change) and change.state is not State.HELD
    return not (change.state in OVER or heard)
