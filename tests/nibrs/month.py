"""A made-up month of incidents: each as a list of versions, oldest first. A seed decides all of it.

The incidents keep NIBRS's rules. Only a person can be the victim of a crime against a person, and
society is the victim of a crime against society. A relationship is named if the offender is known.
An incident that is cleared exceptionally has no arrestee.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from infra.local.sample import names
from tests.nibrs.segments import (
    UNKNOWN_OFFENDER,
    Arrestee,
    Contact,
    Incident,
    Offender,
    Offense,
    Victim,
)

FIRST_DAY = datetime(2026, 10, 1, 7, tzinfo=UTC)  # midnight in Arizona
DAYS = 31
AGAINST_PERSONS = ("13A", "13B", "13A", "13B", "13B", "13C", "11A", "100", "09A")
AGAINST_PROPERTY = ("220", "23F", "23H", "240", "290", "120", "26A", "280")
AGAINST_SOCIETY = ("35A", "520", "90C")
ORGANIZATIONS = ("B", "B", "F", "G", "R")
RELATIONSHIPS = (
    *("ST", "AQ", "NE", "EE", "ER"),
    *("SE", "BG", "PA", "CH", "FR", "OK", "RU", "XS", "VO"),
)
ORDINARY = 5  # of them
AGES = ("19", "24", "31", "42", "58", "73", "99", "2530", "NN", "BB", "07", "15", "16", "17", "00")
ADULT = 8  # of them
EXCEPTIONAL = ("A", "B", "C", "D", "E")
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Change:
    """What the records system changes at one moment: one incident, or several by one arrest."""

    at: datetime
    versions: tuple[Incident, ...]


@dataclass
class Month:
    """Everyone and everything of the month."""

    seed: int
    incidents: int
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        """Throw the dice of this seed."""
        self.random = Random(f"nibrs {self.seed}")
        self._people = 0

    def changes(self) -> list[Change]:
        """Return every change of the month, in order."""
        found: list[Change] = []
        reports = [self._reported(n) for n in range(self.incidents)]
        before: Incident | None = None
        for report in reports:
            found.append(Change(report.changed, (report,)))
            last: Incident | None = report
            for version in self._fate(report):
                found.append(Change(version.changed, (version,)))
                last = version
            if before and self.random.random() < 0.05:
                found += self._cleared_together(before, last)
                last = None
            before = last if last and not last.arrestees and not last.removed else None
        end = FIRST_DAY + timedelta(days=DAYS)
        return sorted((c for c in found if c.at < end), key=lambda c: (c.at, c.versions[0].number))

    def _reported(self, n: int) -> Incident:
        hours = self.random.randint(0, (DAYS - 3) * 24)
        occurred = FIRST_DAY + hours * HOUR + timedelta(minutes=self.random.randint(0, 59))
        offenses = self._offenses()
        offenders = tuple(self._offenders())
        return Incident(
            number=f"{occurred - 7 * HOUR:%y%m%d}{n % 10_000:04}",
            occurred_at=occurred,
            offenses=offenses,
            victims=tuple(self._victims(offenses, offenders)),
            offenders=offenders,
            status_at=occurred,
            division=self.random.choice(["West", "Central", ""]),
            changed=occurred + timedelta(minutes=self.random.randint(20, 300)),
        )

    def _offenses(self) -> tuple[Offense, ...]:
        """Return one to ten offenses, each code once."""
        kinds = self.random.choices([AGAINST_PERSONS, AGAINST_PROPERTY, AGAINST_SOCIETY], [4, 6, 1])
        many = self.random.choices([1, 2, 3, 10], [70, 20, 8, 2])[0]
        first = self.random.choice(kinds[0])
        every = [*dict.fromkeys(AGAINST_PERSONS), *AGAINST_PROPERTY, *AGAINST_SOCIETY]
        codes = dict.fromkeys([first, *self.random.sample(every, many - 1)])
        return tuple(Offense(code=c, attempted=self.random.random() < 0.1) for c in codes)

    def _offenders(self) -> Iterator[Offender]:
        if self.random.random() < 0.3:
            yield Offender(sequence=UNKNOWN_OFFENDER)
            return
        for sequence in range(1, self.random.choice([1, 1, 1, 2, 3]) + 1):
            yield self._known(sequence)

    def _known(self, sequence: int) -> Offender:
        age = self.random.choice(["16", "19", "28", "35", "51", "00"])
        return Offender(sequence=sequence, age=age, contact=self._contact())

    def _victims(
        self, offenses: tuple[Offense, ...], offenders: tuple[Offender, ...]
    ) -> Iterator[Victim]:
        codes = [o.code for o in offenses]
        person = [c for c in codes if c in AGAINST_PERSONS]
        property = [c for c in codes if c in AGAINST_PROPERTY]
        society = [c for c in codes if c in AGAINST_SOCIETY]
        sequence = 0
        for _ in range(self.random.choice([1, 1, 2, 3]) if person or property else 0):
            sequence += 1
            organization = not person and self.random.random() < 0.25
            if organization:
                yield self._organization(sequence, tuple(property))
            else:
                yield self._individual(sequence, tuple(person or property), offenders)
        if society:
            yield Victim(
                sequence=sequence + 1, offenses=tuple(society), type="S", relations={},
                contact=Contact(),
            )  # fmt: skip

    def _organization(self, sequence: int, codes: tuple[str, ...]) -> Victim:
        name = Contact(last=f"Mercado {self.random.randint(1, 99)}", phone=self._phone())
        kind = self.random.choice(ORGANIZATIONS)
        return Victim(sequence=sequence, offenses=codes, type=kind, relations={}, contact=name)

    def _individual(
        self, sequence: int, codes: tuple[str, ...], offenders: tuple[Offender, ...]
    ) -> Victim:
        known = [o.sequence for o in offenders if o.sequence != UNKNOWN_OFFENDER]
        return Victim(
            sequence=sequence,
            offenses=codes,
            type=self.random.choices(["I", "L", "U"], [30, 1, 1])[0],
            age=self.random.choice(AGES[:ADULT] if self.random.random() < 0.8 else AGES),
            relations={n: self._relationship() for n in known},
            contact=self._contact(),
        )

    def _contact(self) -> Contact:
        self._people += 1
        firsts, lasts = self.random.choice([names.SPANISH, names.ENGLISH])
        odds, chance = self.random.random, self.random
        return Contact(
            first=chance.choice(firsts),
            last=chance.choice(lasts),
            born=date(chance.randint(1950, 2012), chance.randint(1, 12), chance.randint(1, 28))
            if odds() < 0.5
            else None,
            phone=self._phone() if odds() < 0.8 else "",
            email=f"n{self._people}@example.org" if odds() < 0.6 else "",
            street=f"{100 + self._people} {chance.choice(names.STREETS)}" if odds() < 0.8 else "",
            language=chance.choice(["ENG", "SPA", ""]),
            rights=chance.choice(["R", "W", "", ""]),
            confidential=odds() < 0.05,
            unsafe=odds() < 0.05,
        )

    def _relationship(self) -> str:
        ordinary = self.random.random() < 0.8
        return self.random.choice(RELATIONSHIPS[:ORDINARY] if ordinary else RELATIONSHIPS)

    def _phone(self) -> str:
        return self.random.choice(names.PHONES)

    def _fate(self, report: Incident) -> Iterator[Incident]:
        """Yield the later versions of an incident."""
        now, same_day = report, self.random.random() < 0.15
        if same_day and _known_of(now):
            now = self._later(now, 2 * HOUR, arrestees=(self._arrest(now, 2 * HOUR),))
            yield now
        for _ in range(self.random.choice([0, 1, 2, 3, 4])):
            possible = [version for step in STEPS if (version := step(self, now))]
            now = self.random.choice(possible)
            yield now

    def _later(self, incident: Incident, after: timedelta, **changes: object) -> Incident:
        version = replace(incident, **changes)  # type: ignore[arg-type]
        return replace(version, changed=incident.changed + after)

    def _days(self) -> timedelta:
        """Return one to six days, never at the same time of day."""
        return timedelta(days=self.random.randint(1, 6), minutes=self.random.randint(-90, 90))

    # ------------------------------------------------------------------ what may happen, one each

    def assigned(self, now: Incident) -> Incident | None:
        """Give the incident to a detective."""
        after = self._days()
        who = self.random.choice(names.DETECTIVES)[0]
        at = now.changed + after
        return self._later(
            now, after, status="ASSIGNED", status_at=at, assigned=who, assigned_at=at
        )

    def made_known(self, now: Incident) -> Incident | None:
        """Replace the unknown offender by two known ones, with their relationships."""
        if _known_of(now) or now.exceptional != "N":
            return None
        known = (self._known(1), self._known(2))
        victims = tuple(
            replace(v, relations={n: self._relationship() for n in (1, 2)}) if v.type in "IL" else v
            for v in now.victims
        )
        gone = tuple(replace(o, gone=True) for o in now.offenders)
        return self._later(now, self._days(), offenders=gone + known, victims=victims)

    def arrested(self, now: Incident) -> Incident | None:
        """Arrest one offender more."""
        taken = {a.offender for a in now.arrestees}
        if now.exceptional != "N" or not [o for o in _known_of(now) if o.sequence not in taken]:
            return None
        after = self._days()
        return self._later(now, after, arrestees=(*now.arrestees, self._arrest(now, after)))

    def voided(self, now: Incident) -> Incident | None:
        """Withdraw an arrest."""
        if not now.arrestees:
            return None
        first, *others = now.arrestees
        return self._later(now, self._days(), arrestees=(replace(first, voided=True), *others))

    def cleared(self, now: Incident) -> Incident | None:
        """Clear the incident by its arrest, or exceptionally."""
        after = self._days()
        at = now.changed + after
        if now.arrestees:
            return self._later(now, after, status="CBA", status_at=at)
        if not _known_of(now):
            return None
        code = self.random.choice(EXCEPTIONAL)
        day = (at - 7 * HOUR).date()
        return self._later(
            now, after, status="EXC", status_at=at, exceptional=code, exceptional_on=day
        )

    def reclassified(self, now: Incident) -> Incident | None:
        """Correct the offenses: another first one, and one less if there are several."""
        first = self.random.choice(AGAINST_PERSONS + AGAINST_PROPERTY)
        kept = [o for o in now.offenses[2:] if o.code != first]
        return self._later(now, self._days(), offenses=(Offense(code=first), *kept))

    def corrected(self, now: Incident) -> Incident | None:
        """Correct a victim: another phone, and perhaps a flag."""
        if not now.victims or now.victims[0].type == "S":
            return None
        first, *others = now.victims
        unsafe = self.random.random() < 0.3
        contact = replace(first.contact, phone=self._phone(), unsafe=unsafe)
        return self._later(now, self._days(), victims=(replace(first, contact=contact), *others))

    def removed(self, now: Incident) -> Incident | None:
        """Seal the incident, or open it again."""
        return self._later(now, self._days(), removed=not now.removed)

    def _arrest(self, now: Incident, after: timedelta) -> Arrestee:
        taken = {a.offender for a in now.arrestees}
        offender = next(o for o in _known_of(now) if o.sequence not in taken)
        at = now.changed + after - HOUR
        if self.random.random() < 0.3:  # NIBRS has the day alone
            at = at.replace(hour=7, minute=0)
        court = at + timedelta(days=1) if self.random.random() < 0.5 else None
        sequence = len(now.arrestees) + 1
        return Arrestee(
            sequence=sequence,
            transaction=f"A{now.number}-{sequence}",
            arrested_at=at,
            type=self.random.choice(["O", "S", "T"]),
            multiple="N",
            offense=now.offenses[0].code,
            disposition=self.random.choice(["H", "R"]) if offender.age == "16" else "",
            offender=offender.sequence,
            court_at=court,
        )

    def _cleared_together(self, one: Incident, other: Incident) -> list[Change]:
        """Clear two incidents by one arrest of one person (data element 44)."""
        if other.arrestees or other.removed or not _known_of(one) or not _known_of(other):
            return []
        if {one.exceptional, other.exceptional} != {"N"}:
            return []
        at = max(one.changed, other.changed) + self._days()
        arrest = replace(
            self._arrest(one, at - one.changed), multiple="M", transaction=f"M{one.number}"
        )
        person = next(o for o in one.offenders if o.sequence == arrest.offender)
        second = next(o for o in _known_of(other))
        offenders = tuple(
            replace(o, contact=person.contact, age=person.age) if o is second else o
            for o in other.offenders
        )
        here = replace(one, arrestees=(arrest,), changed=at)
        there = replace(
            other, offenders=offenders, changed=at,
            arrestees=(replace(arrest, multiple="C", offender=second.sequence),),
        )  # fmt: skip
        return [Change(at, (here, there))]


STEPS = (
    Month.assigned, Month.made_known, Month.arrested, Month.arrested, Month.voided, Month.cleared,
    Month.reclassified, Month.corrected, Month.removed,
)  # fmt: skip


def _known_of(incident: Incident) -> list[Offender]:
    return [o for o in incident.offenders if o.sequence != UNKNOWN_OFFENDER and not o.gone]
