"""Move stuck, waiting, overdue and unconfirmed notices one step on (docs/rules.md#5, #6, #7).

A schedule runs this every minute; `now` is the schedule's own time. It reads only notices that are
due (a sparse index), so its cost depends on the open notices, not on the ledger's size.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from statistics import median

from msgspec.structs import replace

from aviso.domain import people
from aviso.domain.errors import Conflict
from aviso.domain.model import Case
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import STUCK, WATCH_AGAIN, as_sent, was_told
from aviso.domain.reasons import HoldReason, WaitReason
from aviso.domain.settings import Settings
from aviso.notices import monitoring, receipts, sending
from aviso.runtime import hashing
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger
from aviso.storage import cases, notices, sending_controls

A_SHARD = 200  # notices per shard in one run; the rest comes a minute later
WAITED_FOR = timedelta(minutes=5)
USUAL_AT_LEAST = 1
CRASHES = 5  # after this many crashes a person must look at the notice
STILL_CLAIMED = (State.CLAIMED,)  # a receipt may have ended it since it was read


def chase(invocation: Invocation) -> Counter[str]:
    """Move every due notice one step; return how many took which step, for metrics.

    The invocation's clock is the schedule's own time. The run stops in time for the gauges, and the
    next run continues.
    """
    now = invocation.clock()
    steps: Counter[str] = Counter()
    for notice in notices.due(now, A_SHARD):
        if invocation.seconds_left() < monitoring.seconds_needed(now):
            steps["out_of_time"] += 1
            break
        if monitoring.overdue(notice, now):
            steps["overdue"] += 1
        steps[_step(notice, now)] += 1
    if now.minute == 0:
        _learn_usual(invocation.settings, now)
    return steps


def _step(notice: Notice, now: datetime) -> str:
    """Take a notice's next step; an error must not stop the other notices."""
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
    """Plan a notice again, unless the notice it waits for is still open."""
    if notice.waits_for:
        other = notices.read(notice.waits_for)
        open_states = (State.PLANNED, State.WAITING, State.CLAIMED, State.SENT)
        if other and other.state in open_states and not (notice.corrects and was_told(other)):
            notices.move_due(notice, now + WAITED_FOR)
            return "still_waiting"
    notices.move(notice, State.PLANNED, due_at=now + STUCK, only_from=[State.WAITING], waits_for="")
    return "woken"


def _held(notice: Notice, now: datetime) -> str:
    """Look again later; what waits for a plan's hours is planned, as they open now."""
    if notice.reason == HoldReason.OUTSIDE_PLAN:
        return _onwards(notice, now)
    notices.move_due(notice, now + WATCH_AGAIN)
    return "held"


def _still_due(notice: Notice, now: datetime) -> Notice | None:
    """Read a due notice consistently; None when its step is no longer due.

    The index lags, and two runs may overlap: another one may have planned the notice again, and a
    worker may be sending it now, in the same state as before.
    """
    found = notices.read(notice.id)
    if found is None or found.state is not notice.state or not found.due_at or found.due_at > now:
        return None
    return found


def _claimed(notice: Notice, now: datetime) -> str:
    """Send a crashed hand-over again, unless a receipt shows that it was sent (docs/rules.md#6)."""
    found = _still_due(notice, now)
    if found is None or found.lease_until is None:
        return "overtaken"
    since = found.lease_until - sending.LEASE
    # Whether the rest left before the crash is unknown: what arrived of this claim is enough. What
    # an earlier claim sent is judged again by `send`: perhaps only who is not the victim has it.
    found = replace(found, rest_to_come=False)
    made = tuple(a for a in found.attempts if a.at >= since)
    if _is_delivered(replace(found, attempts=made)):
        return "recovered"
    sent = [a for a in made if a.state is not State.FAILED]
    if sent:
        # Part of the rung was sent and recorded; a receipt now decides, as for any sent notice.
        told = as_sent(replace(found, told_at=None), sent[0].at)
        told |= {"reason": "", "crashes": found.crashes + 1, "rest_to_come": None}
        notices.move(
            found,
            State.SENT,
            due_at=now + STUCK,
            token=found.token,
            only_from=STILL_CLAIMED,
            **told,
        )
        return "recovered"
    if _adopts_a_text(found, since, now):
        return "recovered"
    if found.crashes >= CRASHES:
        notices.move(
            found,
            State.HELD,
            due_at=now + WATCH_AGAIN,
            token=found.token,
            only_from=STILL_CLAIMED,
            reason=HoldReason.KEEPS_FAILING,
        )
        return "given_up"
    # It may have been sent: if its fact is withdrawn, a correction is owed (docs/rules.md#10).
    changes = as_sent(found, since) | {
        "crashes": found.crashes + 1,
        "reason": WaitReason.CLAIM_EXPIRED,
    }
    notices.move(
        found,
        State.PLANNED,
        due_at=now + STUCK,
        token=found.token,
        only_from=STILL_CLAIMED,
        **changes,
    )
    return "sent_again"


def _adopts_a_text(notice: Notice, since: datetime, now: datetime) -> bool:
    """Whether a receipt matches a text that a crashed hand-over may have sent to this victim."""
    case = cases.read_case(notice.case)
    tried = {a.address_key for a in notice.attempts}
    keys = _phones(case, notice) - tried

    def others(key: str, at: datetime) -> bool:
        return any(_may_be_of(n, key, at) for n in _unmarked(case) if n.id != notice.id)

    return receipts.adopt_orphans(notice, keys, since, now, others)


def _unmarked(case: Case) -> Iterator[Notice]:
    """Yield notices that may have sent unrecorded: claimed once on this case, or now on any."""
    yield from (n for n in notices.list_notices(case) if n.lease_until)
    yield from notices.claimed()


def _may_be_of(notice: Notice, key: str, at: datetime) -> bool:
    """Whether this notice may have sent an unrecorded text to this phone at this time.

    A notice that was delivered on another channel may also have sent a text of which only the
    receipt is known. If its text to this phone is recorded, that text has its own receipt.
    """
    if notice.lease_until is None:
        return False
    # A notice that crashed before has a newer claim now; the time of its first claim is unknown.
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
    return {hashing.address_key(phone) for phone in people.phones_of(case, notice.victim)}


def _is_delivered(notice: Notice) -> bool:
    """Whether a recorded receipt ends the notice as delivered; it was recorded before a crash."""
    delivered = (a for a in notice.attempts if a.state is State.DELIVERED)
    return any(receipts.follow(notice, attempt) for attempt in delivered)


def _sent(notice: Notice, now: datetime) -> str:
    """Mark a notice without a receipt by its deadline as unconfirmed, and use the next channel."""
    found = _still_due(notice, now)
    if found is None:
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
    notices.move_due(notice, now + WATCH_AGAIN)
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
    """Compute a usual hour's numbers from the hours that had any notices (docs/rules.md#8)."""
    hours = sending_controls.hour_counts(now, settings.brake.usual_hours)
    busy = [h for h in hours if any(h)] or [(0, 0, 0)]
    # The median: one extreme hour must not make the next one look usual.
    sending_controls.set_usual(
        *(max(USUAL_AT_LEAST, int(median(h[i] for h in busy))) for i in range(3))
    )
