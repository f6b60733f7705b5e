"""The quiet hours of the night, when a text waits for the morning. Pure.

`routing` asks for each notice that a text would tell; the settings say which kinds wait.
"""

from datetime import datetime, timedelta

from aviso.domain.settings import Settings


def quiet_until(settings: Settings, now: datetime) -> datetime | None:
    """Return when the quiet hours end, or None outside them."""
    messages, zone = settings.messages, settings.agency.zone
    local = now.astimezone(zone)
    if messages.quiet_until <= local.time() < messages.quiet_from:
        return None
    day = local.date() + (timedelta(days=1) if local.time() >= messages.quiet_from else timedelta())
    return datetime.combine(day, messages.quiet_until, tzinfo=zone).astimezone(now.tzinfo)
