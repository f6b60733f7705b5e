"""News that comes at the same time: which notice goes first. The next day is in `daily_texts`.

Pure; `route` asks it. A notice that waits here is decided again, so none is lost
(docs/rules.md#21).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aviso.domain.model import Kind
from aviso.domain.notice import Notice, State
from aviso.domain.reasons import WaitReason
from aviso.domain.settings import Settings

# What a person needs first. Other kinds answer somebody's own act: they neither wait nor are waited
# for.
ORDER = (
    Kind.ARREST,
    Kind.INITIAL_APPEARANCE,
    Kind.FIRST_CONTACT,
    Kind.REPORT_RECEIVED,
    Kind.DETECTIVE_ASSIGNED,
    Kind.WARRANT,
    Kind.SENT_TO_PROSECUTOR,
    Kind.CASE_REOPENED,
    Kind.STATUS_CHANGED,
    Kind.STILL_OPEN,
    Kind.CASE_CLOSED,
)
# A notice in one of these states is about to be handed over, or waits to be.
COMING = frozenset({State.PLANNED, State.WAITING, State.CLAIMED})
SPARE = timedelta(hours=1)  # a notice never waits for another in the last hour before its deadline


def routine(kind: Kind, settings: Settings) -> bool:
    """Whether a kind's news can wait: the agency lets its texts wait for the morning."""
    return kind in ORDER and settings.kinds[kind].quiet_hours


def goes_first(
    notice: Notice, told: Sequence[Notice], settings: Settings, now: datetime
) -> Notice | None:
    """Return the notice to the same victim that must be handed over before this one, if any.

    News waits for a correction that may go now: read the other way round, "there was no arrest"
    would take back a new one. Routine news waits for what a person needs first.
    """
    theirs = [n for n in told if n.victim == notice.victim and n.state in COMING and not n.told_at]
    if notice.kind is Kind.ARREST:
        return next((n for n in theirs if _corrects_now(n, now)), None)
    if not routine(notice.kind, settings) or now >= notice.deadline - SPARE:
        return None
    before = ORDER[: ORDER.index(notice.kind)]
    ahead = [n for n in theirs if n.kind in before]
    return min(ahead, key=lambda n: (ORDER.index(n.kind), n.id), default=None)


def _corrects_now(notice: Notice, now: datetime) -> bool:
    """Whether a notice is a correction that is new and does not wait for its original."""
    waits = notice.reason == WaitReason.ORIGINAL_OPEN
    return notice.kind is Kind.CORRECTION and not waits and now - notice.created_at < SPARE
