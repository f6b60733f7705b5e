"""Handing a message to a provider: the last step of `send_notice`, and all that is per channel.

A channel is one module with a class that satisfies `Sender`. A new provider or a voice channel
is one more module and a line in `sender`.
"""

from functools import cache

from aviso.domain.model import Channel
from aviso.providers.message import Sender


@cache
def sender(channel: Channel) -> Sender:
    """Return this process's sender for a channel.

    Raises:
        ValueError: for letters, which are printed and not handed over.
    """
    if channel is Channel.SMS:
        from aviso.providers.sns import SnsSender

        return SnsSender()
    if channel is Channel.EMAIL:
        from aviso.providers.ses import SesSender

        return SesSender()
    raise ValueError(f"no sender for {channel}")
