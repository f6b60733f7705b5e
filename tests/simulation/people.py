"""Who is a victim of what, and what becomes of the case: all drawn beforehand, from one seed."""

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random

import phonenumbers

from infra.local.sample import names
from infra.local.sample.cases import CHARGES
from tests.simulation import behavior

FAMILY = ("SPOUSE", "EX-PARTNER", "SIBLING", "PARENT")
DEAD, A_BUSINESS = "deceased", "organization"
STRANGERS = ("STRANGER", "STRANGER", "ACQUAINTANCE", "NEIGHBOR", "")


@dataclass(eq=False)
class Contact:
    """A phone or a mailbox, and how it behaves for good."""

    channel: str  # sms or email
    address: str
    nature: str  # good, weak, silent or dead


@dataclass(eq=False)
class Person:
    """A victim, or a guardian who is told in a victim's place."""

    id: str
    first: str
    last: str
    born: date
    language: str  # as the records system writes it
    street: str = ""
    phone: Contact | None = None
    landline: bool = False
    email: Contact | None = None
    guardian: "Person | None" = None
    portal: list[Contact] = field(default_factory=list)
    safe: bool = True  # to contact, as the records system says
    waived: bool = False  # wants no news, as the records system says
    hidden: bool = False  # the home is confidential: no letter may go there
    later: str = ""  # what a later row calls them: DEAD or A_BUSINESS
    later_at: datetime | None = None
    truly: bool = False  # that row is right
    erased: bool = False  # in the records system too
    told: frozenset[str] = frozenset()  # what an officer tells them: rights, arrest

    @property
    def on_file(self) -> set[str]:
        """The addresses that the report has."""
        return {c.address for c in (self.phone, self.email) if c}

    @property
    def reachable(self) -> set[str]:
        """Those of them that messages can come to: no text comes to a landline."""
        landline = self.phone.address if self.phone and self.landline else ""
        return self.on_file - {landline}


@dataclass(eq=False)
class Case:
    """A case and its fate; times are in UTC."""

    number: str
    offense: str
    division: str
    reported: datetime
    victims: list[Person]
    relationship: str
    flagged: bool
    detective: tuple[str, str, str] | None = None
    assigned: datetime | None = None
    arrested: datetime | None = None
    appears: datetime | None = None
    withdrawn: datetime | None = None
    renumbered: datetime | None = None
    statuses: list[tuple[datetime, str]] = field(default_factory=list)

    @property
    def later_number(self) -> str:
        """The number that a renumbered case has from then on."""
        return f"9{self.number[1:]}"

    def number_at(self, now: datetime) -> str:
        """Return the number that the records system has, and that people read and type."""
        changed = self.renumbered is not None and self.renumbered <= now
        return self.later_number if changed else self.number


# Who reads what comes to an address: the case, the victim it is about, the phone or mailbox.
Directory = dict[str, tuple[Case, Person, Contact]]


