"""Decide which notices a case owes, to whom, and by when (docs/rules.md#1, #4, #9, #10, #16).

Pure functions. `owed` reads the whole case and the notices its victims already have, and returns
duties. A duty's id is the same after redelivery, reordering, replay and late arrival of rows.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from aviso.domain import contact_plans, request_history
from aviso.domain.case_at import CaseAt, once
from aviso.domain.fact_keys import WAIVED, FactKey, arrest_name, quoted
from aviso.domain.facts import Fact
from aviso.domain.model import Case, Kind, Trait, Victim
from aviso.domain.notice import Duty, Notice
from aviso.domain.notice_states import never_told, was_told
from aviso.domain.reasons import Unsettled
from aviso.domain.requests import Right, Rights
from aviso.domain.settings import KindSettings, Settings
from aviso.domain.standing import is_public
from aviso.domain.survey_rules import closes_at, may_be_asked
from aviso.domain.unheard_changes import unheard

# The kinds whose fact is one column of the case row.
OF_COLUMN = frozenset(kind for kind in Kind if kind.fact)
CASE_PHASE_KINDS = frozenset({Kind.CASE_CLOSED, Kind.CASE_REOPENED, Kind.STATUS_CHANGED})


def duty_id(case: str, fact: str, kind: Kind, victim: str) -> str:
    """Return a duty's stable id; addresses, channels and versions are not part of it."""
    digest = hashlib.sha256("|".join((quoted(case), fact, kind, quoted(victim))).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:26]


def _id(at: CaseAt, fact: str, kind: Kind, victim: str) -> str:
    """Return a duty's id, or the id of the notice that already told the same fact.

    A case that has two numbers may have one notice under each: what one of them told counts.
    """
    lasting = duty_id(at.case.origin, fact, kind, victim)
    same = [n for n in at.told if (n.fact, n.kind, n.victim) == (fact, kind, victim)]
    best = max(same, key=lambda n: (was_told(n), not never_told(n), n.id == lasting), default=None)
    return best.id if best else lasting


@once
def owed(at: CaseAt) -> tuple[Duty, ...]:
    """Return every duty a case owes, including those already in the ledger.

    The moment decides whether an incomplete case has waited long enough for a person, whether an
    arrest has waited for a victim, whether a fact is past its kind's age limit, and whether a
    survey may still be asked. The guards decide nothing here.
    """
    report = at.case.report
    if report and (report.alias_of or report.removed):
        return ()
    duties = [duty for fact in at.facts for duty in _duties(at, fact)]
    return (*duties, *_by_calendar(at), *_corrections(at), *_surveys(at))


def _duties(at: CaseAt, fact: Fact) -> Iterator[Duty]:
    case, settings = at.case, at.settings
    if not _counts(fact, settings.kinds[fact.kind], settings):
        return
    why = unsettled(at, fact)
    if why and at.now - fact.first_seen < settings.settle:
        return
    if not case.victims and (why or _told_nobody(at, fact)):
        # No victim is known yet: a person finds out why the other rows never came.
        yield _duty(at, fact, fact.kind, None, why)
    known = {n.id for n in at.told}
    for victim in case.victims:
        if not _concerns(case, fact, victim):
            continue
        if fact.kind is Kind.STILL_OPEN and not case.enrollment_of(victim.origin).active_contacts:
            continue
        kind = _phase(fact, victim, at.told)
        if settings.kinds[kind].on and _wants(at, victim, settings.kinds[kind]):
            duty = _duty(at, fact, kind, victim, why)
            if duty.id in known or not _is_too_old(at, duty):
                yield duty


def _concerns(case: Case, fact: Fact, victim: Victim) -> bool:
    """Whether a fact is a victim's own, or all victims'; the public hears of its own changes."""
    if is_public(case, victim):
        return fact.victim == victim.origin and fact.kind is Kind.CONTACT_CHANGED
    return fact.victim in ("", victim.origin)


def _is_too_old(at: CaseAt, duty: Duty) -> bool:
    """Whether a fact is news no more: a kind switched on today must not announce months-old ones.

    A change never is: it may have silenced the victim, and nobody else would ask. `route` holds it.
    """
    age = at.now - duty.first_seen
    return duty.kind is not Kind.CONTACT_CHANGED and age > at.settings.kinds[duty.kind].age_limit


def _by_calendar(at: CaseAt) -> Iterator[Duty]:
    """Yield "nothing has changed", which half a case does not owe, and what a plan asks for."""
    fact = still_open(at)
    if fact and at.case.victims and not unsettled(at, fact):
        yield from _duties(at, fact)
    for victim, key in contact_plans.tasks(at):
        kind = Kind.ENROLLMENT_CONFIRMED
        task = Fact(key=key, kind=kind, at=at.now, first_seen=at.now)
        yield _duty(at, task, kind, at.case.victim(victim), None)


