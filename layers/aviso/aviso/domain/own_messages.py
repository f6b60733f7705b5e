"""Whether a message of a notice went to its victim, or only to somebody beside the victim. Pure.

`send_notice` asks when a person must look at a notice of which a part was already sent: what the
victim got is enough, and what somebody else got is not (docs/rules.md#12).
"""

from aviso.domain.contacts import PORTAL, CaseContext, by_knowledge_alone
from aviso.domain.model import Victim
from aviso.domain.notice import Attempt
from aviso.domain.people import spoken_for
from aviso.domain.restriction import restriction_of


def went_to_victim(context: CaseContext, victim: Victim, attempt: Attempt) -> bool:
    """Whether an attempt went to the victim's own contact, or to one who acts in their place.

    On a restricted case, a contact that was left by knowledge alone may be an abuser's.
    """
    if attempt.source == "representative":
        today = context.settings.today(context.now)
        return all(person is not victim for person in spoken_for(context.case, victim, today))
    given = context.case.enrollment_of(victim.origin).contacts
    left = next((c for c in given if c.id == attempt.contact), None)
    if left is None:
        return attempt.source != PORTAL
    return not (by_knowledge_alone(left) and restriction_of(context.case, context.settings))
