"""What a scenario is: cases as a records system exports them, and what their people do.

Each case has two states, the second exported while messages about the first are under way.
Nothing here knows the product; `model.py` says what a scenario owes to whom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

LEAVES_WITHIN = timedelta(seconds=1.5)  # a message decided on before an end may still leave
WORD, FALSE_WORD = "heard", "heard from nobody"  # the second: by a name on the case
KNOWLEDGE, CODE = "knowledge", "code"  # how a visitor to the portal proved who they are
EARLY = "sent_to_prosecutor"  # without an arrest it may say that somebody is looked for
DECIDED_WITHIN = timedelta(seconds=15)  # a message that left was decided on at most so long before


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Anyone on a case, as its people file says."""

    id: str
    role: str  # VIC, SUS, GRD, NOK, REP
    first: str
    last: str
    born: date | None
    phone: str = ""
    landline: bool = False
    email: str = ""
    street: str = ""
    confidential: bool = False
    minor: bool = False
    deceased: bool = False
    incapacitated: bool = False
    unsafe: bool = False
    rights: str = ""  # R, W or nothing
    doubt: str = ""  # what a later row says, and nobody has judged: see `incapacity.in_force`
    waits: bool = False  # came after a victim who may be taken off the case
    relationship: str = ""
    speaks_for: str = ""
    removed: bool = False
    language: str = "E"  # E or S
    heard: str = ""  # an officer told them their rights: `WORD`, or `FALSE_WORD`
    heard_at: datetime | None = None

    @property
    def addresses(self) -> set[str]:
        """Phones and emails that are written to; a landline takes no text."""
        phone = "" if self.landline else self.phone
        return {a for a in (phone, self.email) if a}


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrest:
    """An arrest."""

    id: str
    suspect: str
    at: datetime
    appearance: datetime | None = None
    withdrawn: bool = False
    juvenile: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A whole case as the records system has it at one time."""

    offense: str
    reported: datetime
    status: str = "OPEN"
    status_at: datetime | None = None
    division: str = ""
    assigned: str = ""
    assigned_at: datetime | None = None
    assigned_phone: str = ""
    assigned_email: str = ""
    prosecutor_at: datetime | None = None
    flagged: bool = False
    people: tuple[Person, ...] = ()
    arrests: tuple[Arrest, ...] = ()

    @property
    def victims(self) -> tuple[Person, ...]:
        """Those the agency still lists as victims, in the order of their ids."""
        found = (p for p in self.people if p.role == "VIC" and not p.removed)
        return tuple(sorted(found, key=lambda p: p.id))

    @property
    def shows_prosecutor(self) -> bool:
        """Whether the status page says to everybody that the prosecutor has the case."""
        return self.status == "SUBMITTED" or any(not a.withdrawn for a in self.arrests)

    @property
    def suspects(self) -> tuple[Person, ...]:
        """The suspects."""
        return tuple(p for p in self.people if p.role == "SUS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case at first, and after a while, when it has changed."""

    number: str
    before: State
    after: State
    trouble: str
    later_number: str = ""  # that the records system gives it while messages are under way


@dataclass(slots=True)
class Named:
    """A person whom a victim names to speak for them, what both then do, and what came of it.

    Each step has two times, because it counts at some moment between them: when it began, and when
    it was certainly stored.
    """

    case: str
    victim: str
    id: str  # of the contact
    address: str
    answers: str  # to the question: yes, no, or nothing at all
    ends: str = ""  # the victim ends it: soon after a yes, late (news is on its way), or never
    hears: tuple[str, ...] = ()  # the victim's own contacts
    said: str = ""
    said_from: datetime | None = None
    said_by: datetime | None = None
    ended_from: datetime | None = None
    ended_by: datetime | None = None

    @property
    def surname(self) -> str:
        """By which an agency's page names them."""
        return f"Speaker-{self.case}"

    def may_hear(self, address: str, decided: datetime, at: datetime) -> bool:
        """Whether news may have gone to this address, by what both had said.

        Args:
            decided: when it may have been decided on, at the earliest.
            at: when it left.
        """
        return (
            (address, self.said) == (self.address, "yes")
            and self.said_from is not None
            and self.said_from <= at
            and (self.ended_by is None or decided <= self.ended_by + LEAVES_WITHIN)
        )

    def must_hear(self, at: datetime, known_from: datetime | None) -> bool:
        """Whether news that left for the victim then had to go to the person named as well.

        Args:
            at: when the first message of it left.
            known_from: before then nobody knew the news, nor decided to whom it goes.
        """
        decided = max(at - DECIDED_WITHIN, known_from or at - DECIDED_WITHIN)
        return (
            self.said == "yes"
            and self.said_by is not None
            and self.said_by < decided
            and (self.ended_from is None or at < self.ended_from)
        )


@dataclass(slots=True)
class Left:
    """A contact that a visitor leaves for a victim, perhaps with a warning, and what came of it.

    Each step has two times, as for a person who is named.
    """

    case: str
    victim: str
    address: str
    proof: str  # of the visitor: knowledge or a code
    warns: bool  # then calls the victim's own contact unsafe
    own: tuple[str, ...]  # the victim's own contacts
    id: str = ""  # of the contact, once it is stored
    asked_from: datetime | None = None
    stored_by: datetime | None = None
    warned_from: datetime | None = None
    warned_by: datetime | None = None

    def may_hear(
        self, kind: str, at: datetime, known: Sequence[State], stopped: Mapping[str, datetime]
    ) -> bool:
        """Whether news may have gone to it: not if it is all that is left after a STOP.

        Args:
            at: when it was decided on.
            known: the states of the case that may have been known then.
            stopped: from when on the owners of phones and emails wanted no more.
        """
        over = [stopped[a] for a in self.own if a in stopped]
        alone = len(over) == len(self.own) and at > max(over)
        asked = self.asked_from is not None and self.asked_from <= at
        return asked and not alone and self._gets(kind, any(s.shows_prosecutor for s in known))

    def must_hear(self, kind: str, at: datetime, case: Case) -> bool:
        """Whether news that left for the victim then had to go there as well."""
        shown = case.before.shows_prosecutor and case.after.shows_prosecutor
        stored = self.stored_by is not None and self.stored_by < at
        return stored and self._gets(kind, shown)

    def _gets(self, kind: str, shown: bool) -> bool:
        return self.proof == CODE or kind != EARLY or shown


@dataclass(slots=True)
class Judged:
    """What a supervisor says of a victim in doubt, with its two times."""

    case: str
    victim: str
    doubt: tuple[str, ...]  # what a later row says otherwise
    right: bool  # the later row, and then these speak for the victim
    speak: tuple[str, ...]
    since: datetime | None = None
    stored_by: datetime | None = None


@dataclass(slots=True)
class Scenario:
    """All cases, and how phones and mailboxes behave."""

    seed: int
    now: datetime
    cases: list[Case] = field(default_factory=list)
    dead: set[str] = field(default_factory=set)  # nothing arrives there: a permanent failure
    silent: set[str] = field(default_factory=set)  # their receipts never come
    stops: list[str] = field(default_factory=list)  # phones whose owners text STOP
    only_on_page: frozenset[str] = frozenset()  # kinds of which a restricted case tells nobody
