"""Match receipts with their attempts, in any order and even twice (docs/rules.md#5).

`record_receipt` runs this, and `chase` for receipts that came before their attempt was known.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from typing import Unpack

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt
from aviso.domain.errors import Conflict
from aviso.domain.guards import UNREAD
from aviso.domain.hand_offs import EMAIL, untold
from aviso.domain.model import Case, Channel, Kind
from aviso.domain.notice import Attempt, Changes, Notice, State
from aviso.domain.notice_states import (
    RETURNED,
    as_sent,
    counted,
    next_attempt,
    sources,
    told_nobody,
)
from aviso.domain.reasons import (
    RESTRICTED,
    UNSAFE,
    WHO_IS_TOLD,
    FailureCode,
    HoldReason,
    StopReason,
)
from aviso.domain.settings import Settings
from aviso.domain.speakers import went_to_victim
from aviso.domain.timing import COMING
from aviso.providers.receipts import Outcome, Receipt
from aviso.runtime import hashing
from aviso.runtime.logs import logger
from aviso.storage import cases, hand_off_rows, notices, suppressions, unmatched_receipts

# An attempt's state after a receipt; other outcomes change nothing.
AFTER = {
    Outcome.SENT: State.SENT,
    Outcome.DELIVERED: State.DELIVERED,
    Outcome.COMPLAINT: State.DELIVERED,
    Outcome.FAILED: State.FAILED,
    Outcome.OPTED_OUT: State.FAILED,
}
# A repeated or older receipt changes nothing: a bounce may follow a delivery, never the reverse.
# Stopped since nobody else is sent it: what had left may still arrive. Any other stop stays.
NO_MORE_SENT = frozenset({StopReason.NO_OTHER_CONTACT, StopReason.ONLY_ON_PAGE})
RANK = {State.SENT: 0, State.UNCONFIRMED: 0, State.DELIVERED: 1, State.FAILED: 2}
OPEN = frozenset({State.SENT, State.DELIVERED, State.PRINTED, State.MAILED})
TOLD_OTHERWISE = "told_otherwise"  # a letter came back; another message arrived or may have


def record(receipt: Receipt, now: datetime) -> bool:
    """Update attempt and notice from a receipt.

    Returns:
        False when no attempt is known for it yet, or its notice is gone. A receipt without an
            attempt is kept for `chase`, under the key of its address.
    """
    guard(receipt, now)
    after = AFTER.get(receipt.outcome)
    if after is None:
        return True
    notice_id, n = receipt.notice_id, receipt.attempt
    if notice_id.startswith(EMAIL):
        if after is State.FAILED:
            _agency_untold(notice_id, now)
        return True
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


def _agency_untold(email: str, now: datetime) -> None:
    """Give a person each request that an email to another agency told of: it did not arrive."""
    for one in hand_off_rows.told_in(email):
        hand_off_rows.write(one, untold(one, now))
    hand_off_rows.forget_email(email)


def guard(receipt: Receipt, now: datetime) -> None:
    """Store what a receipt says about the address itself, for every case."""
    if not receipt.address:
        return
    key = hashing.address_key(receipt.address)
    if receipt.outcome in (Outcome.OPTED_OUT, Outcome.COMPLAINT):
        # At the event's time: a late event must not undo a START sent since.
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
    """Set one attempt's state and update the notice."""
    before = next((a for a in notice.attempts if a.n == n), None)
    if before is not None and RANK.get(after, 0) <= RANK.get(before.state, 0):
        # The same receipt again: a crash may have come between the two writes below.
        if after is before.state is State.DELIVERED:
            follow(notice, before)
        elif after is before.state is State.FAILED:
            _fail_unless_open(notice, before, now)
            _taken_back(notice, now)
        return
    attempt = _attempt(before, n, receipt, after)
    known = {"notice": notice.id, "attempt": n, "channel": receipt.channel}
    logger.info("receipt", extra=known | {"outcome": receipt.outcome})
    try:
        notices.put_attempt(notice.id, attempt, before)
    except Conflict:  # another receipt or the hand-over's mark: use what is stored
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
    """Move a notice to `delivered` after its attempt; return whether it moved.

    An attempt from before a person asked for the notice again does not count. While a message to
    another contact is to come, `sending` ends the notice. `at` is the time of the delivery, if a
    receipt gives one.
    """
    if attempt.n not in {a.n for a in counted(notice)}:
        return False
    if notice.rest_to_come and notice.state in COMING:
        return False
    if _may_be_anothers(notice, attempt):
        return False
    late = notice.state is State.SUPPRESSED and notice.reason in NO_MORE_SENT
    only_from = [State.SUPPRESSED] if late else sources(State.DELIVERED) - {State.SUPPRESSED}
    changes = as_sent(notice, at or attempt.at) | _how(notice, attempt)
    changes |= {"reason": "", "rest_to_come": None}
    return _try(notice, State.DELIVERED, None, only_from, **changes) is not None


