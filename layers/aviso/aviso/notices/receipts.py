"""What became of a notice: receipts meet their attempts, in any order and twice (docs/rules.md#5).

Run by `record_receipt`, and by `chase` for receipts that came before their attempt was known.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from aviso.domain.errors import Conflict
from aviso.domain.former_ids import as_now
from aviso.domain.model import (
    Case,
    Channel,
)
from aviso.domain.notice import (
    Attempt,
    Notice,
    State,
)
from aviso.domain.notice_states import as_sent, counted, sources
from aviso.domain.routing import LETTER_RETURNED, RETURNED, TOLD_TOGETHER
from aviso.providers.receipts import Outcome, Receipt
from aviso.runtime import hashing
from aviso.runtime.logs import logger
from aviso.storage import cases, notices, suppressions, unmatched_receipts

# An attempt's state after a receipt; what is not named changes nothing.
AFTER = {
    Outcome.SENT: State.SENT,
    Outcome.DELIVERED: State.DELIVERED,
    Outcome.COMPLAINT: State.DELIVERED,
    Outcome.FAILED: State.FAILED,
    Outcome.OPTED_OUT: State.FAILED,
}
# The same receipt again, or an older one after a newer, changes nothing: a bounce may follow a
# delivery, never the other way round.
RANK = {State.SENT: 0, State.UNCONFIRMED: 0, State.DELIVERED: 1, State.FAILED: 2}
OPEN = frozenset({State.SENT, State.DELIVERED, State.PRINTED, State.MAILED})
TOLD_OTHERWISE = "told_otherwise"  # a letter came back, and another message has arrived or may have


def record(receipt: Receipt, now: datetime) -> bool:
    """Bring attempt and notice in line with a receipt.

    Returns:
        False when no attempt is known for it yet: it is kept for `chase`, under its address's key.
    """
    guard(receipt, now)
    after = AFTER.get(receipt.outcome)
    if after is None:
        return True
    notice_id, n = receipt.notice_id, receipt.attempt
    if not notice_id:
        found = notices.by_provider_id(receipt.provider_id)
        if found is None:
            if not unmatched_receipts.is_no_notice(receipt.provider_id):
                _keep(receipt, now)
            return False
        notice_id, n = found
    notice = notices.read(notice_id)
    if notice is None:
        return False
    apply(notice, n, receipt, after, now)
    return True


def guard(receipt: Receipt, now: datetime) -> None:
    """Remember what a receipt says of the address itself, for every case."""
    if not receipt.address:
        return
    key = hashing.address_key(receipt.address)
    if receipt.outcome in (Outcome.OPTED_OUT, Outcome.COMPLAINT):
        # As of the event: one that comes late must not undo a START its owner has sent since.
        suppressions.opt_out(key, receipt.outcome, receipt.at)
    elif receipt.outcome is Outcome.FAILED and receipt.permanent:
        suppressions.bounced(key, receipt.reason, now)


def _keep(receipt: Receipt, now: datetime) -> None:
    if receipt.address:
        data = {
            "channel": receipt.channel.value,
            "outcome": receipt.outcome.value,
            "provider_id": receipt.provider_id,
            "reason": receipt.reason,
            "at": receipt.at.isoformat(),
        }
        unmatched_receipts.put(hashing.address_key(receipt.address), receipt.provider_id, data, now)


def apply(notice: Notice, n: int, receipt: Receipt, after: State, now: datetime) -> None:
    """Set one attempt's state and let the notice follow."""
    before = next((a for a in notice.attempts if a.n == n), None)
    if before is not None and RANK.get(after, 0) <= RANK.get(before.state, 0):
        # Again the same: a crash may have come between the two writes below.
        if after is before.state is State.DELIVERED:
            follow(notice, before)
        elif after is before.state is State.FAILED:
            _fail_unless_open(notice, before, now)
            _taken_back(notice, now)
        return
    attempt = _attempt(before, n, receipt, after)
    logger.info("receipt", extra={"notice": notice.id, "attempt": n, "outcome": receipt.outcome})
    try:
        notices.put_attempt(notice.id, attempt, before)
    except Conflict:  # another receipt, or the hand-over's own mark: decide by what is there now
        found = notices.read(notice.id)
        if found is not None:
            apply(found, n, receipt, after, now)
        return
    attempts = (*(a for a in notice.attempts if a.n != n), attempt)
    notice = replace(notice, attempts=attempts)
    if after is State.DELIVERED:
        follow(notice, attempt, receipt.at)
    elif after is State.FAILED:
        _fail_unless_open(notice, attempt, now)
        if before is not None and before.state is State.DELIVERED:
            _taken_back(notice, now)


