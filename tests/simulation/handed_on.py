"""What truly became of requests for other agencies: a ledger that knows nothing of the product.

It learns of a consent from the portal's answer, of arrests and prosecutions from the agency's own
files, and of a request from the page that the other agency reads.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.simulation.entries import Who

JAIL, PROSECUTOR = "county_jail", "county_attorney"
NAMED = "Speaker-"  # begins the last name of everybody whom a victim names
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
    named: set[str] = field(default_factory=set)  # read with the name of who speaks
    replaced: set[str] = field(default_factory=set)  # of these, whose speaker was ended
    again: dict[tuple[Who, str], datetime] = field(default_factory=dict)  # owed without the name
    wrong: list[str] = field(default_factory=list)  # what an agency read and must not have

    def happens(self, number: str, agency: str, at: datetime) -> None:
        """Note that the files say what an agency must know, once."""
        self.occasions.setdefault((number, agency), at)

    def reads(
        self, agency: str, reference: str, who: Who, at: datetime, *, speaker: bool = False
    ) -> None:
        """Note that an agency reads a request, whether it may, and whether it names who speaks."""
        since = self.owed().get((who, agency))
        if since is None or since > at:
            self.wrong.append(f"{agency} reads a request of {who[0]} that is not for it")
        if reference in self.replaced:
            self.wrong.append(f"{agency} still reads who spoke for the victim of {who[0]}")
        if speaker:
            self.named.add(reference)
        self.read.setdefault(reference, Request(who, agency, since or at))

    def speaks_no_more(self, who: Who, at: datetime) -> None:
        """Note that a victim ended it: who read the name is told, and gets another request."""
        for reference in self.named - self.replaced:
            request = self.read[reference]
            if request.who == who and (who, request.agency) in self.owed():
                self.replaced.add(reference)
                self.again[who, request.agency] = at

    def owed(self) -> dict[tuple[Who, str], datetime]:
        """Return which agency is owed whose request now, and since when."""
        return {
            (who, agency): max(agreed, known, self.again.get((who, agency), known))
            for who, agreed in self.agreed.items()
            for (number, agency), known in self.occasions.items()
            if number == who[0] and who not in self.ended and (number, agency) not in self.undone
        }

    def lost(self, excused: Collection[Who]) -> list[str]:
        """Return what is owed now and was never read, but of those whose contact is spent."""
        there = {
            (request.who, request.agency)
            for reference, request in self.read.items()
            if reference not in self.replaced
        }
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
        """Return what a victim took back, or a withdrawn arrest ended, or another replaced."""
        return [
            request
            for reference, request in self.read.items()
            if reference in self.replaced
            or request.who in self.ended
            or (request.who[0], request.agency) in self.undone
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
