"""What becomes of a request that another agency must have: a row, owed, confirmed or over. Pure.

Each function returns the row as it is next; `storage.hand_off_rows` writes the difference. What the
agency reads is not in the row: it is computed from the case (docs/decisions/hand-offs.md).
"""

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from aviso.domain.fact_keys import FactKey
from aviso.domain.hand_off_duties import HandOffDuty, HandOffHold
from aviso.domain.reasons import HoldReason
from aviso.domain.receiving_agencies import Purpose
from aviso.domain.staff import Role
from aviso.domain.value import Frozen

EMAIL = "hand_off-"  # begins the id of an email to an agency, where others have a notice's
SHOWN = timedelta(days=30)  # how long an agency reads that a request was taken back
LATE = timedelta(hours=2)  # an agency that was not told of a withdrawal by then is called


class HandOffState(StrEnum):
    """The state of a hand-off. Each may become any other, except that no confirmed one is owed."""

    OWED = "owed"
    CONFIRMED = "confirmed"
    OVER = "over"  # the agency must not use it any more, and nothing of it is shown


S = HandOffState


class HandOff(Frozen, frozen=True, kw_only=True):
    """A hand-off in the ledger, without personal data."""

    id: str
    case: str  # the case's origin number
    victim: str  # the victim's origin id
    receiver: str  # the agency's id in the settings, or `NOBODY`
    purpose: Purpose
    fact: FactKey
    created_at: datetime
    deadline: datetime  # for the confirmation
    state: HandOffState
    version: int = 1  # of the row: each write is conditional on it
    reason: str = ""  # why a person has a task, a `HandOffHold` or a `HoldReason`
    unsaid: bool = False  # the agency's next email speaks of it
    due_at: datetime | None = None  # when `chase` looks at it again; without it, nobody lists it
    told_at: datetime | None = None  # the first email, or the agency read it
    confirmed_at: datetime | None = None
    confirmed_by: str = ""  # an account of the agency, or of a member who gave it by telephone
    over_at: datetime | None = None
    overruled: tuple[str, ...] = ()
    stamp: str = ""  # see `report_dimensions`

    @property
    def reference(self) -> str:
        """A short name without personal data, for the agency's own records."""
        return self.id[:8].upper()

    @property
    def by_telephone(self) -> bool:
        """Whether a member gave it by telephone. Then it is taken back by telephone, too."""
        return bool(self.confirmed_by) and not self.confirmed_by.startswith(f"{Role.RECEIVER}:")

    @property
    def to_take_back(self) -> bool:
        """Whether a person must call the agency to take it back."""
        return self.state is S.OVER and bool(self.reason)

    @property
    def shown(self) -> bool:
        """Whether its agency may read it now, as far as the row tells."""
        return self.state is S.OWED and self.reason in ("", *CALL_THEM)

    @property
    def is_open(self) -> bool:
        """Whether somebody has yet to do something about it."""
        return self.state is S.OWED or self.unsaid or bool(self.reason)

    @property
    def sent(self) -> bool:
        """Whether its agency heard of it, by email, on its page or by telephone."""
        return self.told_at is not None or self.by_telephone

    @property
    def in_time(self) -> bool:
        """Whether it was confirmed by its deadline."""
        return self.confirmed_at is not None and self.confirmed_at <= self.deadline

    @property
    def status(self) -> str:
        """What the victim and the desk read of it, a key of their words."""
        if self.reason:
            return "person"
        if self.state is S.OWED:
            return "given" if self.told_at else "soon"
        return "confirmed" if self.state is S.CONFIRMED else "taken_back"

    def late(self, now: datetime) -> bool:
        """Whether its time is over and no person has a task."""
        if self.reason or self.state is S.CONFIRMED:
            return False
        if self.state is S.OWED:
            return now >= self.deadline
        return self.unsaid and self.over_at is not None and now >= self.over_at + LATE


# A person calls the agency, which may still read and confirm it.
CALL_THEM = (HandOffHold.NOT_CONFIRMED, HandOffHold.NOT_TOLD)


def entered(duty: HandOffDuty, stamp: str, now: datetime) -> HandOff:
    """Return a new hand-off: its agency is told next, or a person looks first."""
    one = HandOff(
        id=duty.id,
        case=duty.case,
        victim=duty.victim.origin,
        receiver=duty.receiver,
        purpose=duty.purpose,
        fact=duty.fact,
        stamp=stamp,
        created_at=now,
        deadline=now + duty.within,
        state=S.OWED,
    )
    return _to_say(one, duty, now) if not duty.hold else held(one, duty.hold, duty, now)


def followed(
    one: HandOff, duty: HandOffDuty | None, why: str, *, known: bool, now: datetime
) -> HandOff:
    """Return a hand-off as its case wants it now.

    Args:
        duty: what the case owes of it; None when it is not owed any more.
        why: why its case alone wants a person to look first: see `hand_off_duties.held_by_case`.
        known: whether its agency is in the settings.
    """
    if duty is None:
        return _ended(one, known=known, now=now)
    if one.state is S.OVER:
        return _again(one, duty, why, now)
    if one.state is S.OWED:
        return _owed(one, duty, why, now)
    return _watched(one, duty, now)


