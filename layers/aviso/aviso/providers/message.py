"""An outgoing message, and the provider's answer."""

from typing import Protocol

from aviso.domain.value import Frozen


class OutgoingMessage(Frozen, frozen=True, kw_only=True):
    """One message to one address. Its personal data stays out of its `repr`."""

    address: str  # E.164 or email
    text: str
    notice: str = ""  # the notice's id and attempt come back in email receipts
    attempt: int = 0
    segments: int = 1  # of a text: the unit of pacing and billing
    subject: str = ""
    html: str = ""
    unsubscribe: str = ""  # the address that a mail program posts to


class Handed(Frozen, frozen=True):
    """The provider accepted the message: it is sent, not yet delivered (docs/rules.md#5)."""

    provider_id: str


class Sender(Protocol):
    """What a channel must provide."""

    def send(self, message: OutgoingMessage, seconds_left: float) -> Handed:
        """Hand a message over, with one attempt.

        Args:
            seconds_left: how long the function may still run; no call is begun that may not end.

        Raises:
            SendFailed: refused for good.
            SendDeferred: not accepted, no message was handed over; try later.
            SendUnknown: it may have been sent.
        """
