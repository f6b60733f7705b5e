"""News that a records system keeps changing: a yes, a no and a yes again within two weeks. Pure.

`route` holds the second yes: one message may be a correction, and more are a fault that a person
must look at. The ledger has all that was said, so nothing else is stored.
"""

from collections.abc import Sequence
from datetime import timedelta

from aviso.domain.fact_keys import CONTACT_IN_FILE
from aviso.domain.model import Kind
from aviso.domain.notice import Notice
from aviso.domain.notice_states import was_told

LATELY = timedelta(weeks=2)
# What is held. Arrests and hearings are not: nobody may wait for them.
FIELDS = frozenset({"status", CONTACT_IN_FILE, *(kind.fact for kind in Kind if kind.fact)})


def keeps_changing(notice: Notice, told: Sequence[Notice]) -> bool:
    """Whether a notice says to a victim what another one told them lately, in the same words.

    A correction has its original's fact but says the opposite, and no victim may wait for it.
    """
    if notice.kind is Kind.CORRECTION or notice.fact.kind not in FIELDS:
        return False
    return any(
        n.victim == notice.victim
        and n.kind is not Kind.CORRECTION
        and was_told(n)
        and n.fact.kind == notice.fact.kind
        and n.fact.value == notice.fact.value
        and timedelta() < notice.first_seen - n.first_seen < LATELY
        for n in told
    )
