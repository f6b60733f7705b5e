"""Whether a victim is told that we can ask the jail in the victim's place. Pure.

The messages of an arrest, the portal's status page and the clerk's script read it. Without the
offer each says to call the jail, and gives its phone.
"""

from aviso.domain.case_at import CaseAt
from aviso.domain.hand_off_duties import all_ends, stopped
from aviso.domain.model import Victim
from aviso.domain.people import spoken_for
from aviso.domain.receiving_agencies import ReceiverKind


def offers_to_ask(at: CaseAt, victim: Victim, *, juvenile: bool) -> bool:
    """Whether a victim can say yes, with a code, to a request to be told of a release.

    An agency of the settings must take the request. A code must open the case. The victim must
    speak for themselves: of others no contact may be handed on (see `may_be_handed_on`). A victim
    who said yes before, or who waived news, is not asked again.

    The reader must be the victim. A representative gets no code, and the caller must know that.

    Args:
        juvenile: the arrested person is a minor, whom no jail holds.
    """
    kind = ReceiverKind.JUVENILE_DETENTION if juvenile else ReceiverKind.JAIL
    case, settings = at.case, at.settings
    consent = case.enrollment_of(victim.origin).hand_off
    agreed = (
        consent is not None
        and consent.ended_at is None
        and any(r.kind is kind and end > at.now for r, end in all_ends(consent, settings))
    )
    return (
        any(receiver.kind is kind for receiver in settings.receivers)
        and _opens_with_a_code(at)
        and victim in spoken_for(case, victim, at.today)
        and not stopped(case, victim)
        and not agreed
    )


def _opens_with_a_code(at: CaseAt) -> bool:
    """Whether the portal opens a case to a visitor with a code, as `verification.may_see` does."""
    report = at.case.report
    if report is None or report.removed:
        return False
    return at.settings.verification.restricted_by_code or not at.restriction
