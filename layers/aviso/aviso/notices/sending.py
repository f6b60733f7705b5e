"""Claim, decide, send and mark one planned notice (docs/rules.md#3, #6).

`send_notice` runs `send` for each notice that became `planned`. A duplicate is possible only after
a crash between hand-over and mark, and `chase` looks for a late receipt first. No notice is lost.
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Unpack
from uuid import uuid4

from msgspec.structs import replace

from aviso.content.messages import language_for
from aviso.domain.contacts import Contact
from aviso.domain.errors import Conflict, HandOverError, SendDeferred, SendFailed
from aviso.domain.model import Channel
from aviso.domain.notice import Attempt, Changes, Notice, OfficersWord, State
from aviso.domain.notice_states import (
    STUCK,
    WATCH_AGAIN,
    as_said,
    as_sent,
    counted,
    next_attempt,
    was_busy,
)
from aviso.domain.officers_word import RECORDS
from aviso.domain.reasons import FailureCode, StopReason
from aviso.domain.routing import Decision, Hold, QueueLetter, Send, Situation, Suppress, Wait, route
from aviso.domain.speakers import went_to_victim
from aviso.notices.case_reads import read_again, read_situation
from aviso.notices.composing import message_to
from aviso.providers import sender
from aviso.runtime.invocation import Invocation
from aviso.storage import notices, suppressions

LEASE = timedelta(minutes=2)  # longer than the function's timeout
LATE_RECEIPT = timedelta(minutes=10)  # how long to wait for the receipt of a crashed hand-over
BACKOFF = timedelta(minutes=1)
LONGEST_BACKOFF = timedelta(hours=1)
OUR_OWN_PACE = frozenset({"paced", "no_time_left"})  # not the provider's fault
ON_PAGE = Suppress(reason=StopReason.ONLY_ON_PAGE)
# Outcomes for the log, beside the state that a notice is in now and its reason.
CLAIMED_ELSEWHERE = "claimed_elsewhere"  # an earlier delivery of the event, or it moved on
OVERTAKEN = "overtaken"  # a receipt or another worker moved it first
UNKNOWN = "unknown"  # a provider may have taken the message, or not


def send(notice_id: str, invocation: Invocation) -> str:
    """Give one notice by its case and guards of this moment; return the outcome for the log.

    If a hand-over may or may not have happened, the claim is left to expire, which counts as a
    crash. Every other outcome is marked before this returns.
    """
    notice = claim(notice_id, invocation)
    if notice is None:
        return CLAIMED_ELSEWHERE
    situation = read_situation(notice, invocation)
    decision = route(situation)
    if _is_enough(situation, decision):
        return _end_told(situation.notice, invocation)
    if isinstance(decision, Send):
        return hand_over_each(decision.hops, situation, invocation)
    return settle(situation.notice, decision, invocation)


def _is_enough(situation: Situation, decision: Decision) -> bool:
    """Whether a notice whose rest was put off needs no more than what was sent of it.

    The rest may not go any more; or the deadline is over, and something has arrived. If a person
    must look now, or the page tells, only what was sent to the victim is enough.
    """
    notice = situation.notice
    if not (notice.rest_to_come and _reached(notice)):
        return False
    if isinstance(decision, Hold) or decision == ON_PAGE:
        return _reached_victim(situation, notice)
    over = situation.now > notice.deadline and _has_arrived(notice)
    return over or not isinstance(decision, Send | Wait)


def claim(notice_id: str, invocation: Invocation) -> Notice | None:
    """Claim the notice if it is still `planned`; a second delivery of the event finds it taken."""
    # The token is unique to this call: a record that comes twice in one batch must not take the
    # first call's claim for its own.
    token = f"{invocation.token}-{uuid4().hex[:8]}"
    lease = invocation.clock() + LEASE
    try:
        notice = notices.claim(
            notice_id, token=token, lease_until=lease, due_at=lease + LATE_RECEIPT
        )
    except Conflict:
        # An earlier request of this call may have succeeded although its response was lost.
        found = notices.read(notice_id)
        ours = found and found.state is State.CLAIMED and found.token == token
        return found if ours else None
    return notices.read(notice_id) if notice.tries > 1 else notice


def hand_over_each(hops: Sequence[Contact], situation: Situation, invocation: Invocation) -> str:
    """Send one message for each hop; mark each and decide again before the next.

    A hop that a provider cannot take now does not stop the other hops. One that must wait, because
    of a switch or an import, goes later: the notice is not over when another hop arrives.
    """
    notice = situation.notice
    decision: Decision = Send(hops=tuple(hops))
    deferred: SendDeferred | None = None
    put_off: Wait | None = None
    for hop in hops:
        if hop is not hops[0]:
            # A STOP, "not me", a switch or a restriction may have come.
            situation = read_again(situation, notice, invocation)
            decision = route(situation)
            if not _still_goes(hop, decision):
                put_off = decision if isinstance(decision, Wait) else put_off
                continue
        try:
            attempt = hand_over(hop, situation, invocation)
        except SendDeferred as error:
            deferred = error
            continue
        except HandOverError:
            return UNKNOWN  # the claim expires; `chase` first looks for a receipt
        last = hop is hops[-1] and deferred is None and put_off is None
        marked = mark(notice, attempt, last=last, invocation=invocation)
        if marked is None:
            return OVERTAKEN
        notice = marked
    if deferred and not (_reached(notice) and _late(notice, deferred, invocation)):
        return _defer(notice, deferred, invocation)
    if put_off or notice.state is State.CLAIMED:  # hops wait, were stopped, or are not needed
        return _end_early(situation, notice, put_off or decision, invocation)
    return str(notice.state)


def _still_goes(hop: Contact, decision: Decision) -> bool:
    """Whether the newer decision still sends to this contact."""
    hops = decision.hops if isinstance(decision, Send) else ()
    return any((h.channel, h.address) == (hop.channel, hop.address) for h in hops)


def hand_over(hop: Contact, situation: Situation, invocation: Invocation) -> Attempt:
    """Hand one message to the provider, or record that it can never be sent.

    Raises:
        SendDeferred: when a provider cannot take it now, and there is time to try again.
        HandOverError: when it is unknown whether the provider took it.
    """
    n = next_attempt(situation.notice)
    message = message_to(hop, situation, n, invocation)
    key = situation.guards.keys[hop.address]
    try:
        handed = sender.sender(hop.channel).send(message, invocation.seconds_left())
    except SendDeferred as error:
        asked_before = any(was_busy(a) and a.address_key == key for a in counted(situation.notice))
        if asked_before or not _late(situation.notice, error, invocation):
            raise
        outcome: dict[str, Any] = {"state": State.FAILED, "reason": error.reason}
    except SendFailed as error:
        if error.reason == "opted_out":
            suppressions.opt_out(key, "provider", invocation.clock())
        outcome = {"state": State.FAILED, "reason": error.reason}
    else:
        outcome = {"state": State.SENT, "provider_id": handed.provider_id}
        outcome["segments"] = message.segments
    return Attempt(
        n=n,
        channel=hop.channel,
        address_key=key,
        at=invocation.clock(),
        source=hop.source,
        contact=hop.contact,
        **outcome,
    )


def _late(notice: Notice, error: SendDeferred, invocation: Invocation) -> bool:
    """Whether a provider was busy past the notice's deadline: another rung is used at once.

    The contact is not used up: `route` comes back to it before a letter or a person's task. If the
    provider is still busy then, the notice waits.
    """
    return error.reason not in OUR_OWN_PACE and invocation.clock() > notice.deadline


def mark(notice: Notice, attempt: Attempt, *, last: bool, invocation: Invocation) -> Notice | None:
    """Record a hand-over; the rung's last hop decides the notice's state.

    Returns:
        The notice, or None when another worker has it. A receipt that came first may have ended it
            as `delivered`; the rung's other hops still go, or wait.
    """
    now = invocation.clock()
    sent = attempt.state is State.SENT
    if not last:
        to, due_at = State.CLAIMED, notice.due_at
    elif _has_arrived(notice):
        to, due_at = State.DELIVERED, None
    elif sent or _reached(notice):
        to, due_at = State.SENT, now + _patience(attempt.channel, invocation)
    else:
        to, due_at = State.PLANNED, now  # every hop failed for good: the next rung, at once
    told: Changes = as_sent(notice, now) if sent else {}
    changes = told | {
        "rest_to_come": None if last else True,
        "channel": attempt.channel.value,
        "source": _source(notice, attempt),
        "reason": "",
    }
    try:
        marked = notices.mark(notice, attempt, to, due_at=due_at, **changes)
    except Conflict:
        return _after_receipt(notice, attempt, to, due_at, changes)
    kept = {name: changes[name] for name in ("channel", "source")}
    return replace(marked, **told, **kept, rest_to_come=not last)


def _source(notice: Notice, attempt: Attempt) -> str:
    """Return the source of the contacts used so far; `portal` has priority."""
    if attempt.state is State.FAILED or notice.source == "portal":
        return notice.source
    return attempt.source


def _after_receipt(
    notice: Notice, attempt: Attempt, to: State, due_at: datetime | None, changes: Changes
) -> Notice | None:
    """Mark a hand-over whose receipt was recorded first."""
    found = notices.read(notice.id)
    recorded = next((a for a in found.attempts if a.n == attempt.n), None) if found else None
    if found is None or found.token != notice.token:
        return None
    if found.state is State.DELIVERED:  # only channel and source are missing
        if recorded is None:
            with suppress(Conflict):  # a receipt recorded it in the meantime
                notices.put_attempt(notice.id, attempt, None)
            found = replace(found, attempts=(*found.attempts, attempt))
        notices.describe(notice.id, changes["channel"], changes["source"])
        kept = {name: changes[name] for name in ("channel", "source")}
        return replace(found, **kept, rest_to_come=bool(changes["rest_to_come"]))
    if recorded is None:
        return None
    if recorded.state is State.FAILED:  # it told nobody
        changes |= {"told_at": found.told_at, "told_by": found.told_by}
        if to is State.SENT and not _reached(found):
            to, due_at = State.PLANNED, attempt.at + STUCK
    try:
        return notices.move(found, to, due_at=due_at, token=notice.token, **changes)
    except Conflict:
        return None


def _defer(notice: Notice, error: SendDeferred, invocation: Invocation) -> str:
    """Try again later; no message of the deferred hop was handed to the provider."""
    pause = error.retry_after or min(BACKOFF * 2 ** min(notice.tries, 6), LONGEST_BACKOFF)
    # Another hop of the rung may have been sent: until the deadline, this one still goes.
    changes: Changes = {"rest_to_come": _reached(notice) or None}
    changes["reason"] = FailureCode(error.reason)
    if error.reason in OUR_OWN_PACE:
        changes["tries"] = _tries_without_this(notice)
    until = invocation.clock() + pause
    return _move(notice, State.WAITING, until, **changes)


def _end_early(
    situation: Situation, notice: Notice, decision: Decision, invocation: Invocation
) -> str:
    """End a rung whose last hops were stopped: by what was sent, or else by the newer decision.

    Hops that only wait are not given up: without a receipt, the text alone would count for hours.
    """
    if isinstance(decision, Hold) or decision == ON_PAGE:
        enough = _reached_victim(situation, notice)
    else:
        enough = _reached(notice) and not isinstance(decision, Wait)
    return _end_told(notice, invocation) if enough else settle(notice, decision, invocation)


def _end_told(notice: Notice, invocation: Invocation) -> str:
    """End a rung by what was sent of it; its last attempt's receipt may still come."""
    if _has_arrived(notice):
        return _move(notice, State.DELIVERED, None, reason="")
    until = invocation.clock() + _patience(notice.attempts[-1].channel, invocation)
    return _move(notice, State.SENT, until, reason="")


