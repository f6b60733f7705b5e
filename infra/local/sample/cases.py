"""Made-up cases: reports, their progress and arrests."""

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from infra.local.sample import names
from infra.local.sample.people import Cast, Row

CHARGES = Path(__file__).with_name("charges.csv")
ZONE = ZoneInfo("America/Phoenix")
TIME = "%m/%d/%Y %H:%M"
# The sample agency's codes: the cases that have them, and their percentages.
STATUSES = {
    "OPEN": 14, "INFO": 18, "ASSIGNED": 12, "ACTIVE": 16, "INACTIVE": 14, "WARRANT": 2,
    "PROS": 8, "CBA": 6, "EXC": 3, "CLOSED": 5, "UNFOUNDED": 1, "REOPEN": 1,
}  # fmt: skip
WORKED = frozenset(STATUSES) - {"OPEN", "INFO", "UNFOUNDED"}
ARRESTED = {"PROS": 0.8, "CBA": 1.0, "ACTIVE": 0.2, "WARRANT": 0.2, "ASSIGNED": 0.1}
PLACES = ("Sonora Wells City Court, Courtroom 2", "County Justice Court, Courtroom 5")
PER_DAY = 2000  # with more reports the four-digit numbers would run out


@dataclass(frozen=True, slots=True)
class Made:
    """One case's rows, by canonical column."""

    case: Row
    people: list[Row]
    arrests: list[Row]


def written(at: datetime | None) -> str:
    """Return a time as the records system writes it."""
    return at.astimezone(ZONE).strftime(TIME) if at else ""


class Generator:
    """Generates cases in order; case n is the same for any number of cases.

    Args:
        now: what dates are relative to.
        days: how far back reports go.
    """

    def __init__(self, seed: int, now: datetime, days: int) -> None:
        self.seed = seed
        self.now = now
        self.days = days
        self.numbers: Counter[str] = Counter()
        with CHARGES.open(encoding="utf-8", newline="") as file:
            self.charges = list(csv.DictReader(file))
        self.weights = [int(charge["charges"]) for charge in self.charges]

    def made(self, count: int) -> Iterator[Made]:
        """Yield this many cases."""
        for n in range(1, count + 1):
            yield self.case(n)

    def case(self, n: int) -> Made:
        """Return one case; call it in the order of n, since numbers run by day."""
        chance = Random(f"{self.seed}:{n}")
        (charge,) = chance.choices(self.charges, self.weights)
        # Three of four are too old for anybody to be told about.
        young = chance.random() < 0.25
        days = chance.uniform(0.05, 14) if young else chance.uniform(14, self.days)
        reported = self.now - timedelta(days=days)
        status = self.status(chance, days)
        number = self.number(reported)
        moved = reported + (self.now - reported) * chance.uniform(0.05, 0.9)
        report: Row = {
            "number": number,
            "offense": charge["statute"],
            "status": status,
            "status_at": written(reported if status == "OPEN" else moved),
            "reported_at": written(reported),
            "division": charge["division"],
            "restricted": "Y" if chance.random() < 0.02 else "N",
            "row_time": written(moved),
        }
        if status in WORKED:
            who, phone, email = chance.choice(names.DETECTIVES)
            at = written(reported + (moved - reported) / 2)
            report |= {"assigned": who, "assigned_at": at}
            report |= {"assigned_phone": phone, "assigned_email": email}
        if status == "PROS":
            report["prosecutor_at"] = written(moved)
        if status == "WARRANT":
            report["warrant_at"] = written(moved)
        people = Cast(chance, n, charge["statute"], reported).people()
        for person in people:
            person |= {"number": number, "row_time": written(reported)}
        arrests = self.arrests(chance, n, status, moved, people)
        return Made(report, people, [a | {"number": number} for a in arrests])

    def status(self, chance: Random, days: float) -> str:
        """Return the status of a case this many days old; a report of today is always open."""
        if days < 1:
            return "OPEN"
        return chance.choices(list(STATUSES), list(STATUSES.values()))[0]

    def number(self, reported: datetime) -> str:
        """Return the next number of a day: year, month, day and four digits."""
        day = reported.astimezone(ZONE).strftime("%y%m%d")
        self.numbers[day] += 1
        return f"{day}{self.numbers[day]:04d}"

    def arrests(
        self, chance: Random, n: int, status: str, moved: datetime, people: list[Row]
    ) -> Iterator[Row]:
        """Yield the arrests of a case's suspects."""
        for k, suspect in enumerate((p for p in people if p["role"] == "SUS"), 1):
            if chance.random() >= ARRESTED.get(status, 0):
                continue
            at = moved - timedelta(hours=chance.uniform(0.2, 6))
            born = datetime.strptime(suspect["birth_date"], "%m/%d/%Y").replace(tzinfo=ZONE)
            juvenile = at - born < timedelta(days=18 * 365.25)
            yield {
                "id": f"A{n:06d}{k}",
                "suspect": suspect["id"],
                "arrested_at": written(at),
                "juvenile": "J" if juvenile else "A",
                "custody_agency": "County Juvenile Center"
                if juvenile
                else "County Adult Detention",
                "custody_phone": "520-555-0151" if juvenile else "520-555-0150",
                "appearance_at": "" if chance.random() < 0.3 else written(next_morning(at)),
                "appearance_place": chance.choice(PLACES),
                "withdrawn": "Y" if chance.random() < 0.02 else "",
                "row_time": written(moved),
            }


def next_morning(arrested: datetime) -> datetime:
    """Return nine o'clock on the next day, when initial appearances are held."""
    day = arrested.astimezone(ZONE) + timedelta(days=1)
    return day.replace(hour=9, minute=0, second=0, microsecond=0)
