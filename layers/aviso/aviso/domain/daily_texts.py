"""How many routine texts a victim gets in a day: the rest waits for the next morning.

Pure; `route` asks it (docs/rules.md#21). The number is the setting `messages.routine_texts_a_day`.
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
