"""The values of the ledger: a duty, a notice, its states and its attempts."""

from datetime import datetime
from enum import StrEnum

from aviso.domain.model import Channel, Kind
from aviso.domain.value import Frozen


class Duty(Frozen, frozen=True, kw_only=True):
    """This victim is to be told this fact by this deadline (docs/rules.md#1). Holds no address."""

    id: str
    case: str  # the case's origin number
    victim: str  # the victim's origin id; empty when the case has none and a person must look
    kind: Kind
    fact: str
    fact_at: datetime
    first_seen: datetime
    deadline: datetime
    corrects: str = ""  # the notice a correction withdraws
    unsettled: str = ""  # why the case is still half there after its hour (docs/rules.md#4)


class State(StrEnum):
    """Where a notice stands; the legal moves are the table in `states`."""

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
    address_key: str  # HMAC of the address, so that guards and receipts meet without it
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
    fact: str
    fact_at: datetime
    first_seen: datetime
    deadline: datetime
    created_at: datetime
    state: State = State.PLANNED
    reason: str = ""
    corrects: str = ""
    waits_for: str = ""  # the notice whose end this one waits for
    token: str = ""
    lease_until: datetime | None = None
    due_at: datetime | None = None  # when `chase` looks at it again
    tries: int = 0
    crashes: int = 0  # claims that expired without a mark
    channel: str = ""  # the channel it was last told on
    source: str = ""  # whose contact it went to: portal, once any of them was
    stamp: str = ""  # see `stamps`
    language: str = ""
    told_at: datetime | None = None
    told_by: str = ""  # the person by whose word alone it was told, by telephone or face to face
    released_by: str = ""  # the person who overruled a hold
    overruled: str = ""  # the reasons they overruled; any other reason holds it again
    resent_at: datetime | None = None  # a person asked for it again: older tries count no more
    run: str = ""  # the print run that its letter is in
    attempts: tuple[Attempt, ...] = ()
