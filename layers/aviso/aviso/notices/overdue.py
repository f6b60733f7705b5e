"""Stuck, waiting, overdue and unconfirmed notices onto their next step (docs/rules.md#5, #6, #7).

Run every minute by a schedule, as of the event's own time. Looks only at notices whose next look
has come (a sparse index), so its cost follows what is open, not what is in the ledger.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from statistics import median

from msgspec.structs import replace

from aviso.domain import people
from aviso.domain.errors import Conflict
from aviso.domain.former_ids import as_now
from aviso.domain.model import (
    Case,
)
from aviso.domain.notice import (
    Notice,
    State,
)
from aviso.domain.notice_states import as_sent, was_told
from aviso.domain.settings import Settings
from aviso.notices import monitoring, receipts, sending
from aviso.notices.planning import LOOK_AGAIN, STUCK
from aviso.runtime import hashing
from aviso.runtime.logs import logger
from aviso.storage import cases, notices, sending_controls

A_SHARD = 200  # notices looked at in one run, each shard; the rest comes a minute later
WAITED_FOR = timedelta(minutes=5)
USUAL_AT_LEAST = 1
CRASHES = 5  # a notice that nobody can send after so many is a person's


def chase(settings: Settings, now: datetime, seconds_left: Callable[[], float]) -> Counter[str]:
    """Look at every notice that is due; return how many took which step, for metrics.

    Args:
        settings: the agency's.
        now: the schedule's own time.
        seconds_left: how long the function may still run; it stops in time, and goes on next run.
    """
    steps: Counter[str] = Counter()
    for notice in notices.due(now, A_SHARD):
        if seconds_left() < 5:
            steps["out_of_time"] += 1
            break
        if monitoring.overdue(notice, now):
            steps["overdue"] += 1
        steps[_step(notice, now)] += 1
    if now.minute == 0:
        _learn_usual(settings, now)
    return steps


def _step(notice: Notice, now: datetime) -> str:
    """Take a notice's next step; one that breaks must not keep the others from theirs."""
    try:
        return STEPS[notice.state](notice, now)
    except Conflict:
        return "overtaken"
    except Exception as error:
        logger.error("chase_failed", extra={"notice": notice.id, "error": type(error).__name__})
        return "failed"


def _planned(notice: Notice, now: datetime) -> str:
    notices.move_due(notice, now + STUCK)
    return "kicked"


def _waiting(notice: Notice, now: datetime) -> str:
    """Wake what waited for a time; what waits for another notice sleeps until that is decided."""
    if notice.waits_for:
        other = notices.read(notice.waits_for)
        open_states = (State.PLANNED, State.WAITING, State.CLAIMED, State.SENT)
        if other and other.state in open_states and not (notice.corrects and was_told(other)):
            notices.move_due(notice, now + WAITED_FOR)
            return "still_waiting"
    notices.move(notice, State.PLANNED, due_at=now + STUCK, only_from=[State.WAITING], waits_for="")
    return "woken"


def _held(notice: Notice, now: datetime) -> str:
    notices.move_due(notice, now + LOOK_AGAIN)
    return "held"


def _claimed(notice: Notice, now: datetime) -> str:
    """Send a crashed hand-over again, unless its receipt shows that it left (docs/rules.md#6)."""
    found = notices.read(notice.id)
    if found is None or found.state is not State.CLAIMED or found.lease_until is None:
        return "overtaken"
    if _is_delivered(found):
        return "recovered"
    since = found.lease_until - sending.LEASE
    sent = [a for a in found.attempts if a.at >= since and a.state is not State.FAILED]
    if sent:
        # Part of the rung is out and recorded; a receipt now decides, as for any sent notice.
        told = as_sent(replace(found, told_at=None), sent[0].at)
        notices.move(found, State.SENT, due_at=now + STUCK, token=found.token, reason="", **told)
        return "recovered"
    if _adopts_a_text(found, since, now):
        return "recovered"
    if found.crashes >= CRASHES:
        notices.move(
            found, State.HELD, due_at=now + LOOK_AGAIN, token=found.token, reason="keeps_failing"
        )
        return "given_up"
    # It may have left: should its fact be withdrawn, a correction is owed (docs/rules.md#10).
    notices.move(
        found,
        State.PLANNED,
        due_at=now + STUCK,
        token=found.token,
        crashes=found.crashes + 1,
        reason="claim_expired",
        **as_sent(found, since),
    )
    return "sent_again"


