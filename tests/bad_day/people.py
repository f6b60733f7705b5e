"""The day's people: cases as the rig has them, each with one arrest; the rig's model says the end.

Nobody in it exists. Phones are in the ranges that are reserved for fiction, emails in a domain
reserved for examples.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from tests.rig.model import exports, oracle, scenario
from tests.rig.model.generator import AREAS
from tests.rig.model.observed import DELIVERED, HELD, LETTERED
from tests.rig.model.scenario import Arrest, Person, Scenario, State

BURGLARY, STALKING = "13-1507", "13-2923"
BORN_TYPED = "4/12/1985"
MOST = 9_000  # cases of one day: the running number has four digits
TWENTIETH = 20


@dataclass(frozen=True, slots=True)
class Case:
    """A case whose suspect is arrested on the bad day."""

    n: int
    known: scenario.Case

    @property
    def number(self) -> str:
        """The report's."""
        return self.known.number

    @property
    def victim(self) -> Person:
        """Its only victim."""
        return self.known.after.victims[0]

    @property
    def signed_up(self) -> str:
        """The email that a visitor of this case leaves, if one signs up."""
        return f"other{self.n}@example.com"

    @property
    def addresses(self) -> frozenset[str]:
        """Where a message must arrive; empty when none may be sent."""
        return oracle.reach(self.known.after, self.victim).addresses

    @property
    def end(self) -> str:
        """How the notice of the arrest must end."""
        if oracle.reach(self.known.after, self.victim).held:
            return HELD
        return DELIVERED if self.addresses else LETTERED


def letters(n: int) -> str:
    """Return a number as letters: a name has no digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(n))


def make(count: int, today: datetime) -> list[Case]:
    """Return so many cases, whose numbers are of this day.

    One in twenty is a stalking case, whose victim only a person may tell. One has only a home. A
    third of the others has a phone, a third an email, a third both.
    """
    if count > MOST:
        raise ValueError(f"a day has at most {MOST} cases")
    return [Case(n, _case(n, today)) for n in range(count)]


def _case(n: int, today: datetime) -> scenario.Case:
    by_post = n % TWENTIETH == 13
    # Two of three have a phone: the numbers in turn, so that no two victims share one.
    turn = n // 3 * 2 + (n % 3 == 2)
    phone = f"+1{AREAS[turn // 100 % len(AREAS)]}55501{turn % 100:02d}"
    victim = Person(
        id=f"V{n}",
        role="VIC",
        first="Ana",
        last=f"Luna{letters(n)}",
        born=date(1985, 4, 12),
        phone="" if by_post or n % 3 == 1 else phone,
        email="" if by_post or n % 3 == 0 else f"v{n}@example.com",
        street=f"{n + 1} E Pima St",
    )
    suspect = replace(
        victim,
        id=f"S{n}",
        role="SUS",
        first="Sam",
        last=f"Poe{letters(n)}",
        born=date(1979, 1, 2),
        phone="",
        email="",
        street="",
    )
    before = State(
        offense=STALKING if n % TWENTIETH == 7 else BURGLARY,
        reported=today - timedelta(days=700),  # so old that it owes nothing itself
        people=(victim, suspect),
    )
    arrest = Arrest(id=f"A{n}", suspect=suspect.id, at=today - timedelta(minutes=20))
    after = replace(before, arrests=(arrest,))
    return scenario.Case(
        number=f"26{today:%m%d}{n:04d}", before=before, after=after, trouble="none"
    )


def files(cases: Sequence[Case], now: datetime) -> list[exports.Export]:
    """Return the files of cases and people."""
    return exports.first(Scenario(1, now, [case.known for case in cases]))


def arrests(cases: Sequence[Case], now: datetime) -> bytes:
    """Return the one file that says that every suspect was arrested."""
    town = Scenario(1, now, [case.known for case in cases])
    later = exports.third(town, now, {case.number for case in cases})
    return next(file.body for file in later if file.name.startswith("arrests"))


def poison() -> bytes:
    """Return a file that nothing can be read from: no columns, half of a Unicode sign, zeros."""
    return b"\x00\xff\xfe\xc3(" * 4_000 + b'"\n' + b"INCIDENT_NUM,\xc3\n" * 50
