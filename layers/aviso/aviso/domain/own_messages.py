"""Whether a message of a notice went to its victim, or only to somebody beside the victim. Pure.

`send_notice` asks when a person must look at a notice of which a part was already sent: what the
victim got is enough, and what somebody else got is not (docs/rules.md#12).
"""

from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import PORTAL, SPEAKS, by_knowledge_alone, doubted
from aviso.domain.model import Victim
from aviso.domain.notice import Attempt
from aviso.domain.people import spoken_for
from aviso.domain.silent_speakers import why_named


def went_to_victim(at: CaseAt, victim: Victim, attempt: Attempt) -> bool:
    """Whether an attempt went to the victim's own contact, or to one who acts in their place.

    On a restricted case, and after a warning that was left by knowledge, a contact that was left by
    knowledge alone may be an abuser's.
    """
    case, today = at.case, at.today
    given = case.enrollment_of(victim.origin).contacts
    left = next((c for c in given if c.id == attempt.contact), None)
    if attempt.source == SPEAKS:
        beside = any(person is victim for person in spoken_for(case, victim, today))
        named = left is None or not why_named(case, victim, left, today)
        return named and not beside
    if left is None:
        return attempt.source != PORTAL
    careful = at.restriction or doubted(case, victim)
    return not (by_knowledge_alone(left) and careful)
