"""What providers say became of a message, in one shape whatever the channel.

The modules here turn events into `Receipt`s and `Reply`s and do nothing else; `receiving` acts.
"""

from datetime import datetime
from enum import StrEnum

from aviso.domain.model import Channel
from aviso.domain.value import Frozen


class Outcome(StrEnum):
    """What became of a message."""

    SENT = "sent"  # the provider has it: settles a hand-over that we were not sure of
    DELIVERED = "delivered"
    DELAYED = "delayed"  # still being tried
    FAILED = "failed"
    OPTED_OUT = "opted_out"  # the provider knows an opt-out, and did not deliver
    COMPLAINT = "complaint"  # delivered, and its reader calls it unwanted


class Receipt(Frozen, frozen=True, kw_only=True):
    """One provider's word about one message to one address."""

    channel: Channel
    outcome: Outcome
    provider_id: str
    at: datetime
    notice_id: str = ""  # known for emails alone, from their tag
    attempt: int = 0
    address: str = ""
    permanent: bool = False  # the address itself is dead, for every case
    reason: str = ""  # a code of ours, safe to store and log


class Meaning(StrEnum):
    """What an inbound text asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"
    OTHER = "other"


class Reply(Frozen, frozen=True, kw_only=True):
    """A text that somebody sent us."""

    id: str
    address: str  # who wrote, in E.164
    text: str
    meaning: Meaning
    language: str = ""  # of the word it was, when the word tells
    maybe_stop: bool = False  # a person should read it soon: it may ask us to stop
    at: datetime
