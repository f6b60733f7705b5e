"""The notice's state machine: one table of legal moves (docs/rules.md#5).

Receipts come late, twice and out of order, so `claimed → delivered` (the receipt outran our own
mark) and `delivered → failed` (a bounce after an acceptance) are legal.
"""

from datetime import datetime
from typing import Any

from aviso.domain.notice import (
    Attempt,
    Notice,
    State,
)

S = State

MOVES: dict[State, frozenset[State]] = {
    S.PLANNED: frozenset({S.CLAIMED, S.WAITING, S.HELD, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.WAITING: frozenset({S.PLANNED, S.HELD, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.HELD: frozenset({S.PLANNED, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.CLAIMED: frozenset(
        {S.PLANNED, S.WAITING, S.HELD, S.SENT, S.DELIVERED, S.FAILED, S.SUPPRESSED, S.QUEUED}
    ),
    S.SENT: frozenset({S.DELIVERED, S.FAILED, S.UNCONFIRMED}),
    S.DELIVERED: frozenset({S.FAILED, S.PLANNED}),  # planned: a person sends it again
    S.FAILED: frozenset({S.PLANNED, S.HELD, S.DELIVERED, S.SUPPRESSED, S.REPLACED}),
    S.UNCONFIRMED: frozenset({S.PLANNED, S.HELD, S.DELIVERED, S.FAILED, S.SUPPRESSED, S.REPLACED}),
    S.SUPPRESSED: frozenset({S.PLANNED}),
    S.REPLACED: frozenset(),
    S.QUEUED: frozenset({S.PRINTED, S.PLANNED, S.HELD, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.PRINTED: frozenset({S.QUEUED, S.MAILED}),
    S.MAILED: frozenset({S.FAILED, S.PLANNED}),
}

# The person has been told, or may have been: a withdrawn fact owes a correction.
TOLD = frozenset({S.SENT, S.DELIVERED, S.UNCONFIRMED, S.PRINTED, S.MAILED})
# Nothing goes out any more.
STOPPED = frozenset({S.SUPPRESSED, S.REPLACED})
# Told, or rightly not told: nobody has to do anything about it any more.
OVER = frozenset({S.DELIVERED, S.MAILED}) | STOPPED
# Nothing is on its way: a fact withdrawn or a case restricted now stops these.
UNSENT = frozenset({S.PLANNED, S.WAITING, S.HELD, S.FAILED, S.UNCONFIRMED, S.QUEUED})


# Why a notice is suppressed that a member of the desk told by telephone or in person.
BY_PERSON = "told_by_person"


def was_told(notice: Notice) -> bool:
    """Say whether a notice reached its victim, or may have, on any attempt."""
    return notice.told_at is not None or notice.state in TOLD


def handed_over(notice: Notice) -> bool:
    """Say whether a message went out for a notice, or its letter was posted, for the figures.

    Who was told by a person's word alone was told, and so may have been whose letter is printed.
    But nothing has left the house.
    """
    sent = notice.told_at is not None and not notice.told_by
    return sent or notice.state in TOLD - {S.PRINTED}


def as_sent(notice: Notice, at: datetime) -> dict[str, Any]:
    """Return since when a notice is told whose message left the house at `at`.

    The first time stays, unless it is that of a person's word: were that kept, the message would
    count as none again as soon as somebody asks for another.
    """
    if notice.told_by:
        return {"told_at": at, "told_by": ""}
    return {"told_at": notice.told_at or at}


def never_told(notice: Notice) -> bool:
    """Say whether a notice ended without its victim ever being told."""
    return notice.state in STOPPED and notice.told_at is None


def overruling(notice: Notice) -> str:
    """Return the reasons that a person has overruled once this hold is released, each once."""
    return " ".join(dict.fromkeys((*notice.overruled.split(), *notice.reason.split())))


def counted(notice: Notice) -> list[Attempt]:
    """Return the attempts that count: those since a person last asked for the notice again."""
    again = notice.resent_at
    return [a for a in notice.attempts if again is None or a.at >= again]


def sources(target: State) -> frozenset[State]:
    """Return the states from which a move to `target` is legal."""
    return frozenset(source for source, targets in MOVES.items() if target in targets)
