"""When a message goes, and by which rung of its ladder: rules that only delay or order. Pure.

`route` asks them. A notice that waits here is decided again, so none is lost (docs/rules.md#21).
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from aviso.domain.contacts import Contact
from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Notice, State
from aviso.domain.reasons import WaitReason
from aviso.domain.settings import Settings

# A notice in one of these states is about to be handed over, or waits to be.
COMING = frozenset({State.PLANNED, State.WAITING, State.CLAIMED})
SPARE = timedelta(hours=1)  # a notice never waits for another in the last hour before its deadline


def routine(kind: Kind, settings: Settings) -> bool:
    """Whether a kind's news can wait: the agency lets its texts wait for the morning."""
    return kind.rank > 0 and settings.kinds[kind].quiet_hours


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
    ahead = [n for n in theirs if 0 < n.kind.rank < notice.kind.rank]
    return min(ahead, key=lambda n: (n.kind.rank, n.id), default=None)


def _corrects_now(notice: Notice, now: datetime) -> bool:
    """Whether a notice is a correction that is new and does not wait for its original."""
    waits = notice.reason == WaitReason.ORIGINAL_OPEN
    return notice.kind is Kind.CORRECTION and not waits and now - notice.created_at < SPARE


def enough_today(
    notice: Notice, told: Sequence[Notice], settings: Settings, now: datetime
) -> datetime | None:
    """Return the next morning if a victim had the day's routine notices of this case, or None.

    Rights and help always go, and so does a notice whose deadline would pass.
    """
    if not routine(notice.kind, settings) or notice.kind is Kind.FIRST_CONTACT:
        return None
    today, zone = settings.today(now), settings.agency.zone
    heard = [
        n
        for n in told
        if n.victim == notice.victim
        and routine(n.kind, settings)
        and n.told_at
        and settings.today(n.told_at) == today
    ]
    morning = datetime.combine(today + timedelta(days=1), settings.messages.quiet_until, zone)
    if morning > notice.deadline - SPARE or len(heard) < settings.messages.routine_texts_a_day:
        return None
    return morning.astimezone(now.tzinfo)


def after_arrest(
    notice: Notice, told: Sequence[Notice], settings: Settings, now: datetime
) -> datetime | None:
    """Return until when a routine text waits, as the victim was just told of an arrest, or None.

    Nothing waits into the last hour before its deadline.
    """
    pause = timedelta(minutes=settings.messages.minutes_after_arrest)
    arrests = [n.told_at for n in told if n.victim == notice.victim and n.kind is Kind.ARREST]
    until = max((at + pause for at in arrests if at), default=now)
    waits = routine(notice.kind, settings) and now < until <= notice.deadline - SPARE
    return until if waits else None


def quiet_until(settings: Settings, now: datetime) -> datetime | None:
    """Return when the quiet hours end, or None outside them."""
    messages, zone = settings.messages, settings.agency.zone
    local = now.astimezone(zone)
    if messages.quiet_until <= local.time() < messages.quiet_from:
        return None
    day = local.date() + (timedelta(days=1) if local.time() >= messages.quiet_from else timedelta())
    return datetime.combine(day, messages.quiet_until, tzinfo=zone).astimezone(now.tzinfo)


def first_rung(ladder: Sequence[Collection[Channel]], untried: Sequence[Contact]) -> list[Contact]:
    """Return the contacts of the first rung that has one.

    A representative who is told besides the victim gets the message together with the victim, and
    before a letter is printed.
    """
    written = {channel for rung in ladder for channel in rung}
    beside = [c for c in untried if c.beside and c.channel in written]
    for rung in ladder:
        fresh = [c for c in untried if c.channel in rung and not c.beside]
        if fresh and fresh[0].channel is Channel.LETTER:
            return beside or fresh
        if fresh:
            return fresh + beside
    return beside


def another_rung(
    ladder: Sequence[Collection[Channel]], unused: Sequence[Contact], tries: int
) -> list[Contact]:
    """Return the contacts of a rung whose provider was busy; each try begins at another rung."""
    first = tries % len(ladder)
    return first_rung((*ladder[first:], *ladder[:first]), unused)