def _may_be_anothers(notice: Notice, attempt: Attempt) -> bool:
    """Whether a person or the page must still tell: somebody dangerous may have got this message.

    An announcement is for whom it went to (docs/rules.md#12).
    """
    reasons = UNSAFE | WHO_IS_TOLD | {StopReason.ONLY_ON_PAGE}
    danger = notice.reason.startswith(RESTRICTED) or notice.reason in reasons
    announces = notice.kind in (Kind.CONTACT_CHANGED, Kind.ENROLLMENT_CONFIRMED)
    if not danger or announces:
        return False
    case, settings = cases.read_case(notice.case), Settings.current()
    at = CaseAt(case=case, told=(), guards=UNREAD, settings=settings, now=attempt.at)
    victim = case.victim(notice.victim)
    return victim is not None and not went_to_victim(at, victim, attempt)


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


def _how(notice: Notice, attempt: Attempt) -> Changes:
    """Return a notice's channel and source, as far as known when a receipt outran the mark."""
    return {
        "channel": notice.channel or attempt.channel.value,
        "source": notice.source or attempt.source or "unknown",
    }


def _fail_unless_open(notice: Notice, attempt: Attempt, now: datetime) -> None:
    """Use the next rung of the ladder at once if a notice reached nobody.

    A claimed notice is not moved: its worker may be sending the rung's next message, and moving the
    notice would send that message twice. The mark decides, or `chase` when the claim expires.
    """
    if any(a.state in OPEN for a in counted(notice)):
        return
    _fail(notice, attempt, now)


def _fail(notice: Notice, attempt: Attempt, now: datetime, **changes: Unpack[Changes]) -> None:
    # A message that failed without a delivery told nobody. After a delivery it may have told
    # somebody, and so may an attempt from before a person asked for the notice again.
    may_have = notice.state is State.DELIVERED or any(a.state in OPEN for a in notice.attempts)
    told: Changes = {} if may_have else {"told_at": None}
    resolved = sources(State.FAILED) - {State.CLAIMED}
    changes |= told | {"reason": FailureCode(attempt.reason)}
    failed = _try(notice, State.FAILED, now, only_from=resolved, **changes)
    if failed is None:
        forget_told(notice.id)
    else:
        _try(failed, State.PLANNED, now, only_from=[State.FAILED])


def forget_told(notice_id: str, *, wrong_person: bool = False) -> None:
    """Count a notice as not told if all that was sent for it failed; its state stays.

    It may wait for the rest of its rung, or be stopped. Once it is owed again, it must go. What
    arrived before it failed may have told the victim, unless it went to the `wrong_person`.
    """
    notice = notices.read(notice_id)
    if notice is None or notice.told_at is None or not told_nobody(notice):
        return
    if notice.arrived and not wrong_person:
        return
    try:
        notices.forget_told(notice)
    except Conflict:
        forget_told(notice_id, wrong_person=wrong_person)


