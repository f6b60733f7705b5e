"""When a routine text waits: after an arrest's text, and for the morning after enough of them.

Pure; `route` asks it (docs/rules.md#21). The settings are `messages.minutes_after_arrest` and
`messages.routine_texts_a_day`.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aviso.domain.model import Kind
from aviso.domain.notice import Notice
from aviso.domain.sending_order import SPARE, routine
from aviso.domain.settings import Settings


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
