"""The step of a ladder that is used now, and when a text must wait for the morning. Pure.

`routing` asks both for each notice.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from aviso.domain.contacts import Contact
from aviso.domain.model import Channel
from aviso.domain.settings import Settings


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


def quiet_until(settings: Settings, now: datetime) -> datetime | None:
    """Return when the quiet hours end, or None outside them."""
    messages, zone = settings.messages, settings.agency.zone
    local = now.astimezone(zone)
    if messages.quiet_until <= local.time() < messages.quiet_from:
        return None
    day = local.date() + (timedelta(days=1) if local.time() >= messages.quiet_from else timedelta())
    return datetime.combine(day, messages.quiet_until, tzinfo=zone).astimezone(now.tzinfo)