def returned(notice_id: str, now: datetime) -> str:
    """Use the next rung for a notice whose letter the postal service returned: it told nobody.

    Without a next rung the notice is held as `letter_returned`. If a person finds another address
    and releases the notice, one more letter is sent.

    Returns:
        `returned`; `returned_before`, when it was recorded before; `told_otherwise`, when another
            message of the notice has arrived or may have.

    Raises:
        LookupError: when no letter of this notice was mailed.
        Conflict: when the notice moved on at the same moment; call it again.
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
    if back != before:  # otherwise a crash came between this write and the next
        notices.put_attempt(notice.id, back, before)
    attempts = (*(a for a in notice.attempts if a.n != back.n), back)
    notice = replace(notice, attempts=attempts)
    if any(a.state in OPEN for a in counted(notice)):
        return TOLD_OTHERWISE
    # The person who released it did not know of this letter.
    overruled = tuple(r for r in notice.overruled if r is not HoldReason.LETTER_RETURNED)
    _fail(notice, back, now, overruled=overruled)
    return RETURNED


def _taken_back(notice: Notice, now: datetime) -> None:
    """Decide again about victims who counted as told by a message that then bounced."""
    case = cases.read_case(notice.case)
    if len(case.victims) > 1:
        decide_again(case, {notice.fact}, now)


def decide_again(case: Case, facts: Collection[str], now: datetime) -> None:
    """Decide again who was told together with whom, at a phone they share.

    A message that counted for several victims may have told none of them. The next decision
    suppresses again the notices of those it did tell. `facts` are the facts that the message told.
    """
    for notice in notices.list_notices(case):
        if notice.fact in facts and notice.reason == StopReason.TOLD_TOGETHER:
            _try(notice, State.PLANNED, now, only_from=[State.SUPPRESSED], reason="")


def _try(
    notice: Notice,
    to: State,
    due_at: datetime | None,
    only_from: Iterable[State] | None = None,
    **changes: Unpack[Changes],
) -> Notice | None:
    """Move a notice unless the move is illegal from its state: then only the attempt records it."""
    try:
        return notices.move(notice, to, due_at=due_at, only_from=only_from, **changes)
    except Conflict:
        return None


def adopt_orphans(
    notice: Notice,
    keys: Iterable[str],
    since: datetime,
    now: datetime,
    others: Callable[[str, datetime], bool],
) -> bool:
    """Match a crashed hand-over with a receipt that came for one of its addresses since the claim.

    Texts only; emails carry the notice's id. `keys` are the contacts that the hand-over may have
    gone to, and `since` is when the notice was claimed. `others` returns whether another crashed
    hand-over may have caused a receipt for this key and time. Then nobody can know whose receipt it
    is, and telling twice is better than not at all.
    """
    for key in keys:
        for data in unmatched_receipts.waiting(key):
            receipt = _kept(data, Channel.SMS)
            if notices.by_provider_id(receipt.provider_id):
                record(receipt, now)  # a text marked just after its receipt came
                unmatched_receipts.drop(receipt.provider_id)
                continue
            if receipt.at < since:
                continue
            if others(key, receipt.at):
                unmatched_receipts.doubt(receipt.provider_id)
                continue
            n = next_attempt(notice)
            attempt = _attempt(None, n, receipt, AFTER[receipt.outcome])
            attempt = replace(attempt, address_key=key)
            notices.put_attempt(notice.id, attempt, None)
            unmatched_receipts.drop(receipt.provider_id)
            notice = replace(notice, attempts=(*notice.attempts, attempt))
            if attempt.state is State.DELIVERED:
                return follow(notice, attempt)
            break  # one text for each contact
    return False


def adopt_late(notice: Notice, now: datetime) -> bool:
    """Match a sent notice with receipts that came before the index could find its attempt.

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
