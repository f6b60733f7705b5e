"""What truly became of requests for other agencies: a ledger that knows nothing of the product.

It learns of a consent from the portal's answer, of arrests and prosecutions from the agency's own
files, and of a request from the page that the other agency reads.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulation.entries import Who

JAIL, PROSECUTOR = "county_jail", "county_attorney"
# In which the sample agency wants it confirmed.
WITHIN = {JAIL: timedelta(hours=4), PROSECUTOR: timedelta(days=2)}


@dataclass(frozen=True, slots=True)
class Request:
    """A request that an agency read: whose, and since when it was owed."""

    who: Who
    agency: str
    since: datetime


@dataclass(slots=True)
class HandedOn:
    """Consents, what makes an agency need them, and what the agencies read and confirmed."""

    agreed: dict[Who, datetime] = field(default_factory=dict)
    ended: dict[Who, datetime] = field(default_factory=dict)
    occasions: dict[tuple[str, str], datetime] = field(default_factory=dict)  # case, agency
    undone: set[tuple[str, str]] = field(default_factory=set)  # a mistake of the records
    read: dict[str, Request] = field(default_factory=dict)  # by the reference on the page
    confirmed: dict[str, datetime] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)  # what an agency read and must not have

    def happens(self, number: str, agency: str, at: datetime) -> None:
        """Note that the files say what an agency must know, once."""
        self.occasions.setdefault((number, agency), at)

    def reads(self, agency: str, reference: str, who: Who, at: datetime) -> None:
        """Note that an agency reads a request, and whether it may."""
        since = self.owed().get((who, agency))
        if since is None or since > at:
            self.wrong.append(f"{agency} reads a request of {who[0]} that is not for it")
        self.read.setdefault(reference, Request(who, agency, since or at))

    def owed(self) -> dict[tuple[Who, str], datetime]:
        """Return which agency is owed whose request now, and since when."""
        return {
            (who, agency): max(agreed, known)
            for who, agreed in self.agreed.items()
            for (number, agency), known in self.occasions.items()
            if number == who[0] and who not in self.ended and (number, agency) not in self.undone
        }

    def lost(self, excused: Collection[Who]) -> list[str]:
        """Return what is owed now and was never read, but of those whose contact is spent."""
        there = {(request.who, request.agency) for request in self.read.values()}
        return [
            f"{agency} never read the request of {who[0]}"
            for who, agency in self.owed().keys() - there
            if who not in excused
        ]

    def in_time(self) -> list[Request]:
        """Return the requests that were confirmed within their agency's hours."""
        return [
            request
            for id, request in self.read.items()
            if id in self.confirmed and self.confirmed[id] <= request.since + WITHIN[request.agency]
        ]

    def taken_back(self) -> list[Request]:
        """Return the requests that a victim took back, or that a withdrawn arrest ended."""
        return [
            request
            for request in self.read.values()
            if request.who in self.ended or (request.who[0], request.agency) in self.undone
        ]

    def by_outcome(self) -> dict[str, list[Who]]:
        """Return whose requests were read, confirmed and taken back, by the dashboard's names."""
        return {
            "hand_offs_sent": [request.who for request in self.read.values()],
            "hand_offs_confirmed": [request.who for request in self.in_time()],
            "hand_offs_taken_back": [request.who for request in self.taken_back()],
        }

    def days(self) -> dict[str, list[datetime]]:
        """Return since when each of them was owed."""
        return {
            "hand_offs_sent": [request.since for request in self.read.values()],
            "hand_offs_confirmed": [request.since for request in self.in_time()],
            "hand_offs_taken_back": [request.since for request in self.taken_back()],
        }


@dataclass(slots=True)
class Speaker:
    """A person whom a victim named to speak for them, at one address."""

    who: Who
    agreed: datetime | None = None
    over: datetime | None = None  # said no, or the victim ended it

    def may_get(self, *, asks: bool) -> bool:
        """Whether a message may come now: the question, or news after a yes."""
        return self.over is None and (asks or self.agreed is not None)
