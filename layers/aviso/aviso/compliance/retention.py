"""How long things are kept, what a legal hold stops, and what one victim may see or have erased.

`forget` runs in the nightly reconciliation, which reads every case anyway. A person asks for export
and erasure (`aviso case export`, `aviso case erase`). All three are audited.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import asdict

from aviso.compliance import victim_texts
from aviso.domain.case_at import CaseAt
from aviso.domain.errors import AvisoError
from aviso.domain.guards import UNREAD
from aviso.domain.hand_off_duties import owed_hand_offs
from aviso.domain.model import AuditEntry, Case, Report
from aviso.domain.notice_states import OVER
from aviso.domain.request_history import from_feed, people_named
from aviso.domain.requests import joined
from aviso.domain.settings import Settings
from aviso.reporting import erased_rows
from aviso.storage import audit, cases, hand_off_rows, inbox, markers, notices, raw_rows
from aviso.storage.cases import ALIAS
from aviso.storage.raw_rows import Stored

FOR_EVER = timedelta(days=36_500)
GRACE = timedelta(days=8)  # a week in which a case is kept after all, and the night after it
SYSTEM = "retention"
# The rows about a victim that are erased here. The records system's own rows come again with its
# next export, so they are erased there first.
PERSONAL = ("VICTIM#", "ENROLLMENT#", "CHOICES#", "REPRESENTATIVE#", "CONTACT#", "CALL#")
NOTE = "REMARK#"


class LegalHoldError(AvisoError):
    """A court or counsel has said that this case must be kept."""

    code = "legal_hold"


def hold(number: str, actor: str, settings: Settings, now: datetime, on: bool = True) -> None:
    """Keep a case despite the settings, or end the hold.

    Rows that were to expire are kept at once: the next night may come after that time.
    A case whose rows are lost may be held, for when they are imported again.
    """
    case = cases.read_case(number)
    if on:
        markers.put_marker(_hold(case.origin), {"by": actor}, now, FOR_EVER)
    else:
        for name in case.numbers:
            markers.drop_marker(_hold(name))
    action = "legal_hold" if on else "legal_hold_ended"
    entry = AuditEntry(at=now, actor=actor, action=action, case=number)
    audit.append(entry, settings.retention.audit)
    if on:
        raw_rows.keep([*_ledger(case), *_rows(case)])


def is_stored(case: Case) -> bool:
    """Whether anything is stored about a case: its rows, or only what was told of it."""
    return bool(_rows(case)) or any(_ledger(case))


def due(case: Case, settings: Settings) -> datetime | None:
    """Return when a case may be forgotten; None while it is open or its closing date is unknown.

    Anything that happens after the closing restarts the period: an arrest, a hearing, a contact
    left on the portal, whose day in the figures is not sealed yet. A change by the records
    system since the case was first imported does too: the closing date may be mistyped.
    """
    report = case.report
    ended = _ended(report, settings) if report else None
    if report is None or ended is None:
        return None
    left = (c.added_at for e in case.enrollments for c in e.contacts)
    made = (at for a in case.arrests for at in (a.arrested_at, a.appearance_at, a.withdrawn_at))
    # A full export brings back what was forgotten, all first seen at one time: that is not news.
    came = min(report.first_seen.values(), default=None)
    changed = (at for at in report.first_seen.values() if at != came)
    times = (ended, report.reported_at, *changed, *made, *left)
    return max(at for at in times if at) + timedelta(days=settings.retention.closed_cases)


def _ended(report: Report, settings: Settings) -> datetime | None:
    """Return when a case was closed, or when Aviso learned that it was deleted or sealed.

    A sealed row may have the time of an old change, or a time that is ahead of its export.
    """
    if report.removed:
        return max(filter(None, (report.row_time, report.export_time)), default=None)
    status = settings.statuses.get(report.status)
    return report.status_at if status and status.closed else None


def forget(case: Case, settings: Settings, now: datetime) -> int:
    """Let a case expire that has been closed for long enough; return how many rows will.

    The case's rows expire after `GRACE`, its notices (which name nobody) after their own period,
    but no sooner. A case that reopens or gets a hold within a week is kept after all, with its
    notices. A case on which anything is still owed is kept too: its notices refer to its rows.
    Rows without a report stay as they are: DynamoDB may have begun to delete them with that row.

    The case's last row is changed last, so a night that fails in between is repeated by the next
    one.
    """
    if case.report is None and not held(case):
        return 0
    when = due(case, settings)
    rows = _rows(case)
    going = [row for row in rows if "expires" in row.content]
    if when is None or when > now or held(case) or _owes(case, settings, now):
        if going:
            raw_rows.keep([*_ledger(case), *going])
        return 0
    if len(going) == len(rows):
        return 0
    kept = settings.retention
    *others, last = rows
    count = raw_rows.expire(others, {"cases": now + GRACE})
    for item in _ledger(case):
        began = item.text("created_at") or item.text("at") or item.text("answered_at")
        days = kept.responses if item.table == "responses" else kept.notices
        at = (datetime.fromisoformat(began) if began else now) + timedelta(days=days)
        count += raw_rows.expire([item], {item.table: max(at, now + GRACE)})
    entry = AuditEntry(at=now, actor=SYSTEM, action="case_forgotten", case=case.number)
    audit.append(entry, settings.retention.audit)
    return count + raw_rows.expire([last], {"cases": now + GRACE})


def export(
    number: str, victim: str, actor: str, settings: Settings, now: datetime
) -> Mapping[str, Any]:
    """Return all that is stored about one victim of a case, as plain data.

    A victim may not see suspects, other victims and the case's other rows; nor the desk's notes on
    a case with more than one victim.

    Raises:
        LookupError: when the case has nothing about such a victim.
    """
    case = cases.read_case(number)
    rows = _rows(case)
    ids = _ids(rows, victim)
    entry = AuditEntry(
        at=now, actor=actor, action="victim_exported", case=case.number, victim=victim
    )
    audit.append(entry, settings.retention.audit)
    return {
        "case": case.number,
        "victim": victim,
        "exported_at": now.isoformat(),
        "requests": _requests(case, ids),
        "rows": [dict(row.content) for row in _about(rows, ids)],
        "ledger": [dict(item.content) for item in _told(case, ids)],
        "texts": [
            {"at": t.at.isoformat(), "text": t.text}
            for t in victim_texts.texts_of_victim(case, ids)
        ],
        "looks": [
            {"at": e.at.isoformat(), "actor": e.actor, "action": e.action}
            for name in case.numbers
            for e in audit.of_case(name)
            if e.victim in {"", *ids}
        ],
    }


def _requests(case: Case, ids: set[str]) -> list[dict[str, Any]]:
    """Return what a victim asked for and gave up, in one form, wherever it was said.

    A record about a person whom the victim named has that person's name.
    """
    brought = (from_feed(victim) for victim in case.victims if victim.origin in ids)
    theirs = [e for e in case.enrollments if e.victim in ids]
    named = people_named(case)
    records = joined(*brought, *(e.requests for e in theirs))
    return [asdict(record) | {"person": named.get(record.about, "")} for record in records]


def erase(number: str, victim: str, actor: str, settings: Settings, now: datetime) -> int:
    """Erase one victim's personal data from a case; return how many rows were deleted.

    The record of what was told, when and on which channel stays: it proves that the law was kept,
    and names nobody. What the erased rows count as stays too, so that the dashboard still equals a
    recount. A text that nobody has read and that may ask us to stop stays until somebody closes it.

    Raises:
        LegalHoldError: when the case must be kept.
        LookupError: when the case has nothing about such a victim.
        Conflict: when a row changed meanwhile; asking again erases the rest.
    """
    case = cases.read_case(number)
    if held(case):
        raise LegalHoldError("the case is under a legal hold")
    rows = _rows(case)
    ids = _ids(rows, victim)
    answers = [item for item in _told(case, ids) if item.table == "responses"]
    entry = AuditEntry(at=now, actor=actor, action="victim_erased", case=case.number, victim=victim)
    # While the rows that name the victim's phones still exist.
    count = victim_texts.erase(case, ids, entry, settings.retention.audit)
    # The victim's own row has the ids of the other rows: it is deleted last.
    for item in [*answers, *sorted(_about(rows, ids), key=_is_victim)]:
        name = raw_rows.name_of(item.table)
        if not erased_rows.erase(name, item.key, item.image, settings):
            raw_rows.delete([item])
        count += 1
    for one in hand_off_rows.of_case(case):
        if one.victim in ids and one.due_at:  # `chase` finds no consent, and takes it back
            hand_off_rows.look_at(one, now)
    audit.append(entry, settings.retention.audit)
    return count


def notes_left(number: str) -> int:
    """Return how many of the desk's notes stay on a case: they may be about another victim."""
    return sum(row.text("sk").startswith(NOTE) for row in _rows(cases.read_case(number)))


