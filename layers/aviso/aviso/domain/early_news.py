"""News that could warn a suspect who is still free, and which contacts may get it. Pure.

Anyone who knows the report number, the name and the birth date can leave a contact. That person may
be the suspect. So news that the status page does not show such a visitor does not go to such a
contact either (docs/rules.md#14).
"""

from collections.abc import Sequence

from aviso.domain.case_at import CaseAt
from aviso.domain.case_steps import shows_prosecutor
from aviso.domain.contacts import Contact, proven
from aviso.domain.model import Kind, Victim
from aviso.domain.notice import Notice
from aviso.domain.notice_states import counted

EARLY = frozenset({Kind.WARRANT, Kind.SENT_TO_PROSECUTOR})


def may_get(
    at: CaseAt, victim: Victim, notice: Notice, contacts: Sequence[Contact]
) -> list[Contact]:
    """Return the contacts that a notice may go to now, without those that early news could warn.

    A correction of early news goes to contacts that are proven, and to others only if the original
    went there.

    Args:
        at: the notice that is corrected comes with its attempts.
        contacts: those that the notice would go to.
    """
    original = next((n for n in at.told if n.id == notice.corrects), None)
    kind = original.kind if original else notice.kind
    if kind not in EARLY or (original is None and _on_page(at, kind)):
        return list(contacts)
    had_it = {a.address_key for a in counted(original)} if original else set()
    keys = at.guards.keys
    return [
        c
        for c in contacts
        if proven(at.case, victim, c) or keys.get(c.address, "") in had_it - {""}
    ]


def _on_page(at: CaseAt, kind: Kind) -> bool:
    """Whether the status page shows this early news to every visitor."""
    if kind is Kind.WARRANT or at.case.report is None:
        return False
    arrests = [a for a in at.case.arrests if not a.withdrawn_at]
    return shows_prosecutor(arrests, at.settings.statuses.get(at.case.report.status))
