"""When the victims of an open case hear that nothing has changed. Pure; `duties.owed` asks it."""

from datetime import timedelta

from aviso.domain.case_at import CaseAt
from aviso.domain.fact_keys import FactKey
from aviso.domain.facts import Fact
from aviso.domain.model import Kind

# After these the victim waits for a court or a prosecutor: "no change" would mislead.
ELSEWHERE = frozenset({Kind.ARREST, Kind.INITIAL_APPEARANCE, Kind.SENT_TO_PROSECUTOR})


def still_open(at: CaseAt) -> Fact | None:
    """Return that a case has been without a change for one of the agency's numbers of days.

    The longest number that has passed counts. None for a case that is closed, whose status the
    settings do not know, or that went to a court or a prosecutor. A correction is a change too.
    """
    report, settings = at.case.report, at.settings
    status = settings.statuses.get(report.status) if report else None
    if report is None or status is None or status.closed:
        return None
    if any(fact.kind in ELSEWHERE for fact in at.facts):
        return None
    changes = [*report.first_seen.values()]
    changes += [notice.first_seen for notice in at.told if notice.kind is Kind.CORRECTION]
    for arrest in at.case.arrests:
        changes += arrest.first_seen.values()
        changes += [arrest.withdrawn_at] if arrest.withdrawn_at else []
    if not changes:
        return None
    last = max(changes)
    passed = [d for d in settings.messages.still_open_days if last + timedelta(days=d) <= at.now]
    if not passed:
        return None
    since = last + timedelta(days=max(passed))
    key = FactKey(f"still_open:{max(passed)}@{last:%Y-%m-%dT%H:%MZ}")
    return Fact(key=key, kind=Kind.STILL_OPEN, at=since, first_seen=since)
