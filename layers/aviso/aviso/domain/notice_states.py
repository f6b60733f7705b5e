"""The notice's state machine: one table of legal moves (docs/rules.md#5).

Receipts come late, twice and out of order. So `claimed → delivered` (the receipt came before the
mark) and `delivered → failed` (a bounce after an acceptance) are legal.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aviso.domain.model import Channel
from aviso.domain.notice import Attempt, Changes, KeptWord, Notice, OfficersWord, State
from aviso.domain.reasons import NOT_NOW, HoldReason, StopReason, hold_reasons

S = State

STUCK = timedelta(minutes=5)  # `chase` starts a planned notice that nobody claimed by then
RETURNED = "returned"  # an attempt's failure: the postal service returned the letter
WATCH_AGAIN = timedelta(days=1)  # `chase` looks at a held or printed notice again

MOVES: dict[State, frozenset[State]] = {
    S.PLANNED: frozenset({S.CLAIMED, S.WAITING, S.HELD, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.WAITING: frozenset({S.PLANNED, S.HELD, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.HELD: frozenset({S.PLANNED, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.CLAIMED: frozenset(
        {S.PLANNED, S.WAITING, S.HELD, S.SENT, S.DELIVERED, S.FAILED, S.SUPPRESSED, S.QUEUED}
    ),
    S.SENT: frozenset({S.DELIVERED, S.FAILED, S.UNCONFIRMED}),
    # Planned: a person sends it again. Waiting: the text arrived before its mark, the email waits.
    S.DELIVERED: frozenset({S.FAILED, S.PLANNED, S.WAITING}),
    S.FAILED: frozenset({S.PLANNED, S.HELD, S.DELIVERED, S.SUPPRESSED, S.REPLACED}),
    S.UNCONFIRMED: frozenset({S.PLANNED, S.HELD, S.DELIVERED, S.FAILED, S.SUPPRESSED, S.REPLACED}),
    # Held: "I told them" was a mistake. Delivered: a receipt came after nobody else could be told.
    S.SUPPRESSED: frozenset({S.PLANNED, S.HELD, S.DELIVERED}),
    S.REPLACED: frozenset(),
    S.QUEUED: frozenset({S.PRINTED, S.PLANNED, S.HELD, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.PRINTED: frozenset({S.QUEUED, S.MAILED}),
    S.MAILED: frozenset({S.FAILED, S.PLANNED}),
}

# The person was told, or may have been: if the fact is withdrawn, a correction is owed.
TOLD = frozenset({S.SENT, S.DELIVERED, S.UNCONFIRMED, S.PRINTED, S.MAILED})
# Nothing is sent any more.
STOPPED = frozenset({S.SUPPRESSED, S.REPLACED})
# A receipt says that the message arrived, or the letter was posted.
ARRIVED = frozenset({S.DELIVERED, S.MAILED})
# Stopped because a person told the victim, or a message to another victim at the same phone did.
TOLD_OTHERWISE = frozenset({StopReason.TOLD_BY_PERSON, StopReason.TOLD_TOGETHER})
# Told, or rightly not told: nobody has to do anything.
OVER = ARRIVED | STOPPED
# No message is on its way: a withdrawn fact or a restricted case stops these.
UNSENT = frozenset({S.PLANNED, S.WAITING, S.HELD, S.FAILED, S.UNCONFIRMED, S.QUEUED})


def was_told(notice: Notice) -> bool:
    """Whether a notice reached its victim, or may have, on any attempt."""
    return notice.told_at is not None or notice.state in TOLD


def handed_over(notice: Notice) -> bool:
    """Whether a message was sent for a notice, or its letter was posted; used by the figures.

    One message may be for two victims who share a contact: it arrived for both. A victim told only
    by a person's word was told, and a victim whose letter is printed may have been. But no message
    was handed over.
    """
    sent = notice.told_at is not None and not notice.told_by
    stopped = notice.state is S.SUPPRESSED and notice.reason == StopReason.TOLD_TOGETHER
    together = stopped and bool(notice.channel)  # without a channel: a survey, or an old release's
    return sent or together or notice.state in TOLD - {S.PRINTED}


def told_by_person(notice: Notice) -> bool:
    """Whether a person told a victim, by telephone or face to face, after all that was sent."""
    return bool(notice.told_by) or notice.reason == StopReason.TOLD_BY_PERSON


def arrives(to: State, changes: Changes) -> bool:
    """Whether a move says that the victim was told: by a receipt, the post or a person's word."""
    return to in ARRIVED or changes.get("reason") in TOLD_OTHERWISE


