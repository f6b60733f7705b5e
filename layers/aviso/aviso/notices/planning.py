"""Enter what a case owes in the ledger, and stop what it no longer owes.

`plan_notices` runs this on every change of a case, and `reconcile` for changes it missed. Both call
`plan`; a second call changes nothing (docs/rules.md#1, #2, #10, #12).
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Unpack

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt, once
from aviso.domain.contact_plans import plan_for
from aviso.domain.duties import Standing, owed, standing
from aviso.domain.errors import Conflict
from aviso.domain.fact_keys import DOUBT, OF_PLAN
from aviso.domain.model import Case, Kind
from aviso.domain.notice import Changes, Duty, Notice, State
from aviso.domain.notice_states import NOBODY_TOLD, STUCK, UNSENT, WATCH_AGAIN, never_told, was_told
from aviso.domain.officers_word import ended_by_word, is_denied, is_taken_back, told_by_officer
from aviso.domain.reasons import (
    SOLVED_BY_CHANGE,
    SUPERVISORS,
    UNSETTLED,
    HoldReason,
    Reason,
    Restriction,
    StopReason,
    WaitReason,
    restricts,
)
from aviso.domain.report_dimensions import stamp_of
from aviso.domain.restriction import to_record
from aviso.domain.settings import Settings
from aviso.domain.victim_holds import dangers
from aviso.notices import agency_emails, brake, resting_plans
from aviso.notices.case_reads import unguarded
from aviso.runtime.logs import logger, row_id
from aviso.storage import cases, notices
from aviso.storage.notice_items import NewNotice

# Held for a person's own decision, which no word of the records system takes.
A_PERSONS = SUPERVISORS | {HoldReason.PERHAPS_TOLD, HoldReason.DESK}
# Nothing else looks soon at a notice in one of these states: an officer's word ends it.
RESTS = frozenset({State.HELD, State.QUEUED})
# Stopped by what the feed said: if it says the opposite, they are owed again.
OWED_NO_MORE = frozenset({StopReason.NO_LONGER_OWED, StopReason.CASE_REMOVED})


def plan(number: str, settings: Settings, now: datetime) -> int:
    """Bring the ledger in line with a case; return how many notices of news and hand-offs are new.

    Args:
        number: any number the case has or had.
    """
    return plan_case(unguarded(cases.read_case(number), settings, now))


def plan_case(
    at: CaseAt,
    *,
    still_open: bool = False,
    stays: Callable[[Notice, CaseAt], bool] = lambda *_: False,
) -> int:
    """Do what `plan` does with a case that was just read, and its notices.

    Args:
        still_open: whether "nothing has changed" may be entered. It comes by the calendar, so it is
            not among the notices returned, and does not count for the brake.
        stays: whether a held notice needs a person as before, asked only for `SOLVED_BY_CHANGE`. By
            default the case has just changed, so each of these is planned again.
    """
    remember_restriction(at.case, at.settings)
    resting_plans.after_a_change(at)
    if _takes_back(at):
        # Another run may have entered news of a change that came after this case was read.
        at = replace(at, case=cases.read_case(at.case.number))
    fresh = [
        d
        for d in owed(at)
        if d.id not in _known(at) and (still_open or d.kind is not Kind.STILL_OPEN)
    ]
    inserted = [d for d in fresh if _enter(at, d)]
    if inserted:
        logger.info("entered", extra={"notices": {d.id: _stated_by(at.case, d) for d in inserted}})
    # No row of the feed states "nothing has changed": it does not count for the brake.
    news = [d for d in inserted if d.kind is not Kind.STILL_OPEN]
    _count(at, news)
    _mark(at)
    _stop(at, stays)
    _resolve_corrections(at)
    return len(news) + agency_emails.plan(at)


def _count(at: CaseAt, news: Sequence[Duty]) -> None:
    """Count for the brake what the feed caused: news, and what an officer's word ends or ended."""
    caused = [d for d in news if not brake.caused_by_visitor(at.case, d)]
    words = sum(told_by_officer(at, d) is not None for d in news)
    rest = [n for n in at.told if n.state in RESTS and n.id in _settled(at)]
    words += sum(_officer_told(at, n) for n in rest)
    words += sum(is_taken_back(at, n) and _owed_again(at, n) for n in at.told)
    brake.count(caused, words, at.settings, at.now)


@once
def _known(at: CaseAt) -> dict[str, Notice]:
    """Return the notices by id."""
    return {notice.id: notice for notice in at.told}


