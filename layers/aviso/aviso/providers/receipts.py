"""Providers' receipts, in one form for every channel.

The modules here only turn events into `Receipt`s and `InboundText`s; `notices` acts on them.
"""

from datetime import datetime
from enum import StrEnum

from aviso.domain.model import Channel
from aviso.domain.stop_words import Meaning
from aviso.domain.value import Frozen


class Outcome(StrEnum):
    """The outcome of a message."""

    SENT = "sent"  # the provider has it: settles an uncertain hand-over
    DELIVERED = "delivered"
    DELAYED = "delayed"  # still being tried
    FAILED = "failed"
    OPTED_OUT = "opted_out"  # the provider has an opt-out, and did not deliver
    COMPLAINT = "complaint"  # delivered, and its reader reported it as unwanted


class Receipt(Frozen, frozen=True, kw_only=True):
    """One provider's report about one message to one address."""

    channel: Channel
    outcome: Outcome
    provider_id: str
    at: datetime
    notice_id: str = ""  # known only for emails, from their tag
    attempt: int = 0
    address: str = ""
    permanent: bool = False  # the address itself is dead, for every case
    reason: str = ""  # a code of ours, safe to store and log


class InboundText(Frozen, frozen=True, kw_only=True):
    """A text that somebody sent us."""

    id: str
    address: str  # who wrote, in E.164
    text: str
    meaning: Meaning
    language: str = ""  # of the keyword, when the word shows it
    maybe_stop: bool = False  # a person should read it soon: it may ask us to stop
    at: datetime