class Town:
    """Draws cases; the same seed and size give the same town."""

    def __init__(
        self, seed: int, start: datetime, days: int, victims: int, told: float = 0.0
    ) -> None:
        self.chance = Random(f"town {seed}")
        self.wishes = Random(f"wishes {seed}")  # dice of their own: the rest of the town stays
        self.later = Random(f"later rows {seed}")
        self.officers, self.told = Random(f"officers {seed}"), told
        self.start, self.days, self.wanted = start, days, victims
        with CHARGES.open(encoding="utf-8", newline="") as file:
            self.charges = list(csv.DictReader(file))
        self.weights = [int(charge["charges"]) for charge in self.charges]
        self.phones = _phones()
        self.count = 0

    def cases(self) -> Iterator[Case]:
        """Yield every case, in order of report."""
        span = timedelta(days=self.days)
        people, moments = 0, []
        while people < self.wanted:
            pair = self.chance.random() < behavior.TWO_VICTIMS and people + 2 <= self.wanted
            moments.append((self.start + span * self.chance.random(), 2 if pair else 1))
            people += 2 if pair else 1
        by_day: dict[date, int] = {}
        for at, victims in sorted(moments):
            day = (at - timedelta(hours=7)).date()
            by_day[day] = by_day.get(day, 0) + 1
            yield self._case(f"{day:%y%m%d}{by_day[day]:04d}", at, victims)

    def _case(self, number: str, at: datetime, victims: int) -> Case:
        (charge,) = self.chance.choices(self.charges, self.weights)
        family = self._odds(behavior.RELATIVE)
        case = Case(
            number=number,
            offense=charge["statute"],
            division=charge["division"],
            reported=at,
            victims=self._victims(at, victims),
            relationship=self.chance.choice(FAMILY if family else STRANGERS),
            flagged=self._odds(behavior.FLAGGED),
        )
        self._fate(case)
        self._later_rows(case)
        self._officers(case)
        return case

    def _officers(self, case: Case) -> None:
        """Draw what officers tell at the scene, or after an arrest."""
        for victim in case.victims:
            shares = {"rights": behavior.RIGHTS_ON_PAPER, "arrest": behavior.ARREST_TOLD}
            told = [what for what, n in shares.items() if self.officers.random() < n * self.told]
            if not (victim.later or victim.waived):
                victim.told = frozenset(told)

    def _later_rows(self, case: Case) -> None:
        """Draw what the records system says otherwise later: of the case, and of its victims."""
        if self.later.random() < behavior.RENUMBERED:
            case.renumbered = case.reported + timedelta(days=self.later.uniform(2, 21))
        for victim in case.victims:
            dice = self.later.random()
            at = case.reported + timedelta(days=self.later.uniform(2, 21))
            truly = self.later.random() < behavior.IS_RIGHT
            if victim.guardian is None and dice < behavior.DIES + behavior.CHANGES_TYPE:
                victim.later = DEAD if dice < behavior.DIES else A_BUSINESS
                victim.later_at, victim.truly = at, truly and victim.later == DEAD

    def _victims(self, at: datetime, count: int) -> list[Person]:
        """Return people whose envelopes differ, so that a reader knows whose is whose."""
        found: dict[str, Person] = {}
        while len(found) < count:
            victim = self._victim(at)
            reader = victim.guardian or victim
            found.setdefault(f"{reader.first} {reader.last}", victim)
        return list(found.values())

    def _fate(self, case: Case) -> None:
        def later(low: float, high: float, since: datetime = case.reported) -> datetime:
            return since + timedelta(days=self.chance.uniform(low, high))

        case.statuses = [(case.reported, "OPEN")]
        if self._odds(behavior.ON_THE_SPOT):
            case.arrested = later(0.02, 0.4)
        elif self._odds(behavior.INFO):
            case.statuses.append((later(1, 5), "INFO"))
        else:
            case.detective = self.chance.choice(names.DETECTIVES)
            case.assigned = later(0.5, 6)
            case.statuses.append((case.assigned, "ASSIGNED"))
            if self._odds(behavior.ARREST_LATER):
                case.arrested = later(2, 45, case.assigned)
            elif self._odds(behavior.CLOSED):
                case.statuses.append((later(10, 50, case.assigned), "INACTIVE"))
        if case.arrested is None:
            return
        case.appears = case.arrested + timedelta(hours=self.chance.randint(14, 30))
        if self._odds(behavior.WITHDRAWN):
            case.withdrawn = later(0.5, 3, case.arrested)
        elif self._odds(behavior.PROSECUTED):
            case.statuses.append((later(2, 9, case.arrested), "PROS"))
        else:
            case.statuses.append((later(2, 9, case.arrested), "CBA"))

    def _victim(self, at: datetime) -> Person:
        minor = self._odds(behavior.MINOR)
        victim = self._person(at, minor=minor)
        if minor:
            victim.guardian = self._person(at, minor=False)
            victim.phone = victim.email = None
        waives, hides = (self.wishes.random() for _ in range(2))
        victim.waived = not minor and waives < behavior.WAIVED
        victim.hidden = not minor and bool(victim.street) and hides < behavior.HIDDEN
        return victim

    def _person(self, at: datetime, *, minor: bool) -> Person:
        self.count += 1
        spanish = self._odds(behavior.SPANISH)
        first, last = (self.chance.choice(p) for p in (names.SPANISH if spanish else names.ENGLISH))
        age = self.chance.randint(5, 16) if minor else self.chance.randint(19, 84)
        person = Person(
            id=f"N{self.count:07d}",
            first=first,
            last=last,
            born=at.date() - timedelta(days=age * 366 + self.chance.randint(1, 300)),
            language="SPA" if spanish else "ENG",
        )
        if self._odds(behavior.HOME):
            number = self.chance.randint(100, 9999)
            person.street = f"{number} {self.chance.choice(names.STREETS)}"
        if self._odds(behavior.MOBILE + behavior.LANDLINE):
            person.phone = self.new_phone()
            person.landline = self._odds(behavior.LANDLINE / (behavior.MOBILE + behavior.LANDLINE))
        if self._odds(behavior.EMAIL):
            person.email = self.new_email(person)
        return person

    def new_phone(self) -> Contact:
        """Return a phone that nobody has yet."""
        return Contact("sms", next(self.phones), self._nature(behavior.PHONES))

    def new_email(self, person: Person) -> Contact:
        """Return a mailbox that nobody has yet."""
        plain = unicodedata.normalize("NFKD", person.first).encode("ascii", "ignore").decode()
        self.count += 1
        name = "".join(c for c in plain.lower() if c.isalpha())
        domain = self.chance.choice(("example.com", "example.org"))
        address = f"{name}.{self.count}@{domain}"
        return Contact("email", address, self._nature(behavior.MAILBOXES))

    def _nature(self, natures: Mapping[str, float]) -> str:
        weights = [*natures.values(), 1 - sum(natures.values())]
        return self.chance.choices([*natures, "good"], weights)[0]

    def _odds(self, chance: float) -> bool:
        return self.chance.random() < chance


def _phones() -> Iterator[str]:
    """Yield fictional phones: 555-01xx, in every area code of the country."""
    for area in range(201, 990):
        if not phonenumbers.is_valid_number(phonenumbers.parse(f"+1{area}5550100")):
            continue
        yield from (f"+1{area}55501{n:02d}" for n in range(100) if (area, n) not in STAFF_PHONES)


# The agency's own numbers, and those of its people.
STAFF_PHONES = frozenset({(520, n) for n in (0, 40, 41, 42, 50, 51, 60, *range(71, 76), 90)})
