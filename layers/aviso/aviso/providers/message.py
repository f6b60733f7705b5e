"""A message on its way out, and what its provider answered."""

from typing import Protocol

from aviso.domain.value import Frozen


class OutgoingMessage(Frozen, frozen=True, kw_only=True):
    """One message to one address. What is personal in it stays out of its `repr`."""

    address: str  # E.164 or email
    text: str
    notice: str = ""  # the notice's id and attempt come back in email receipts
    attempt: int = 0
    segments: int = 1  # of a text: what it is paced and charged by
    subject: str = ""
    html: str = ""
    unsubscribe: str = ""  # the address a mail program posts to


class Handed(Frozen, frozen=True):
    """The provider took the message: it is sent, and by no means delivered (docs/rules.md#5)."""

    provider_id: str


class Sender(Protocol):
    """What the flow asks of a channel."""

    def send(self, message: OutgoingMessage, seconds_left: float) -> Handed:
        """Hand a message over, trying once.

        Args:
            message: what to send, to whom.
            seconds_left: how long the function may still run; nothing is begun that may not end.

        Raises:
            SendFailed: refused for good.
            SendDeferred: not taken, nothing left; try later.
            SendUnknown: it may have left.
        """