def follow(notice: Notice, attempt: Attempt, at: datetime | None = None) -> bool:
    """Bring a notice where its delivered attempt is; return whether it moved.

    What was tried before a person asked for the notice again does not answer that.

    Args:
        notice: with its attempts.
        attempt: the one that was delivered.
        at: when, where a receipt says so.
    """
    if attempt.n not in {a.n for a in counted(notice)}:
        return False
    told = as_sent(notice, at or attempt.at) | _how(notice, attempt)
    return _try(notice, State.DELIVERED, None, reason="", **told) is not None


def _attempt(before: Attempt | None, n: int, receipt: Receipt, after: State) -> Attempt:
    if before is not None:
        return replace(before, state=after, reason=receipt.reason)
    return Attempt(
        n=n,
        channel=receipt.channel,
        address_key=hashing.address_key(receipt.address) if receipt.address else "",
        state=after,
        at=receipt.at,
        provider_id=receipt.provider_id,
        reason=receipt.reason,
    )


def _how(notice: Notice, attempt: Attempt) -> dict[str, str]:
    """Return how a notice was told, as far as a receipt that outran its own mark can know."""
    return {
        "channel": notice.channel or attempt.channel.value,
        "source": notice.source or attempt.source or "unknown",
    }


def _fail_unless_open(notice: Notice, attempt: Attempt, now: datetime) -> None:
    """Move a notice on that reached nobody: the next rung at once (the ladder).

    While it is claimed, whoever claimed it may be handing over the rung's next message: the mark
    decides, or `chase` when the claim expires. Moving it here would send that message twice.
    """
    if any(a.state in OPEN for a in counted(notice)):
        return
    _fail(notice, attempt, now)


def _fail(notice: Notice, attempt: Attempt, now: datetime, **changes: Any) -> None:
    # What was refused before it ever was delivered told nobody; after a delivery it may have, and
    # so may what went before a person asked for the notice again.
    may_have = notice.state is State.DELIVERED or any(a.state in OPEN for a in notice.attempts)
    told: dict[str, Any] = {} if may_have else {"told_at": None}
    resolved = sources(State.FAILED) - {State.CLAIMED}
    changes |= told | {"reason": attempt.reason}
    failed = _try(notice, State.FAILED, now, only_from=resolved, **changes)
    if failed is not None:
        _try(failed, State.PLANNED, now, only_from=[State.FAILED])


def returned(notice_id: str, now: datetime) -> str:
    """Move a notice on whose letter the post brought back: nobody was told by it.

    The next rung is tried; without one the notice is held as `letter_returned`. A person who finds
    another address and releases it has one more letter sent.

    Returns:
        `returned`; `returned_before`, when it was said before; `told_otherwise`, when another
        message of the notice has arrived or may have.

    Raises:
        LookupError: when no letter of this notice was mailed.
        Conflict: when the notice moved on at the same moment; say it again.
    """
    notice = notices.read(notice_id)
    letters = [a for a in notice.attempts if a.channel is Channel.LETTER] if notice else []
    if notice is None or not letters:
        raise LookupError("no letter of this notice was mailed")
    before = letters[-1]
    if notice.state is not State.MAILED:
        if before.reason == RETURNED:
            return "returned_before"
        raise LookupError("no letter of this notice was mailed")
    back = replace(before, state=State.FAILED, reason=RETURNED)
    if back != before:  # else a crash came between this write and the next
        notices.put_attempt(notice.id, back, before)
    attempts = (*(a for a in notice.attempts if a.n != back.n), back)
    notice = replace(notice, attempts=attempts)
    if any(a.state in OPEN for a in counted(notice)):
        return TOLD_OTHERWISE
    # Whoever released it before did not know of this letter.
    overruled = " ".join(w for w in notice.overruled.split() if w != LETTER_RETURNED)
    _fail(notice, back, now, overruled=overruled)
    return RETURNED


