"""Stuck, waiting, overdue and unconfirmed notices onto their next step (rules 5, 6 and 7).

Run every minute by a schedule, as of the event's own time. Looks only at notices whose next look
has come (a sparse index), so its cost follows what is open, not what is in the ledger.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from aviso import addresses, dispatch, notices
from aviso.errors import Conflict
from aviso.models import Channel, Notice, State
from aviso.planning import LOOK_AGAIN, STUCK
from aviso.settings import Settings
from aviso.states import was_told
from aviso.store import cases, guards
from aviso.store import notices as ledger

A_SHARD = 200  # notices looked at in one run, each shard; the rest comes a minute later
WAITED_FOR = timedelta(minutes=5)
USUAL_AT_LEAST = 1


def chase(settings: Settings, now: datetime, seconds_left: Callable[[], float]) -> Counter[str]:
    """Look at every notice that is due; return how many took which step, for metrics.

    Args:
        settings: the agency's.
        now: the schedule's own time.
        seconds_left: how long the function may still run; it stops in time, and goes on next run.
    """
    steps: Counter[str] = Counter()
    for notice in ledger.due(now, A_SHARD):
        if seconds_left() < 5:
            steps["out_of_time"] += 1
            break
        if notice.deadline < now and not was_told(notice):
            steps["overdue"] += 1
        try:
            steps[STEPS[notice.state](notice, now)] += 1
        except Conflict:
            steps["overtaken"] += 1
    if now.minute == 0:
        _learn_usual(settings, now)
    return steps


def _planned(notice: Notice, now: datetime) -> str:
    ledger.move_due(notice, now + STUCK)
    return "kicked"


def _waiting(notice: Notice, now: datetime) -> str:
    """Wake what waited for a time; what waits for another notice sleeps until that is decided."""
    if notice.waits_for:
        other = ledger.read(notice.waits_for)
        open_states = (State.PLANNED, State.WAITING, State.CLAIMED, State.SENT)
        if other and other.state in open_states and not (notice.corrects and was_told(other)):
            ledger.move_due(notice, now + WAITED_FOR)
            return "still_waiting"
    ledger.move(notice, State.PLANNED, due_at=now + STUCK, only_from=[State.WAITING], waits_for="")
    return "woken"


def _held(notice: Notice, now: datetime) -> str:
    ledger.move_due(notice, now + LOOK_AGAIN)
    return "held"


def _claimed(notice: Notice, now: datetime) -> str:
    """Send a crashed hand-over again, unless its receipt shows that it left (rule 6)."""
    found = ledger.read(notice.id)
    if found is None or found.state is not State.CLAIMED or found.lease_until is None:
        return "overtaken"
    since = found.lease_until - dispatch.LEASE
    sent = [a for a in found.attempts if a.at >= since and a.state is not State.FAILED]
    if sent:
        # Part of the rung is out and recorded; a receipt now decides, as for any sent notice.
        ledger.move(
            found, State.SENT, due_at=now + STUCK, token=found.token, told_at=sent[0].at, reason=""
        )
        return "recovered"
    case = cases.read_case(found.case)
    keys = {a: addresses.key(a) for a in dispatch.addresses_of(case) if "@" not in a}
    if notices.adopt_orphans(found, keys, Channel.SMS, since, now):
        return "recovered"
    ledger.move(found, State.PLANNED, due_at=now + STUCK, token=found.token, reason="claim_expired")
    return "sent_again"


def _sent(notice: Notice, now: datetime) -> str:
    """Call what has no receipt by its deadline unconfirmed, and go to the next channel."""
    found = ledger.read(notice.id)
    if found is None or found.state is not State.SENT:
        return "overtaken"
    if notices.adopt_late(found, now):
        return "recovered"
    for attempt in found.attempts:
        if attempt.state is State.SENT:
            ledger.put_attempt(found.id, replace(attempt, state=State.UNCONFIRMED))
    unconfirmed = ledger.move(found, State.UNCONFIRMED, due_at=now, only_from=[State.SENT])
    _onwards(unconfirmed, now)
    return "unconfirmed"


def _onwards(notice: Notice, now: datetime) -> str:
    ledger.move(notice, State.PLANNED, due_at=now + STUCK, only_from=[notice.state])
    return "next_channel"


def _printed(notice: Notice, now: datetime) -> str:
    ledger.move_due(notice, now + LOOK_AGAIN)
    return "not_mailed_yet"


def _over(notice: Notice, now: datetime) -> str:
    return "over"


STEPS: dict[State, Callable[[Notice, datetime], str]] = {
    State.PLANNED: _planned,
    State.WAITING: _waiting,
    State.HELD: _held,
    State.CLAIMED: _claimed,
    State.SENT: _sent,
    State.FAILED: _onwards,
    State.UNCONFIRMED: _onwards,
    State.PRINTED: _printed,
    State.DELIVERED: _over,
    State.SUPPRESSED: _over,
    State.REPLACED: _over,
    State.QUEUED: _over,
    State.MAILED: _over,
}


def _learn_usual(settings: Settings, now: datetime) -> None:
    """Renew what a usual hour brings, from the hours that brought anything (rule 8)."""
    hours = guards.planned_per_hour(now, settings.brake.usual_hours)
    busy = [h for h in hours if any(h)] or [(0, 0)]
    guards.set_usual(*(max(USUAL_AT_LEAST, sum(h[i] for h in busy) // len(busy)) for i in (0, 1)))