def _rows(case: Case) -> list[Stored]:
    """Return a case's rows, under each of its numbers."""
    found: list[Stored] = []
    for number in case.numbers:
        found += raw_rows.of_case(number)
    return found


def _ledger(case: Case) -> Iterator[Stored]:
    for number in case.numbers:
        yield from raw_rows.ledger_of(number)


def _owes(case: Case, settings: Settings, now: datetime) -> bool:
    """Whether anything on a case is unfinished: a notice, what a victim asks for, or handed on.

    An agency that has a victim's request goes by it for as long as the consent holds. Without
    the case's rows it would be taken back.
    """
    at = CaseAt(case=case, told=(), guards=UNREAD, settings=settings, now=now)
    if owed_hand_offs(at):
        return True
    if any(notice.state not in OVER for notice in notices.list_notices(case)):
        return True
    if any(text.asks_for and {*case.numbers} & {*text.cases} for text in inbox.replies()):
        return True
    return any(one.is_open for one in hand_off_rows.of_case(case))


def _ids(rows: Sequence[Stored], victim: str) -> set[str]:
    """Return the ids that a victim has, the first one and later ones.

    Raises:
        LookupError: when no row is about such a victim.
    """
    for row in filter(_is_victim, rows):
        own = _id_of(row)
        leads = (r for r in rows if r.text("sk").startswith("VICTIM#"))
        ids = {own, *(_id_of(r) for r in leads if r.text("digest") == ALIAS + own)}
        if victim in ids:
            return ids
    # A victim without a row of their own: erased in part, or never stored.
    if not any(_is_of(row, {victim}) for row in rows):
        raise LookupError("nothing is held about such a victim of this case")
    return {victim}