def _taken_back(notice: Notice, now: datetime) -> None:
    """Look again at who counted as told by a message that was delivered, and then was not."""
    case = cases.read_case(notice.case)
    if len(case.victims) > 1:
        (notice,) = as_now(case, [notice])
        decide_anew(case, {notice.fact}, now)


def decide_anew(case: Case, facts: Collection[str], now: datetime) -> None:
    """Have it decided anew who was told together with whom, at a phone they share.

    A message that counted for several victims may turn out to have told none of them. Whoever it
    still tells is suppressed once more by the next decision.

    Args:
        case: the case.
        facts: those that the message told.
        now: the time.
    """
    for notice in notices.of(case):
        if notice.fact in facts and notice.reason == TOLD_TOGETHER:
            _try(notice, State.PLANNED, now, only_from=[State.SUPPRESSED], reason="")


def _try(notice: Notice, to: State, due_at: datetime | None, **changes: Any) -> Notice | None:
    """Move a notice unless it stands where the move is illegal: then the attempt alone tells."""
    try:
        return notices.move(notice, to, due_at=due_at, **changes)
    except Conflict:
        return None


def adopt_orphans(
    notice: Notice,
    keys: Iterable[str],
    since: datetime,
    now: datetime,
    others: Callable[[str, datetime], bool],
) -> bool:
    """Match a crashed hand-over with a receipt that came for one of its addresses meanwhile.

    Texts alone; emails carry the notice's id.

    Args:
        notice: claimed by a worker that never marked it.
        keys: of the contacts the hand-over may have gone to.
        since: when it was claimed.
        now: the time of the run.
        others: says whether another crashed hand-over may have caused a receipt for this key and
            time. Then nobody can tell whose it is, and telling twice is better than not at all.
    """
    for key in keys:
        for data in unmatched_receipts.waiting(key):
            receipt = _kept(data, Channel.SMS)
            if notices.by_provider_id(receipt.provider_id):
                record(receipt, now)  # of a text that was marked a moment after its receipt came
                unmatched_receipts.drop(receipt.provider_id)
                continue
            if receipt.at < since:
                continue
            if others(key, receipt.at):
                unmatched_receipts.doubt(receipt.provider_id)
                continue
            n = max((a.n for a in notice.attempts), default=0) + 1
            attempt = _attempt(None, n, receipt, AFTER[receipt.outcome])
            attempt = replace(attempt, address_key=key)
            notices.put_attempt(notice.id, attempt, None)
            unmatched_receipts.drop(receipt.provider_id)
            notice = replace(notice, attempts=(*notice.attempts, attempt))
            if attempt.state is State.DELIVERED:
                return follow(notice, attempt)
            break  # one text a contact
    return False


def adopt_late(notice: Notice, now: datetime) -> bool:
    """Match a sent notice with receipts that came before its attempt could be found by them.

    The index by the provider's id lags the table by moments; a quick receipt may miss it.
    """
    for attempt in notice.attempts:
        if attempt.state is not State.SENT or not attempt.provider_id:
            continue
        data = unmatched_receipts.read(attempt.provider_id)
        if data is not None:
            receipt = _kept(data, attempt.channel)
            apply(notice, attempt.n, receipt, AFTER[receipt.outcome], now)
            unmatched_receipts.drop(attempt.provider_id)
            return True
    return False


def _kept(data: Mapping[str, object], channel: Channel) -> Receipt:
    return Receipt(
        channel=channel,
        outcome=Outcome(str(data["outcome"])),
        provider_id=str(data["provider_id"]),
        at=datetime.fromisoformat(str(data["at"])),
        reason=str(data["reason"]),
    )