@once
def _settled(at: CaseAt) -> set[str]:
    """Return the ids of what is owed and needs nothing more of the case."""
    return {duty.id for duty in owed(at) if not duty.unsettled}


def _takes_back(at: CaseAt) -> bool:
    """Whether a case as it was read stops or corrects a notice."""
    known, unsent = _known(at), [n for n in at.told if n.state in UNSENT]
    return any(d.corrects and d.id not in known for d in owed(at)) or any(
        standing(at, n) not in (Standing.OWED, Standing.HALF) for n in unsent
    )


def _stated_by(case: Case, duty: Duty) -> str:
    """Return the id of the feed row that states a duty's fact, as `import_feed` logged it.

    This is not always the row whose change started the planning: which row that is depends on
    chance.
    """
    arrest = next((a for a in case.arrests if a.origin == duty.fact.subject), None)
    row = arrest or case.report
    return row_id(row.digest) if row else ""


def remember_restriction(case: Case, settings: Settings) -> None:
    """Record a restriction: only a person lifts it, not a later feed row (docs/rules.md#12)."""
    if why := to_record(case, settings):
        with suppress(Conflict):  # another's change has the case planned again
            cases.mark_restricted(case.number, why)


def _enter(at: CaseAt, duty: Duty) -> bool:
    """Insert a duty in its first state."""
    state, original = State.PLANNED, _known(at).get(duty.corrects)
    reason: Reason = ""
    if duty.unsettled or not duty.victim:
        state = State.HELD
        reason = duty.unsettled.hold if duty.unsettled else HoldReason.NOBODY_TO_TELL
    elif original and not was_told(original):
        state, reason = State.WAITING, WaitReason.ORIGINAL_OPEN
    elif duty.kind in at.only_on_page and not _goes_by_plan(at, duty):
        state, reason = State.SUPPRESSED, StopReason.ONLY_ON_PAGE
    new = NewNotice(
        duty=duty,
        state=state,
        due_at=at.now + (WATCH_AGAIN if state is State.HELD else STUCK),
        created_at=at.now,
        reason=reason,
        stamp=stamp_of(at.case, duty.victim, at.settings),
        restricted=bool(at.restriction),
        unsafe=_is_unsafe(at, duty.victim),
    )
    return notices.insert(new)


def _mark(at: CaseAt) -> None:
    """Record what the desk's lists go by on held notices, which may be held for another reason."""
    restricted = bool(at.restriction)
    for notice in at.told:
        unsafe = _is_unsafe(at, notice.victim)
        marked = (notice.restricted, notice.unsafe) == (restricted, unsafe)
        if notice.state is State.HELD and not marked:
            notices.mark_held(notice, restricted=restricted, unsafe=unsafe)


def _is_unsafe(at: CaseAt, victim: str) -> bool:
    """Whether somebody else may hear what a victim is told."""
    found = at.case.victim(victim)
    return found is not None and bool(dangers(at, found))


def _stop(at: CaseAt, stays: Callable[[Notice, CaseAt], bool]) -> None:
    """Stop withdrawn and overtaken notices, hold restricted ones, plan settled ones again."""
    now, why = at.now, at.restriction
    for notice in at.told:
        if notice.state is State.SUPPRESSED and _owed_again(at, notice):
            _owe_again(at, notice)
        if notice.state not in UNSENT:
            continue
        if end := _end_of(at, notice):
            _try(notice, end[0], None, reason=end[1])
        elif why and _goes_by_itself_no_more(at, notice, why):
            _try(notice, State.HELD, now + WATCH_AGAIN, reason=why.hold, restricted=True)
        elif notice.id in _settled(at) and _may_be_solved(at, notice, stays):
            # Kept: while a switch is on, `route` lets the notice stay a person's task.
            _try(notice, State.PLANNED, now + STUCK, reason="", held_for=notice.reason)


def _end_of(at: CaseAt, notice: Notice) -> tuple[State, StopReason] | None:
    """Return how a notice ends of which nobody is told: one that was perhaps told is a person's."""
    stands, why = standing(at, notice), at.restriction
    if stands is Standing.REMOVED:
        return State.SUPPRESSED, StopReason.CASE_REMOVED
    if stands is Standing.WITHDRAWN and notice.reason != HoldReason.PERHAPS_TOLD:
        return State.REPLACED, StopReason.WITHDRAWN
    if stands is Standing.GONE and not notice.corrects:
        return State.SUPPRESSED, StopReason.NO_LONGER_OWED
    if why and notice.kind in at.only_on_page and _goes_by_itself_no_more(at, notice, why):
        return State.SUPPRESSED, StopReason.ONLY_ON_PAGE
    return None