def _reached(notice: Notice) -> bool:
    """Whether a message was sent, and nothing says that it failed."""
    return any(a.state in (State.SENT, State.DELIVERED) for a in counted(notice))


def _reached_victim(situation: Situation, notice: Notice) -> bool:
    """Whether such a message went to the victim, and not only to somebody beside the victim."""
    victim = situation.victim
    sent = [a for a in counted(notice) if a.state in (State.SENT, State.DELIVERED)]
    return any(victim is None or went_to_victim(situation, victim, a) for a in sent)


def _has_arrived(notice: Notice) -> bool:
    """Whether a receipt said that a message arrived, while the rest of its rung was to come."""
    return any(a.state is State.DELIVERED for a in counted(notice))


def _patience(channel: Channel, invocation: Invocation) -> timedelta:
    """Return how long a receipt may take."""
    messages = invocation.settings.messages
    return messages.sms_receipt if channel is Channel.SMS else messages.email_receipt


def settle(notice: Notice, decision: Decision, invocation: Invocation) -> str:
    """End the claim by a decision, without a hand-over."""
    now = invocation.clock()
    match decision:
        case Send():  # not to the contacts of this claim: the next claim sends to others
            return _move(notice, State.PLANNED, now, reason="")
        case QueueLetter(to=to):
            language = language_for(to.language, invocation.settings)
            return _move(notice, State.QUEUED, now, reason="", channel="letter", language=language)
        case Wait(until=until, reason=reason, waits_for=waits_for):
            same = _tries_without_this(notice)
            rest = notice.rest_to_come or None
            waits: Changes = {"reason": reason, "waits_for": waits_for, "tries": same}
            return _move(notice, State.WAITING, until, **waits | {"rest_to_come": rest})
        case Hold(reason=reason, until=until):
            return _move(notice, State.HELD, until or now + WATCH_AGAIN, reason=reason)
        case Suppress(reason=reason, word=OfficersWord() as word):
            said = as_said(notice, word, RECORDS)
            return _move(notice, State.SUPPRESSED, None, reason=reason, **said)
        case Suppress(reason=reason, channel=channel, source=source):
            told: Changes = {"channel": channel, "source": source} if channel else {}
            told["reason"] = reason
            return _move(notice, State.SUPPRESSED, None, **told)


def _tries_without_this(notice: Notice) -> int:
    """Return a notice's tries without this claim: waiting for the morning is not a failure.

    A notice with attempts keeps at least one try, because the next claim then reads the attempts.
    """
    return max(notice.tries - 1, 1 if notice.attempts else 0)


def _move(notice: Notice, to: State, due_at: datetime | None, **changes: Unpack[Changes]) -> str:
    """Move a notice out of our claim."""
    whole: Changes = {"rest_to_come": None}
    try:
        notices.move(notice, to, due_at=due_at, token=notice.token, **whole | changes)
    except Conflict:
        return OVERTAKEN
    return f"{to}:{changes.get('reason', '')}".rstrip(":")
