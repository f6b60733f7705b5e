"""Everything that happened on a case, the latest first: facts, notices, calls, visits, changes."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from aviso.domain.fact_keys import DATED
from aviso.domain.model import AuditEntry, Case
from aviso.domain.notice import Notice
from aviso.domain.staff import Call, Remark
from aviso.domain.value import Frozen
from aviso.staff.acts import ACTS
from aviso.storage import audit, staff_accounts
from aviso.web.staff.audit_trail import STAFF

# Actions of the audit trail that are shown: what was done on the portal, and changes at the desk.
# Views are for the audit log; notes and calls are shown with their words.
ON_PORTAL = frozenset(
    {
        *("verified", "verified_by_code", "proved_by_code", "verify_failed", "code_failed"),
        *("code_sent", "enrolled", "early_enrollment", "contact_removed", "locked", "unlocked"),
        *("rights_requested", "rights_waived", "not_me", "opted_out"),
        *("representative_named", "representative_ended"),
        *("representative_agreed", "representative_declined", "home_hidden"),
        *("hand_off_agreed", "hand_off_ended", "asked_property", "asked_copy"),
    }
)
AT_DESK = frozenset(act.audit for act in ACTS.values())


class TimelineEvent(Frozen, frozen=True, kw_only=True):
    """One thing that happened."""

    at: datetime
    what: str  # fact, notice, call, note, portal or desk
    word: str = ""  # a key of the desk's words, or the action
    about: str = ""  # a status's label, a place: words to show beside it
    victim: str = ""  # the origin id of whom it is about
    notice: Notice | None = None
    call: Call | None = None
    remark: Remark | None = None
    by: str = ""  # the colleague who did it at the desk


def events(
    case: Case,
    told: Sequence[Notice],
    made: Sequence[Call],
    remarks: Sequence[Remark],
    status: str,
) -> list[TimelineEvent]:
    """Return the events of a case, the latest first.

    Args:
        told: its notices with their attempts.
        made: calls that reached nobody.
        remarks: the desk's notes.
        status: the label of its status.
    """
    found = [
        *_facts(case, status),
        *(TimelineEvent(at=_moved(n), what="notice", victim=n.victim, notice=n) for n in told),
        *(TimelineEvent(at=c.at, what="call", victim=c.victim, call=c) for c in made),
        *(TimelineEvent(at=r.at, what="note", remark=r) for r in remarks),
        *_trail(case),
    ]
    return sorted(found, key=_at, reverse=True)


def _facts(case: Case, status: str) -> Iterator[TimelineEvent]:
    def fact(at: datetime | None, word: str, about: str = "") -> Iterator[TimelineEvent]:
        if at is not None:
            yield TimelineEvent(at=at, what="fact", word=word, about=about)

    if report := case.report:
        yield from fact(report.reported_at, "desk_fact_reported")
        yield from fact(report.assigned_at, "desk_fact_assigned", report.assigned)
        for kind in DATED:
            yield from fact(getattr(report, kind.column), f"desk_fact_{kind.fact}")
        if report.status_at != report.reported_at:
            yield from fact(report.status_at, "desk_fact_status", status)
    for arrest in case.arrests:
        yield from fact(arrest.arrested_at, "desk_fact_arrest", arrest.custody_agency)
        yield from fact(arrest.withdrawn_at, "desk_fact_arrest_withdrawn")


def _trail(case: Case) -> Iterator[TimelineEvent]:
    """Yield what people did on the portal and changed at the desk, as far back as is read."""
    read: list[AuditEntry] = [row for number in case.numbers for row in audit.of_case(number)]
    rows = [row for row in read if row.action in ON_PORTAL | AT_DESK]
    ids = {row.actor.removeprefix(STAFF) for row in rows if row.actor.startswith(STAFF)}
    names = {f"{STAFF}{id}": account.name for id, account in staff_accounts.accounts(ids).items()}
    for row in rows:
        yield TimelineEvent(
            at=row.at,
            what="portal" if row.action in ON_PORTAL else "desk",
            word=row.action,
            victim=row.victim,
            by=names.get(row.actor, ""),
        )


def _moved(notice: Notice) -> datetime:
    """Return when a notice last moved, as far as it says."""
    tried = [attempt.at for attempt in notice.attempts]
    return max([notice.created_at, *tried, *([notice.told_at] if notice.told_at else [])])


def _at(event: TimelineEvent) -> float:
    return event.at.timestamp()