def _goes_by_itself_no_more(at: CaseAt, notice: Notice, why: Restriction) -> bool:
    """Whether what was not sent before its case became restricted is a person's or the page's.

    Not if a message of its rung has told somebody: `send` then ends the notice without the rest, or
    holds it if that message failed meanwhile.
    """
    told = (notice.rest_to_come and notice.told_at is not None) or _officer_told(at, notice)
    goes = told or why.hold in notice.overruled or _goes_by_plan(at, notice)
    return notice.state is not State.HELD and not goes


def _goes_by_plan(at: CaseAt, news: Duty | Notice) -> bool:
    """Whether a plan lets a notice of a restricted case go by itself, or asks about the plan."""
    victim = at.case.victim(news.victim)
    of_plan = news.fact.kind in OF_PLAN
    return of_plan or (victim is not None and plan_for(at, victim, news) is not None)


def _may_be_solved(at: CaseAt, notice: Notice, stays: Callable[[Notice, CaseAt], bool]) -> bool:
    """Whether a notice is held and may not need a person any more."""
    if notice.state in RESTS and _officer_told(at, notice):
        return True
    if notice.state is not State.HELD:
        return False
    if restricts(notice.reason):
        return not at.restriction or _goes_by_plan(at, notice)
    if notice.reason.startswith(UNSETTLED):
        return True
    if notice.kind is Kind.CONTACT_CHANGED and notice.reason == HoldReason.CHANGE_UNHEARD:
        return False  # only a person ends it
    return notice.reason in SOLVED_BY_CHANGE and not stays(notice, at)


def _officer_told(at: CaseAt, notice: Notice) -> bool:
    """Whether `route` ends a notice of which an officer has told the victim already."""
    return notice.reason not in A_PERSONS and told_by_officer(at, notice) is not None


def _owed_again(at: CaseAt, notice: Notice) -> bool:
    """Whether a notice that was stopped before anybody was told is owed again, and is still news.

    The same holds for one that an officer told, if the victim denies it or the file takes it back.

    Examples: a victim was off the case for one night; a waiver was taken back; a case was sealed by
    mistake. The duty has the same id, so the stopped notice is planned again. What a supervisor is
    asked is asked again at any age.
    """
    news = at.now - notice.first_seen <= at.settings.kinds[notice.kind].age_limit
    stopped = never_told(notice) and notice.reason in OWED_NO_MORE
    again = (stopped or is_taken_back(at, notice)) and (news or notice.fact.kind == DOUBT)
    return notice.id in _settled(at) and (again or is_denied(at, notice))


def _owe_again(at: CaseAt, notice: Notice) -> None:
    """Plan a stopped notice again: what an officer's word had ended, as if asked for again.

    So it has its time, and no row's word ends it a second time.
    """
    due = at.now + STUCK
    if ended_by_word(notice):
        again = at.now + at.settings.kinds[notice.kind].deadline
        _try(notice, State.PLANNED, due, reason="", resent_at=at.now, deadline=again, **NOBODY_TOLD)
    else:
        _try(notice, State.PLANNED, due, reason="")


def _resolve_corrections(at: CaseAt) -> None:
    """Plan a correction, or suppress it as never told, once its original is decided.

    See docs/rules.md#10.
    """
    corrects = any(duty.corrects for duty in owed(at))
    current = notices.list_notices(at.case) if corrects else list(at.told)
    by_id = {n.id: n for n in current}
    for notice in current:
        if not notice.corrects or notice.state is not State.WAITING:
            continue
        original = by_id.get(notice.corrects)
        if original is None or never_told(original):
            _try(notice, State.SUPPRESSED, None, reason=StopReason.NEVER_TOLD)
        elif was_told(original):
            _try(notice, State.PLANNED, at.now + STUCK, reason="", waits_for="")


def _try(notice: Notice, to: State, due_at: datetime | None, **changes: Unpack[Changes]) -> None:
    """Move a notice unless another writer moved it first: then that move counts."""
    try:
        notices.move(notice, to, due_at=due_at, only_from=[notice.state], **changes)
    except Conflict:
        return
