"""How long things are kept, what a legal hold stops, and what one victim may see or have erased.

`forget` runs in the nightly reconciliation, which reads every case anyway; export and erasure are
asked for by a person (`make export-victim`, `make erase-victim`). All three are audited.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from aviso.errors import AvisoError
from aviso.models import AuditEntry, Case
from aviso.settings import Settings
from aviso.store import audit, cases, guards, keeping
from aviso.store.keeping import Stored
from aviso.tallies import erasing

FOR_EVER = timedelta(days=36_500)
GRACE = timedelta(days=7)  # nights in which a case reopened meanwhile is kept after all
SYSTEM = "retention"
# Of what is stored about a victim, what only this portal knows: the records system's own rows
# come again with its next export, so they are erased there first.
PERSONAL = ("VICTIM#", "ENROLLMENT#", "REPRESENTATIVE#", "CONTACT#", "REMARK#")


class LegalHoldError(AvisoError):
    """A court or counsel has said that this case must be kept."""

    code = "legal_hold"


def hold(number: str, actor: str, settings: Settings, now: datetime, on: bool = True) -> None:
    """Keep a case whatever the settings say, or let the hold go."""
    origin = _origin(cases.read_case(number), number)
    if on:
        guards.put_marker(_hold(origin), {"by": actor}, now, FOR_EVER)
    else:
        guards.drop_marker(_hold(origin))
    _record(actor, "legal_hold" if on else "legal_hold_ended", number, "", settings, now)


def due(case: Case, settings: Settings) -> datetime | None:
    """Return when a case may be forgotten; None while it is open or nobody knows since when.

    A contact left on the portal after the closing begins the time anew: its owner still counts on
    it, and its day among the figures is not sealed yet.
    """
    report = case.report
    status = settings.statuses.get(report.status) if report else None
    if report is None or status is None or not status.closed or report.status_at is None:
        return None
    left = (c.consent.at for e in case.enrollments for c in e.contacts)
    return max((report.status_at, *left)) + timedelta(days=settings.retention.closed_cases)


def forget(number: str, settings: Settings, now: datetime) -> int:
    """Let a case go that has been closed for long enough; return how many rows will.

    The case's rows go after a week's grace, its notices (which name nobody) after their own time.
    A case that reopens or comes under a hold within that week is kept after all.
    """
    case = cases.read_case(number)
    when = due(case, settings)
    origin = _origin(case, number)
    rows = list(keeping.of_case(case.number))
    going = [row for row in rows if "expires" in row.content]
    if when is None or when > now or _held(origin):
        keeping.keep(going)
        return 0
    if len(going) == len(rows):
        return 0
    kept = settings.retention
    count = keeping.expire(rows, {"cases": now + GRACE})
    for item in keeping.ledger_of(origin):
        began = item.text("created_at") or item.text("at") or item.text("answered_at")
        days = kept.responses if item.table == "responses" else kept.notices
        at = (datetime.fromisoformat(began) if began else now) + timedelta(days=days)
        count += keeping.expire([item], {item.table: at})
    _record(SYSTEM, "case_forgotten", number, "", settings, now)
    return count


def export(
    number: str, victim: str, actor: str, settings: Settings, now: datetime
) -> Mapping[str, Any]:
    """Return all that is held about one victim of a case, as plain data.

    Suspects, other victims and the case's other rows are not theirs to see.
    """
    case = cases.read_case(number)
    origin = _origin(case, number)
    _record(actor, "victim_exported", case.number, victim, settings, now)
    return {
        "case": case.number,
        "victim": victim,
        "exported_at": now.isoformat(),
        "rows": [dict(row.content) for row in _about(case.number, victim)],
        "ledger": [dict(item.content) for item in _told(origin, victim)],
        "looks": [
            {"at": e.at.isoformat(), "actor": e.actor, "action": e.action}
            for e in audit.of_case(case.number)
            if e.victim in ("", victim)
        ],
    }


def erase(number: str, victim: str, actor: str, settings: Settings, now: datetime) -> int:
    """Erase one victim's personal data from a case; return how many rows went.

    What was told, when and on which channel stays: it proves the law was kept, and names nobody.
    So does what the erased rows count as, so that the dashboard still equals a recount.

    Raises:
        LegalHoldError: when the case must be kept.
        Conflict: when a row changed meanwhile; what is left is erased by asking again.
    """
    case = cases.read_case(number)
    origin = _origin(case, number)
    if _held(origin):
        raise LegalHoldError("the case is under a legal hold")
    answers = [item for item in _told(origin, victim) if item.table == "responses"]
    count = 0
    for item in [*_about(case.number, victim), *answers]:
        name = keeping.name_of(item.table)
        if not erasing.erase(name, item.key, item.image, settings):
            keeping.delete([item])
        count += 1
    _record(actor, "victim_erased", case.number, victim, settings, now)
    return count


def _about(number: str, victim: str) -> Iterator[Stored]:
    """Yield a victim's own rows, those of who speaks for them, and what they added."""
    rows = [r for r in keeping.of_case(number) if r.text("sk").startswith(PERSONAL)]
    is_theirs: Callable[[Stored], bool] = lambda row: (  # noqa: E731
        victim in (row.text("origin"), row.text("victim"), row.text("sk").partition("#")[2])
    )
    yield from filter(is_theirs, rows)


def _told(origin: str, victim: str) -> Iterator[Stored]:
    """Yield a victim's notices, their attempts and survey answers."""
    items = list(keeping.ledger_of(origin))
    theirs = {i.text("pk") for i in items if i.text("victim") == victim}
    yield from (i for i in items if i.text("pk") in theirs)


def _origin(case: Case, number: str) -> str:
    return case.report.origin if case.report else number


def _hold(origin: str) -> str:
    return f"LEGALHOLD#{origin}"


def _held(origin: str) -> bool:
    return guards.marker(_hold(origin)) is not None


def _record(
    actor: str, action: str, case: str, victim: str, settings: Settings, now: datetime
) -> None:
    entry = AuditEntry(at=now, actor=actor, action=action, case=case, victim=victim)
    audit.append(entry, settings.retention.audit)