def _owed(one: HandOff, duty: HandOffDuty, why: str, now: datetime) -> HandOff:
    if why and not one.reason:
        return held(one, why, duty, now)
    if not why and one.reason in set(HoldReason):
        return _to_say(one, duty, now)  # `chase` decides again
    if not one.unsaid and one.late(now):
        return expired(one, duty, now)
    return _watched(one, duty, now)


def _again(one: HandOff, duty: HandOffDuty, why: str, now: datetime) -> HandOff:
    """Return a hand-off that was taken back and is owed again."""
    if one.to_take_back and one.by_telephone:  # nobody called: the agency still has it
        return _watched(replace(one, state=S.CONFIRMED, reason="", over_at=None), duty, now)
    one = replace(one, over_at=None, confirmed_at=None, confirmed_by="")
    return held(one, why, duty, now) if why else _to_say(one, duty, now)


def _ended(one: HandOff, *, known: bool, now: datetime) -> HandOff:
    """Return a hand-off that is taken back: by email if the agency heard of it so.

    A person calls where no email can say it.
    """
    if one.state is S.OVER:
        return untold(one, now) if one.unsaid and not known else _watched(one, None, now)
    one = replace(one, state=S.OVER, over_at=now, reason="", unsaid=one.told_at is not None)
    if one.by_telephone or (one.unsaid and not known):
        return untold(one, now)
    return replace(one, due_at=now) if one.unsaid else _watched(one, None, now)


def _to_say(one: HandOff, duty: HandOffDuty, now: datetime) -> HandOff:
    """Return a hand-off whose agency is told next, and has its whole time from now on."""
    deadline = now + duty.within
    return replace(one, state=S.OWED, reason="", unsaid=True, deadline=deadline, due_at=now)


def held(one: HandOff, why: str, duty: HandOffDuty, now: datetime) -> HandOff:
    """Return a hand-off that waits for a person."""
    return _watched(replace(one, state=S.OWED, reason=why, unsaid=False), duty, now)


def told(one: HandOff, duty: HandOffDuty | None, now: datetime) -> HandOff:
    """Return a hand-off of which its agency has just heard, new or taken back."""
    at = one.told_at if one.state is S.OVER else one.told_at or now
    return _watched(replace(one, unsaid=False, told_at=at), duty, now)


def untold(one: HandOff, now: datetime) -> HandOff:
    """Return a hand-off of which no email tells its agency: a person must call.

    One that the agency confirmed stays: it read the request.
    """
    if one.state is S.CONFIRMED:
        return one
    why = HandOffHold.TAKEN_BACK if one.state is S.OVER else one.reason or HandOffHold.NOT_TOLD
    return _watched(replace(one, reason=why, unsaid=False), None, now)


def expired(one: HandOff, duty: HandOffDuty | None, now: datetime) -> HandOff:
    """Return a hand-off whose time is over: a person calls."""
    return held(one, HandOffHold.NOT_CONFIRMED, duty, now) if duty else untold(one, now)


def confirmed(one: HandOff, duty: HandOffDuty | None, by: str, now: datetime) -> HandOff:
    """Return a hand-off that its agency has, as an account of it or a member says."""
    one = replace(one, state=S.CONFIRMED, reason="", unsaid=False)
    return _watched(replace(one, confirmed_at=now, confirmed_by=by), duty, now)


def called_off(one: HandOff, now: datetime) -> HandOff:
    """Return a hand-off that a member took back by telephone."""
    return _watched(replace(one, reason=""), None, now)


def released(one: HandOff, duty: HandOffDuty, now: datetime) -> HandOff:
    """Return a held hand-off that a person gives after all."""
    overruled = tuple(dict.fromkeys((*one.overruled, one.reason)))
    return _to_say(replace(one, overruled=overruled), duty, now)


def _watched(one: HandOff, duty: HandOffDuty | None, now: datetime) -> HandOff:
    """Return a hand-off with the time at which `chase` looks at it again."""
    return replace(one, due_at=_next_look(one, duty, now))


def _next_look(one: HandOff, duty: HandOffDuty | None, now: datetime) -> datetime | None:
    if one.unsaid:
        return one.due_at
    if one.state is S.OVER:
        return _listed_until(one, now)
    if duty is None:
        return now  # it is taken back
    asked = one.state is S.OWED and not one.reason
    return min(one.deadline, duty.ends_at) if asked else duty.ends_at


def _listed_until(one: HandOff, now: datetime) -> datetime | None:
    """Return until when an agency reads that a request is over, and for as long as a call waits."""
    until = one.over_at + SHOWN if one.over_at and one.told_at else now
    if one.reason and until <= now:
        until = max(one.due_at or now, now + SHOWN / 2)
    return until if until > now else None
