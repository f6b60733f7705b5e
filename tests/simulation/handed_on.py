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
BETWEEN = timedelta(hours=2)  # an email an hour, and then somebody looks
WITHIN = {JAIL: timedelta(hours=4), PROSECUTOR: timedelta(days=2)}


@dataclass(frozen=True, slots=True)
class Request:
    """A request that an agency read: whose, and since when it was owed."""

    who: Who
    agency: str
    since: datetime


@dataclass(slots=True)
class HandedOn:
    """Consents, what makes an agency need them, and what the agencies read and confirmed.

    A request that names who speaks is another one than one that names nobody.
    """

    agreed: dict[Who, datetime] = field(default_factory=dict)
    ended: dict[Who, datetime] = field(default_factory=dict)
    occasions: dict[tuple[str, str], datetime] = field(default_factory=dict)  # case, agency
    undone: set[tuple[str, str]] = field(default_factory=set)  # a mistake of the records
    spoken_for: dict[Who, bool] = field(default_factory=dict)  # whether somebody speaks now
    renamed: dict[Who, datetime] = field(default_factory=dict)  # when that changed
    read: dict[str, Request] = field(default_factory=dict)  # by the reference on the page
    named: set[str] = field(default_factory=set)  # read with the name of who speaks
    confirmed: dict[str, datetime] = field(default_factory=dict)
    again: dict[str, datetime] = field(default_factory=dict)  # when one was owed again
    wrong: list[str] = field(default_factory=list)  # what an agency read and must not have

    def happens(self, number: str, agency: str, at: datetime) -> None:
        """Note that the files say what an agency must know, once."""
        self.occasions.setdefault((number, agency), at)

    def reads(self, agency: str, reference: str, who: Who, at: datetime, *, named: bool) -> None:
        """Note that an agency reads a request, whether it may, and whether it names who speaks."""
        since = self.owed().get((who, agency))
        if since is None or since > at:
            self.wrong.append(f"{agency} reads a request of {who[0]} that is not for it")
        if named:
            self.named.add(reference)
        self.read.setdefault(reference, Request(who, agency, since or at))
        if not self._names_are_right(reference):
            self.wrong.append(f"{agency} reads another name than who speaks for {who[0]}")

    def speaks(self, who: Who, at: datetime, *, now: bool) -> None:
        """Note that somebody begins or ends to speak: each request is taken back for another.

        One that was taken back before is owed again, and confirmed again.
        """
        if self.spoken_for.get(who, False) is now:
            return
        self.spoken_for[who], self.renamed[who] = now, at
        owed = self.owed()
        for reference, request in self.read.items():
            again = request.who == who and self._names_are_right(reference)
            if again and (who, request.agency) in owed:
                self.confirmed.pop(reference, None)
                self.again[reference] = at

    def _names_are_right(self, reference: str) -> bool:
        who = self.read[reference].who
        return (reference in self.named) is self.spoken_for.get(who, False)

    def owed(self) -> dict[tuple[Who, str], datetime]:
        """Return which agency is owed whose request now, and since when."""
        return {
            (who, agency): max(agreed, known, self.renamed.get(who, known))
            for who, agreed in self.agreed.items()
            for (number, agency), known in self.occasions.items()
            if number == who[0] and who not in self.ended and (number, agency) not in self.undone
        }

    def lost(self, excused: Collection[Who], now: datetime) -> list[str]:
        """Return what has been owed for a while and was never read.

        Those whose contact is spent are left out.
        """
        there = {
            (request.who, request.agency)
            for reference, request in self.read.items()
            if self._names_are_right(reference)
        }
        return [
            f"{agency} never read the request of {who[0]}"
            for (who, agency), since in self.owed().items()
            if who not in excused and (who, agency) not in there and since + BETWEEN < now
        ]

    def in_time(self) -> list[Request]:
        """Return the requests that were confirmed within their agency's hours."""
        return [
            request
            for id, request in self.read.items()
            if id in self.confirmed
            and self.confirmed[id] <= self.again.get(id, request.since) + WITHIN[request.agency]
        ]

    def taken_back(self) -> list[Request]:
        """Return what a victim took back, or a withdrawn arrest or another name ended."""
        return [
            request
            for reference, request in self.read.items()
            if request.who in self.ended
            or (request.who[0], request.agency) in self.undone
            or not self._names_are_right(reference)
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
