"""The notice's state machine: one table of legal moves (rule 5).

Receipts come late, twice and out of order, so `claimed → delivered` (the receipt outran our own
mark) and `delivered → failed` (a bounce after an acceptance) are legal.
"""

from aviso.models import State

S = State

MOVES: dict[State, frozenset[State]] = {
    S.PLANNED: frozenset({S.CLAIMED, S.WAITING, S.HELD, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.WAITING: frozenset({S.PLANNED, S.HELD, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.HELD: frozenset({S.PLANNED, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.CLAIMED: frozenset(
        {S.PLANNED, S.WAITING, S.HELD, S.SENT, S.DELIVERED, S.FAILED, S.SUPPRESSED, S.QUEUED}
    ),
    S.SENT: frozenset({S.DELIVERED, S.FAILED, S.UNCONFIRMED}),
    S.DELIVERED: frozenset({S.FAILED}),
    S.FAILED: frozenset({S.PLANNED, S.HELD, S.DELIVERED, S.REPLACED}),
    S.UNCONFIRMED: frozenset({S.PLANNED, S.HELD, S.DELIVERED, S.FAILED}),
    S.SUPPRESSED: frozenset({S.PLANNED}),
    S.REPLACED: frozenset(),
    S.QUEUED: frozenset({S.PRINTED, S.HELD, S.SUPPRESSED, S.REPLACED, S.DELIVERED}),
    S.PRINTED: frozenset({S.QUEUED, S.MAILED}),
    S.MAILED: frozenset({S.FAILED}),
}

# The person has been told, or may have been: a withdrawn fact owes a correction.
TOLD = frozenset({S.SENT, S.DELIVERED, S.UNCONFIRMED, S.PRINTED, S.MAILED})
# Nobody was told and nobody will be.
NEVER_TOLD = frozenset({S.SUPPRESSED, S.REPLACED})
# Nothing has left the house yet: a withdrawn fact replaces these.
UNSENT = frozenset({S.PLANNED, S.WAITING, S.HELD, S.FAILED, S.QUEUED})
# The flow's ends; everything else has a next look (`due_at`).
ENDS = frozenset({S.DELIVERED, S.SUPPRESSED, S.REPLACED, S.MAILED})


def sources(target: State) -> frozenset[State]:
    """Return the states from which a move to `target` is legal."""
    return frozenset(source for source, targets in MOVES.items() if target in targets)