def _about(rows: Sequence[Stored], ids: set[str]) -> Iterator[Stored]:
    """Yield a victim's own rows, those of their speakers, and what they added.

    The desk's notes name nobody: they are a victim's where the case has no other victim.
    """
    others = any(_is_victim(row) and not _is_of(row, ids) for row in rows)
    for row in rows:
        if _is_of(row, ids) or (row.text("sk").startswith(NOTE) and not others):
            yield row


def _is_of(row: Stored, ids: set[str]) -> bool:
    named = {row.text("origin"), row.text("victim"), _id_of(row)}
    return not _is_alias(row) and row.text("sk").startswith(PERSONAL) and not ids.isdisjoint(named)


def _id_of(row: Stored) -> str:
    return row.text("sk").partition("#")[2]


def _is_victim(row: Stored) -> bool:
    return row.text("sk").startswith("VICTIM#") and not _is_alias(row)


def _is_alias(row: Stored) -> bool:
    """Whether a row only leads from a later id to the first one."""
    return row.text("digest").startswith(ALIAS)


def _told(case: Case, ids: set[str]) -> Iterator[Stored]:
    """Yield a victim's notices, their attempts and survey answers."""
    items = list(_ledger(case))
    theirs = {i.text("pk") for i in items if i.text("victim") in ids}
    yield from (i for i in items if i.text("pk") in theirs)


def _hold(number: str) -> str:
    return f"LEGALHOLD#{number}"


def held(case: Case) -> bool:
    """Whether a case must be kept; a hold on any of its numbers counts."""
    return any(markers.marker(_hold(number)) is not None for number in case.numbers)