def first_deadline(notice: Notice) -> datetime:
    """Return the deadline that a notice had before a person asked for it again.

    Asking again sets a new deadline. It must not make a late notice look like one in time.
    """
    if notice.resent_at is None:
        return notice.deadline
    return notice.first_seen + (notice.deadline - notice.resent_at)


def as_sent(notice: Notice, at: datetime) -> Changes:
    """Return the `told_at` and `told_by` of a notice whose message was handed over at `at`.

    The first time stays, unless it is the time of a person's word. If that stayed, the message
    would not count as handed over once somebody asks for another.
    """
    if notice.told_by:
        return {"told_at": at, "told_by": ""}
    return {"told_at": notice.told_at or at}


NOBODY_TOLD = KeptWord(told_at=None, told_by="", officer="", told_how="")


def as_said(notice: Notice, word: OfficersWord, by: str) -> KeptWord:
    """Return what a notice keeps of a person's word, and who wrote it."""
    at, by = notice.told_at or word.at, "" if handed_over(notice) else by
    return {"told_at": at, "told_by": by, "officer": word.officer, "told_how": word.how}


def never_told(notice: Notice) -> bool:
    """Whether a notice ended without its victim being told."""
    return notice.state in STOPPED and notice.told_at is None


def told_nobody(notice: Notice) -> bool:
    """Whether all that was sent for a notice failed, no hand-over crashed, and nobody called."""
    if notice.crashes or notice.told_by or not notice.attempts:
        return False
    return all(a.state is S.FAILED for a in notice.attempts)


def overruling(notice: Notice) -> tuple[HoldReason, ...]:
    """Return the reasons that are overruled once this hold is released, each once."""
    return tuple(dict.fromkeys((*notice.overruled, *hold_reasons(notice.reason))))


def counted(notice: Notice) -> list[Attempt]:
    """Return the attempts that count: those since a person last asked for the notice again."""
    again = notice.resent_at
    return [a for a in notice.attempts if again is None or a.at >= again]


def tried_contacts(notice: Notice) -> list[Attempt]:
    """Return the attempts whose contacts are not used again.

    A person may have allowed another letter after a return.
    """
    attempts = counted(notice)
    if HoldReason.LETTER_RETURNED in notice.overruled:
        return [a for a in attempts if a.reason != RETURNED]
    return attempts


def arrived_at(notice: Notice) -> set[str]:
    """Return the keys of the addresses at which a notice arrived."""
    return {a.address_key for a in counted(notice) if a.state is S.DELIVERED} - {""}


def was_busy(attempt: Attempt) -> bool:
    """Whether the provider was too busy for a message, so that its contact was never used."""
    refused = attempt.state is S.FAILED and not attempt.provider_id
    return refused and attempt.reason in NOT_NOW


def never_used(attempts: Sequence[Attempt], since: datetime) -> set[tuple[Channel, str]]:
    """Return the contacts whose provider was busy since a moment, and never took a message."""
    busy = {(a.channel, a.address_key) for a in attempts if was_busy(a) and a.at > since}
    return busy - {(a.channel, a.address_key) for a in attempts if not was_busy(a)}


def next_attempt(notice: Notice) -> int:
    """Return the number of a notice's next attempt.

    A crashed hand-over may have used a number that no row records. The links and the receipt of its
    message name that number, so a message to another contact must not have it.
    """
    recorded = max((a.n for a in notice.attempts), default=0)
    return max(recorded, len(notice.attempts) + notice.crashes) + 1


def sources(target: State) -> frozenset[State]:
    """Return the states from which a move to `target` is legal."""
    return frozenset(source for source, targets in MOVES.items() if target in targets)