def _told_nobody(at: CaseAt, fact: Fact) -> bool:
    """Whether an arrest has waited long enough for a victim and nobody was told of it."""
    waited = at.now - fact.first_seen >= at.settings.settle
    heard = any(n.fact == fact.key and was_told(n) for n in at.told)
    return fact.kind is Kind.ARREST and waited and not heard


def _counts(fact: Fact, kind: KindSettings, settings: Settings) -> bool:
    """Whether a fact is recent enough to be announced; old facts are not (docs/rules.md#9)."""
    since = max(settings.agency.go_live, kind.since or settings.agency.go_live)
    return (
        kind.on
        and fact.at >= settings.agency.go_live
        and fact.first_seen >= since
        and fact.first_seen - fact.at <= kind.age_limit
    )


def unsettled(at: CaseAt, fact: Fact) -> Unsettled | None:
    """Return why a case is incomplete for a fact, or None (docs/rules.md#4)."""
    case = at.case
    if case.report is None:
        return Unsettled.NO_REPORT
    if at.settings.offense_group(case.report.offense) is None:
        return Unsettled.UNKNOWN_OFFENSE
    if fact.arrest and fact.arrest.suspect not in {s.id for s in case.suspects}:
        return Unsettled.SUSPECT_MISSING
    return Unsettled.DATE_UNREADABLE if fact.undated else None


def _wants(at: CaseAt, victim: Victim, kind: KindSettings) -> bool:
    """Whether a victim's answer allows this kind; a waiver counts once its change was heard.

    Until then perhaps somebody else waived (docs/rules.md#27).
    """
    case = at.case
    is_open = unheard(at, victim, (WAIVED,))
    if wants(case, victim, kind) or not is_open:
        return wants(case, victim, kind)
    news = {r.answer for r in request_history.records(case, victim) if r.right is Right.NEWS}
    return kind.told != "if_requested" or Rights.REQUESTED in news


def wants(case: Case, victim: Victim, kind: KindSettings) -> bool:
    """Whether a victim's answer allows this kind; silence is not a waiver (docs/rules.md#16)."""
    answer = rights(case, victim)
    if kind.told == "if_requested":
        return answer is Rights.REQUESTED
    return kind.told == "always" or answer is not Rights.WAIVED


def rights(case: Case, victim: Victim) -> Rights:
    """Return a victim's answer: the portal's or the desk's, or else the feed's."""
    return request_history.latest_answer(case, victim, Right.NEWS)


def _phase(fact: Fact, victim: Victim, told: Sequence[Notice]) -> Kind:
    """Return the kind of a status change: a reopening if the victim was last told of a closing.

    A notice that exists keeps its kind.
    """
    if fact.kind is not Kind.STATUS_CHANGED:
        return fact.kind
    theirs = [n for n in told if n.victim == victim.origin and n.kind in CASE_PHASE_KINDS]
    for notice in theirs:
        if notice.fact == fact.key and notice.kind is not Kind.CASE_CLOSED:
            return notice.kind
    before = [n for n in theirs if was_told(n) and n.fact_at <= fact.at]
    last = max(before, key=lambda n: (n.fact_at, n.created_at), default=None)
    return Kind.CASE_REOPENED if last and last.kind is Kind.CASE_CLOSED else Kind.STATUS_CHANGED


def _duty(at: CaseAt, fact: Fact, kind: Kind, victim: Victim | None, why: Unsettled | None) -> Duty:
    """Return the duty to tell a victim, or, without a victim, to have a person look."""
    origin, since = (victim.origin, victim.first_seen) if victim else ("", None)
    seen = max(fact.first_seen, since or fact.first_seen)
    return Duty(
        id=_id(at, fact.key, kind, origin),
        case=at.case.origin,
        victim=origin,
        kind=kind,
        fact=fact.key,
        fact_at=fact.at,
        first_seen=seen,
        deadline=seen + at.settings.kinds[kind].deadline,
        unsettled=why,
    )


def _corrections(at: CaseAt) -> Iterator[Duty]:
    """Yield a correction to each victim who may have been told a withdrawn fact.

    See docs/rules.md#10.
    """
    case, told = at.case, at.told
    if not at.settings.kinds[Kind.CORRECTION].on:
        return
    if case.report:
        since = case.report.row_time or case.report.export_time
        unsaid = unsaid_kinds(at)
        for original in told:
            open_or_told = original.victim and not never_told(original)
            if since and open_or_told and original.kind in unsaid and _from_column(original):
                yield _correction(at, original.fact, original, since)
    for arrest in case.arrests:
        # An arrest that was reinstated has one withdrawal for each time it was taken back.
        for life in range(arrest.withdrawals):
            key = FactKey(f"arrest:{arrest_name(arrest, life)}")
            for original in _told_of(key, told).values():
                since = arrest.withdrawn_at or original.created_at
                yield _correction(at, key, original, since)