def _adopts_a_text(notice: Notice, since: datetime, now: datetime) -> bool:
    """Look for the receipt of a text that a crashed hand-over may have sent to this victim."""
    case = cases.read_case(notice.case)
    tried = {a.address_key for a in notice.attempts}
    keys = _phones(case, notice) - tried

    def others(key: str, at: datetime) -> bool:
        return any(_may_be_of(n, key, at) for n in _unmarked(case) if n.id != notice.id)

    return receipts.adopt_orphans(notice, keys, since, now, others)


def _unmarked(case: Case) -> Iterator[Notice]:
    """Yield what may have been handed over unmarked: claimed once on this case, or now on any."""
    yield from (n for n in notices.of(case) if n.lease_until)
    yield from notices.claimed()


def _may_be_of(notice: Notice, key: str, at: datetime) -> bool:
    """Say whether a text to this phone at this time may have been this notice's, unrecorded.

    One that came through on another channel may have left a text as well of which only the receipt
    is known; one whose text to this phone is recorded has its own receipt.
    """
    if notice.lease_until is None:
        return False
    # One that crashed before has a newer claim by now: when its first one was is not known.
    begin = notice.created_at if notice.crashes else notice.lease_until - sending.LEASE
    if not begin <= at <= notice.lease_until:
        return False
    if key not in _phones(cases.read_case(notice.case), notice):
        return False
    if notice.crashes or notice.state is State.CLAIMED:
        return True
    found = notices.read(notice.id)
    return found is not None and key not in {a.address_key for a in found.attempts}


def _phones(case: Case, notice: Notice) -> set[str]:
    """Return the keys of the phones that a notice may go to."""
    (notice,) = as_now(case, [notice])
    return {hashing.address_key(phone) for phone in people.phones_of(case, notice.victim)}


def _is_delivered(notice: Notice) -> bool:
    """Bring a notice to its end whose receipt was recorded when a crash came."""
    delivered = (a for a in notice.attempts if a.state is State.DELIVERED)
    return any(receipts.follow(notice, attempt) for attempt in delivered)


def _sent(notice: Notice, now: datetime) -> str:
    """Call what has no receipt by its deadline unconfirmed, and go to the next channel."""
    found = notices.read(notice.id)
    if found is None or found.state is not State.SENT:
        return "overtaken"
    if _is_delivered(found) or receipts.adopt_late(found, now):
        return "recovered"
    for attempt in found.attempts:
        if attempt.state is State.SENT:
            notices.put_attempt(found.id, replace(attempt, state=State.UNCONFIRMED), attempt)
    unconfirmed = notices.move(found, State.UNCONFIRMED, due_at=now, only_from=[State.SENT])
    _onwards(unconfirmed, now)
    return "unconfirmed"


def _onwards(notice: Notice, now: datetime) -> str:
    notices.move(notice, State.PLANNED, due_at=now + STUCK, only_from=[notice.state])
    return "next_channel"


def _printed(notice: Notice, now: datetime) -> str:
    notices.move_due(notice, now + LOOK_AGAIN)
    return "not_mailed_yet"


def _over(_notice: Notice, _now: datetime) -> str:
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
    """Renew what a usual hour brings, from the hours that brought anything (docs/rules.md#8)."""
    hours = sending_controls.planned_per_hour(now, settings.brake.usual_hours)
    busy = [h for h in hours if any(h)] or [(0, 0)]
    # The median: one mad hour must not make the next one usual.
    sending_controls.set_usual(
        *(max(USUAL_AT_LEAST, int(median(h[i] for h in busy))) for i in (0, 1))
    )
