"""The values of the ledger: a duty, a notice, its states and its attempts."""

from datetime import datetime
from enum import StrEnum
from typing import TypedDict

from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Channel, Kind
from aviso.domain.reasons import HoldReason, Reason, Unsettled
from aviso.domain.value import Frozen


class Duty(Frozen, frozen=True, kw_only=True):
    """A victim must be told a fact by a deadline (docs/rules.md#1). It contains no address."""

    id: str
    case: str  # the case's origin number
    victim: str  # the victim's origin id; empty: the case has no victim, a person must look
    kind: Kind
    fact: FactKey
    fact_at: datetime
    first_seen: datetime
    deadline: datetime
    corrects: str = ""  # the notice a correction withdraws
    unsettled: Unsettled | None = None  # why the case is incomplete after the settle time


class State(StrEnum):
    """The state of a notice; the legal moves are the table in `notice_states`."""

    PLANNED = "planned"
    WAITING = "waiting"
    HELD = "held"
    CLAIMED = "claimed"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    UNCONFIRMED = "unconfirmed"
    SUPPRESSED = "suppressed"
    REPLACED = "replaced"
    QUEUED = "queued"
    PRINTED = "printed"
    MAILED = "mailed"


class Attempt(Frozen, frozen=True, kw_only=True):
    """One try on one channel, under its notice."""

    n: int
    channel: Channel
    address_key: str  # HMAC of the address: guards and receipts match by it
    state: State
    at: datetime
    provider_id: str = ""
    reason: str = ""
    segments: int = 0
    source: str = ""  # report or portal: whose contact it was
    contact: str = ""  # the enrolled contact's id, when it was one


class Notice(Frozen, frozen=True, kw_only=True):
    """A duty in the ledger, with its state and its attempts."""

    id: str
    case: str
    victim: str
    kind: Kind
    fact: FactKey
    fact_at: datetime
    first_seen: datetime
    deadline: datetime
    created_at: datetime
    state: State = State.PLANNED
    reason: str = ""
    corrects: str = ""
    waits_for: str = ""  # the notice this one waits for
    token: str = ""
    lease_until: datetime | None = None
    due_at: datetime | None = None  # when `chase` looks at it again
    tries: int = 0
    crashes: int = 0  # claims that expired without a mark
    # Part of a rung was handed over, and the rest is to come: a receipt alone does not end it.
    rest_to_come: bool = False
    channel: str = ""  # the channel it was last told on
    source: str = ""  # whose contact it went to: portal, if any of them was
    stamp: str = ""  # see `report_dimensions`
    language: str = ""
    told_at: datetime | None = None
    told_by: str = ""  # the member who told it or wrote who did, or `RECORDS`
    officer: str = ""  # the officer who told it, as the records system or the desk names them
    told_how: str = ""  # in which way that officer did
    # When a call told its victim; of the notices that one call told, only the first has it.
    called_at: datetime | None = None
    held_for: str = ""  # why it was held when a person ended it, to take that back
    restricted: bool | None = None  # its case, as planning last saw it; None: not looked at yet
    unsafe: bool = False  # somebody else may hear it, as planning last saw the case
    arrived: bool = False  # once delivered, mailed or told by a person; never taken back
    released_by: str = ""  # the person who overruled a hold
    overruled: tuple[HoldReason, ...] = ()  # the holds overruled; any other holds it again
    resent_at: datetime | None = None  # a person asked for it again: older attempts do not count
    run: str = ""  # the print run that its letter is in
    attempts: tuple[Attempt, ...] = ()


class OfficersWord(Frozen, frozen=True):
    """That an officer told somebody: who, how and when; a member's own word has the time alone."""

    officer: str  # name or number
    how: str
    at: datetime


class KeptWord(TypedDict):
    """What a notice keeps of such a word."""

    told_at: datetime | None
    told_by: str
    officer: str
    told_how: str


class Changes(TypedDict, total=False):
    """What a move may change besides a notice's state and due time; an empty value removes it."""

    reason: Reason
    waits_for: str
    deadline: datetime
    tries: int
    crashes: int
    rest_to_come: bool | None
    channel: str
    source: str
    language: str
    told_at: datetime | None
    told_by: str
    officer: str
    told_how: str
    called_at: datetime | None
    held_for: str
    restricted: bool
    released_by: str
    overruled: tuple[HoldReason, ...]
    resent_at: datetime
    run: str
    owner: str  # the member at the desk who took the task


class Move(Changes):
    """What a move changes: when `chase` looks again; None ends its watch."""

    due_at: datetime | None