def _correction(at: CaseAt, fact: FactKey, original: Notice, since: datetime) -> Duty:
    return Duty(
        id=_id(at, fact, Kind.CORRECTION, original.victim),
        case=at.case.origin,
        victim=original.victim,
        kind=Kind.CORRECTION,
        fact=fact,
        fact_at=since,
        first_seen=since,
        deadline=since + at.settings.kinds[Kind.CORRECTION].deadline,
        corrects=original.id,
    )


@once
def unsaid_kinds(at: CaseAt) -> frozenset[Kind]:
    """Return the kinds whose column of the case row is now empty: their fact is withdrawn.

    A different date or name is not a withdrawal: it replaces the former one and is announced
    itself. A fact that has ended is not withdrawn either: a closed case has no detective, and a
    warrant that led to an arrest is served.
    """
    report = at.case.report
    if report is None:
        return frozenset()
    status = at.settings.statuses.get(report.status)
    if status and status.closed:
        return frozenset()
    said = {fact.kind for fact in at.facts}
    if Kind.ARREST in said:
        said.add(Kind.WARRANT)
    return OF_COLUMN - said


def _from_column(notice: Notice) -> bool:
    """Whether a notice's fact came from a column of the case row, not from a status."""
    return notice.fact.kind == notice.kind.fact


def _surveys(at: CaseAt) -> Iterator[Duty]:
    """Yield the surveys in the ledger that may still be asked; `surveys` enters them, one by one.

    When to ask depends on the person's other cases, so it is not decided here. Whether a
    restriction, a death or the survey's closing date ends the asking is decided here.
    """
    case, settings = at.case, at.settings
    kind = settings.kinds[Kind.SURVEY]
    for notice in at.told:
        if notice.kind is not Kind.SURVEY or not kind.on:
            continue
        victim = case.victim(notice.victim)
        if victim is None or at.now >= closes_at(notice.fact_at, settings):
            continue
        if may_be_asked(at, victim) and wants(case, victim, kind):
            yield Duty(
                id=notice.id,
                case=case.origin,
                victim=victim.origin,
                kind=Kind.SURVEY,
                fact=notice.fact,
                fact_at=notice.fact_at,
                first_seen=notice.first_seen,
                deadline=notice.deadline,
            )


def _told_of(arrest: FactKey, told: Sequence[Notice]) -> dict[str, Notice]:
    """Return the notice to correct for each victim: the arrest's, or else its hearing's."""
    found: dict[str, Notice] = {}
    for notice in told:
        if notice.kind is Kind.CORRECTION or never_told(notice) or not notice.victim:
            continue
        if notice.fact == arrest:
            found[notice.victim] = notice
        elif notice.fact.kind == "appearance" and notice.fact.name == arrest.name:
            found.setdefault(notice.victim, notice)
    return found


class Standing(StrEnum):
    """What a case, as it is now, says about a notice in the ledger."""

    OWED = "owed"
    HALF = "half"  # the case is incomplete: neither owed nor withdrawn (docs/rules.md#4)
    WITHDRAWN = "withdrawn"  # the fact was taken back
    REMOVED = "removed"  # the records system deleted or sealed the case: nobody is told more
    GONE = "gone"  # replaced by a later fact, or the victim is no longer on the case


def standing(at: CaseAt, notice: Notice) -> Standing:
    """Compare a notice with the duties of the case now."""
    case = at.case
    if case.report and case.report.removed:
        return Standing.REMOVED
    if any(duty.id == notice.id for duty in owed(at)):
        return Standing.OWED
    about = [a for a in case.arrests if a.origin == notice.fact.subject]
    fact = Fact(
        key=notice.fact,
        kind=notice.kind,
        at=notice.fact_at,
        first_seen=notice.first_seen,
        arrest=next((a for a in about if not a.withdrawn_at), None),
        undated=any(f.undated for f in at.facts if f.key == notice.fact),
    )
    waits = notice.victim or not case.victims  # victims who came have notices of their own
    if waits and unsettled(at, fact):
        return Standing.HALF
    if notice.kind is not Kind.CORRECTION and any(a.withdrawals for a in about):
        return Standing.WITHDRAWN
    if notice.kind in unsaid_kinds(at) and _from_column(notice):
        return Standing.WITHDRAWN
    return Standing.GONE


def still_open(at: CaseAt) -> Fact | None:
    """Return that a case has been without a change for one of the agency's numbers of days.

    The longest number that has passed counts. None for a case that is closed, whose status the
    settings do not know, or that went to a court or a prosecutor. A correction is a change too.
    """
    report, settings = at.case.report, at.settings
    status = settings.statuses.get(report.status) if report else None
    if report is None or status is None or status.closed:
        return None
    if any(Trait.ELSEWHERE in fact.kind.traits for fact in at.facts):
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
