"""What a ledger of the simulation is made of: messages, cuts and costs. Knows no product."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

Who = tuple[str, str]  # a case's number and a victim's id
Numbers = dict[str, float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cuts:
    """What a case's figures are cut by."""

    group: str  # of its offense
    division: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What a letter costs the agency, and how many victims one went to before."""

    hours: float
    dollars: float
    share_before: float


class Asked(NamedTuple):
    """A task that somebody was called about, and whether somebody answered."""

    reason: str  # why a person had it
    kind: str
    word: str  # of what happened: a change's says what was changed
    answered: bool
    minutes: int  # after it was owed


@dataclass(eq=False)
class Message:
    """One message that a provider took, and its fate as the provider knows it."""

    who: Who
    kind: str
    address: str
    at: datetime
    delivered: bool = False
    failed: bool = False

    @property
    def may_have_told(self) -> bool:
        """Whether its reader got it, or may have: nobody knows that it failed, or it did later."""
        return self.delivered or not self.failed


def share(over: float, under: float) -> float | None:
    """Return a quotient, None when there is nothing to divide by."""
    return over / under if under else None


def local(at: datetime) -> datetime:
    """Return a UTC time by Arizona's clocks."""
    return at - timedelta(hours=7)
