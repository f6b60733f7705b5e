"""Claim, decide, send and mark one planned notice (docs/rules.md#3, #6).

`send_notice` runs this for each notice that became `planned`. A duplicate is possible only after a
crash between hand-over and mark, and `chase` looks for a late receipt first. No notice is lost.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from aviso.content import messages as wording
from aviso.domain.contacts import Contact
from aviso.domain.errors import Conflict, HandOverError, SendDeferred, SendFailed
from aviso.domain.former_ids import as_now
from aviso.domain.model import Case, Channel
from aviso.domain.notice import Attempt, Notice, State
from aviso.domain.notice_states import as_sent, counted
from aviso.domain.people import addresses_of
from aviso.domain.routing import Decision, Hold, Letter, Send, Situation, Suppress, Wait, route
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.notices.composing import Writing, message_to
from aviso.providers import sender
from aviso.runtime import hashing
from aviso.storage import cases, guards, notices, suppressions

LEASE = timedelta(minutes=2)  # longer than the function's timeout
LATE_RECEIPT = timedelta(minutes=10)  # how long to wait for the receipt of a crashed hand-over
LOOK_AGAIN = timedelta(days=1)
BACKOFF = timedelta(minutes=1)
LONGEST_BACKOFF = timedelta(hours=1)
OUR_OWN_PACE = frozenset({"paced", "no_time_left"})  # not the provider's fault


class Context(Frozen, frozen=True, kw_only=True):
    """The inputs of one invocation; time is an argument (docs/rules.md#19)."""

    settings: Settings
    clock: Callable[[], datetime]
    seconds_left: Callable[[], float]
    token: str  # names the invocation in the ledger
    portal_url: str


class Look(Frozen, frozen=True, kw_only=True):
    """A decision and its inputs."""

    situation: Situation
    decision: Decision


def dispatch(notice_id: str, context: Context) -> str:
    """Give one notice by its case and guards of this moment; return the outcome for the log.

    If a hand-over may or may not have happened, the claim is left to expire, which counts as a
    crash. Every other outcome is marked before this returns.
    """
    now = context.clock()
    # The token is unique to this call: a record that comes twice in one batch must not take the
    # first call's claim for its own.
    notice = _claim(notice_id, f"{context.token}-{uuid4().hex[:8]}", now)
    if notice is None:
        return "not_ours"
    case = cases.read_case(notice.case)
    (notice,) = as_now(case, [notice])
    told = with_attempts(notices.of(case), notice, case)
    return _carry_out(_look(case, notice, told, context), notice, context)


def _look(case: Case, notice: Notice, told: Sequence[Notice], context: Context) -> Look:
    """Decide by the guards of this moment."""
    keys = {address: hashing.address_key(address) for address in addresses_of(case)}
    found = guards.read(case.origin, keys, case.known_as)
    situation = Situation(
        case=case,
        notice=notice,
        told=told,
        guards=found,
        settings=context.settings,
        now=context.clock(),
    )
    return Look(situation=situation, decision=route(situation))


def _look_again(look: Look, notice: Notice, context: Context) -> Look:
    """Decide again between two hops: a STOP, "not me", a switch or a restriction may have come."""
    before = look.situation
    return _look(cases.read_case(before.case.number), notice, before.told, context)


def with_attempts(told: list[Notice], notice: Notice, case: Case) -> list[Notice]:
    """Read consistently the notices that the decision depends on; a case's notice index lags.

    These are the original of a correction, and other victims' notices of the same fact: a victim
    who shares a phone counts as told only if the other's notice arrived there.
    """
    wanted = {notice.corrects} - {""}
    if len(case.victims) > 1:
        wanted |= {n.id for n in told if n.fact == notice.fact and n.id != notice.id}
    found = {n.id: n for n in told} | {notice.id: notice}
    for notice_id in wanted:
        fresh = notices.read(notice_id)
        if fresh is not None:
            found[notice_id] = fresh
    return as_now(case, found.values())


def _claim(notice_id: str, token: str, now: datetime) -> Notice | None:
    """Claim the notice if it is still `planned`; a second delivery of the event finds it taken."""
    lease = now + LEASE
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


def _carry_out(look: Look, notice: Notice, context: Context) -> str:
    now = context.clock()
    match look.decision:
        case Send(hops=hops):
            return _send(hops, look, notice, context)
        case Letter(to=to):
            language = wording.language_for(to.language, context.settings)
            return _settle(
                notice, State.QUEUED, now, reason="", channel="letter", language=language
            )
        case Wait(until=until, reason=reason, waits_for=waits_for):
            same = _tries_without_this(notice)
            return _settle(
                notice, State.WAITING, until, reason=reason, waits_for=waits_for, tries=same
            )
        case Hold(reason=reason):
            return _settle(notice, State.HELD, now + LOOK_AGAIN, reason=reason)
        case Suppress(reason=reason):
            return _settle(notice, State.SUPPRESSED, None, reason=reason)


def _settle(notice: Notice, to: State, due_at: datetime | None, **changes: Any) -> str:
    """End the claim without a hand-over."""
    try:
        notices.move(notice, to, due_at=due_at, token=notice.token, **changes)
    except Conflict:
        return "overtaken"
    return f"{to}:{changes.get('reason', '')}".rstrip(":")


def _tries_without_this(notice: Notice) -> int:
    """Return a notice's tries without this claim: waiting for the morning is no failure.

    A notice with attempts keeps at least one try, because the next claim then reads the attempts.
    """
    return max(notice.tries - 1, 1 if notice.attempts else 0)


def _send(hops: Sequence[Contact], look: Look, notice: Notice, context: Context) -> str:
    """Send one message for each hop; mark each and decide again before the next.

    A hop that a provider cannot take now does not stop the other hops.
    """
    reached = any(a.state in (State.SENT, State.DELIVERED) for a in counted(notice))
    deferred: SendDeferred | None = None
    for hop in hops:
        if hop is not hops[0]:
            look = _look_again(look, notice, context)
            if not _still_goes(hop, look.decision):
                continue
        try:
            attempt = _hand_over(hop, look, notice, context)
        except SendDeferred as error:
            deferred = error
            continue
        except HandOverError:
            return "unknown"  # the claim expires; `chase` first looks for a receipt
        reached = reached or attempt.state is State.SENT
        last = hop is hops[-1] and deferred is None
        marked = _mark(notice, attempt, last=last, reached=reached, context=context)
        if marked is None:
            return "overtaken"
        notice = marked
    if deferred:
        return _defer(notice, deferred, reached, context)
    if notice.state is State.CLAIMED:  # the last hops were stopped
        return _end_early(look, notice, reached, context)
    return str(notice.state)


def _hand_over(hop: Contact, look: Look, notice: Notice, context: Context) -> Attempt:
    """Hand one message to the provider, or record that it can never be sent.

    Raises:
        SendDeferred: when a provider cannot take it now, and there is time to try again.
        HandOverError: when it is unknown whether the provider took it.
    """
    settings, day = context.settings, context.clock().date()
    writing = Writing(settings=settings, portal_url=context.portal_url, day=day)
    n = max((a.n for a in notice.attempts), default=0) + 1
    message = message_to(hop, look.situation.case, notice, look.situation.told, n, writing)
    keys = look.situation.guards.keys
    try:
        handed = sender.sender(hop.channel).send(message, context.seconds_left())
    except SendDeferred as error:
        if not _too_late(notice, error, context):
            raise
        return _attempt(n, hop, keys, State.FAILED, context, reason=error.reason)
    except SendFailed as error:
        if error.reason == "opted_out":
            suppressions.opt_out(keys[hop.address], "provider", context.clock())
        return _attempt(n, hop, keys, State.FAILED, context, reason=error.reason)
    parts = message.segments
    return _attempt(n, hop, keys, State.SENT, context, handed.provider_id, segments=parts)


def _still_goes(hop: Contact, decision: Decision) -> bool:
    """Whether the newer decision still sends to this contact."""
    hops = decision.hops if isinstance(decision, Send) else ()
    return any((h.channel, h.address) == (hop.channel, hop.address) for h in hops)


def _end_early(look: Look, notice: Notice, reached: bool, context: Context) -> str:
    """End a rung whose last hops were stopped: by what was sent, or else by the newer decision."""
    now = context.clock()
    if reached:
        until = now + _patience(notice.attempts[-1].channel, context)
        return _settle(notice, State.SENT, until, reason="", **as_sent(notice, now))
    if isinstance(look.decision, Send):
        return _settle(notice, State.PLANNED, now, reason="")
    return _carry_out(look, notice, context)


def _patience(channel: Channel, context: Context) -> timedelta:
    """Return how long a receipt may take."""
    messages = context.settings.messages
    return messages.sms_receipt if channel is Channel.SMS else messages.email_receipt


def _too_late(notice: Notice, error: SendDeferred, context: Context) -> bool:
    """Whether a provider was busy past the notice's deadline: the next rung must be used."""
    return error.reason not in OUR_OWN_PACE and context.clock() > notice.deadline


def _defer(notice: Notice, error: SendDeferred, reached: bool, context: Context) -> str:
    """Try again later; no message of the deferred hop was handed to the provider."""
    pause = error.retry_after or min(BACKOFF * 2 ** min(notice.tries, 6), LONGEST_BACKOFF)
    # Another hop of the rung may have been sent: its receipt still counts while this one waits.
    changes = as_sent(notice, context.clock()) if reached else {}
    if error.reason in OUR_OWN_PACE:
        changes["tries"] = _tries_without_this(notice)
    until = context.clock() + pause
    return _settle(notice, State.WAITING, until, reason=error.reason, **changes)


def _attempt(
    n: int,
    hop: Contact,
    keys: Mapping[str, str],
    state: State,
    context: Context,
    provider_id: str = "",
    *,
    reason: str = "",
    segments: int = 0,
) -> Attempt:
    return Attempt(
        n=n,
        channel=hop.channel,
        address_key=keys[hop.address],
        state=state,
        at=context.clock(),
        provider_id=provider_id,
        reason=reason,
        segments=segments,
        source=hop.source,
        contact=hop.contact,
    )


def _mark(
    notice: Notice, attempt: Attempt, *, last: bool, reached: bool, context: Context
) -> Notice | None:
    """Record a hand-over; the rung's last hop decides the notice's state.

    If a receipt came first and already ended the notice, there is nothing to add.
    """
    now = context.clock()
    if not last:
        to, due_at = State.CLAIMED, notice.due_at
    elif reached:
        to, due_at = State.SENT, now + _patience(attempt.channel, context)
    else:
        to, due_at = State.PLANNED, now  # every hop failed for good: the next rung, at once
    told = as_sent(notice, now) if reached else _told_before(notice)
    changes = told | {
        "channel": attempt.channel.value,
        "source": _source(notice, attempt),
        "reason": "",
    }
    try:
        return notices.mark(notice, attempt, to, due_at=due_at, **changes)
    except Conflict:
        return _after_receipt(notice, attempt, to, due_at, changes)


def _told_before(notice: Notice) -> dict[str, Any]:
    """Return how the notice was told before this claim, for when nothing of this claim arrives."""
    return {"told_at": notice.told_at, "told_by": notice.told_by}


def _source(notice: Notice, attempt: Attempt) -> str:
    """Return the source of the contacts used so far; `portal` has priority."""
    if attempt.state is State.FAILED or notice.source == "portal":
        return notice.source
    return attempt.source


def _after_receipt(
    notice: Notice, attempt: Attempt, to: State, due_at: datetime | None, changes: dict[str, Any]
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
        notices.describe(notice.id, changes["channel"], changes["source"])
        return None
    if recorded is None:
        return None
    if to is State.SENT and all(a.state is State.FAILED for a in counted(found)):
        to, changes = State.PLANNED, changes | _told_before(notice)
    try:
        return notices.move(found, to, due_at=due_at, token=notice.token, **changes)
    except Conflict:
        return None
