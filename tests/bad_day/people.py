"""The day's people, and how each victim must be told: the model, which asks nothing of the product.

Nobody in it exists. Phones are in the ranges that are reserved for fiction, emails in a domain
reserved for examples.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from infra.harness.feed_files import columns, export_text, local

BURGLARY, STALKING = "13-1507", "13-2923"
TOLD, LETTER, TASK = "told", "letter", "task"  # how a victim's notice must end
BORN, BORN_TYPED = "04/12/1985", "4/12/1985"
# Each has a hundred numbers that belong to nobody.
AREAS = (
    *(205, 206, 207, 208, 209, 210, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229),
    *(231, 234, 239, 240, 248, 251, 252, 253, 254, 256, 260, 262, 267, 269, 270, 281, 301, 302),
    *(303, 304, 305, 307, 308, 309, 310, 312, 313, 314, 315, 316, 317, 318, 319, 320),
)
MOST = 9_000  # cases of one day: the running number has four digits
TWENTIETH = 20
Row = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Case:
    """A case whose suspect is arrested on the bad day.

    Attributes:
        phone, email: where the victim can be told; both empty when only by post or by a person.
        end: how the notice of the arrest must end.
    """

    n: int
    number: str
    phone: str
    email: str
    end: str

    @property
    def last_name(self) -> str:
        """The victim's."""
        return f"Luna{letters(self.n)}"

    @property
    def signed_up(self) -> str:
        """The email that a visitor of this case leaves, if one signs up."""
        return f"other{self.n}@example.com"

    @property
    def addresses(self) -> frozenset[str]:
        """Where a message must arrive; empty when none may be sent."""
        return frozenset({self.phone, self.email} - {""}) if self.end == TOLD else frozenset()


def letters(n: int) -> str:
    """Return a number as letters: a name has no digits."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(n))


def make(count: int, today: datetime) -> list[Case]:
    """Return so many cases, whose numbers are of this day.

    One in twenty may be told only by a person, since it is a stalking case, and one only by post. A
    third of the others has a phone, a third an email, a third both.

    Raises:
        ValueError: for more than a day's numbers.
    """
    if count > MOST:
        raise ValueError(f"a day has at most {MOST} cases")
    return [_case(n, today) for n in range(count)]


def _case(n: int, today: datetime) -> Case:
    number = f"26{today:%m%d}{n:04d}"
    phone, email = f"+1{AREAS[n // 3 * 2 // 100 % len(AREAS)]}55501{n // 3 * 2 % 100:02d}", ""
    # Two of three have a phone: the numbers in turn, so that no two victims share one.
    if n % 3 == 2:
        phone = _next(phone)
    if n % 3 != 0:
        email = f"v{n}@example.com"
    if n % 3 == 1:
        phone = ""
    if n % TWENTIETH == 7:
        return Case(n, number, phone, email, TASK)
    if n % TWENTIETH == 13:
        return Case(n, number, "", "", LETTER)
    return Case(n, number, phone, email, TOLD)


def _next(phone: str) -> str:
    return f"{phone[:-2]}{int(phone[-2:]) + 1:02d}"


def files(cases: Sequence[Case], now: datetime) -> dict[str, bytes]:
    """Return the files of cases and people; they are so old that they owe nothing themselves."""
    long_ago, recent = local(now - timedelta(days=700)), local(now - timedelta(hours=2))
    reports = [
        {"INCIDENT_NUM": c.number, "CASE_STATUS": "OPEN", "RPT_DT": long_ago, "LAST_UPD": recent}
        | {"OFFENSE_CD": STALKING if c.end == TASK else BURGLARY}
        for c in cases
    ]
    people = [row for c in cases for row in _people(c, recent)]
    return {"cases.csv": _file("cases", reports), "people.csv": _file("people", people)}


def _people(case: Case, at: str) -> Iterator[Row]:
    row = {"INCIDENT_NUM": case.number, "LAST_UPD": at}
    victim = {"NAME_ID": f"V{case.n}", "INVL_TYPE": "VIC", "FIRST_NM": "Ana", "DOB": BORN}
    reach = {"LAST_NM": case.last_name, "PHONE": case.phone, "EMAIL": case.email}
    home = {"ADDR": f"{case.n + 1} E Pima St", "CITY": "Sonora Wells", "STATE": "AZ"}
    yield row | victim | reach | home | {"ZIP": "85701"}
    suspect = {"NAME_ID": f"S{case.n}", "INVL_TYPE": "SUS", "FIRST_NM": "Sam", "DOB": "01/02/1979"}
    yield row | suspect | {"LAST_NM": f"Poe{letters(case.n)}"}


def arrests(cases: Sequence[Case], now: datetime) -> bytes:
    """Return the one file that says that every suspect was arrested."""
    at = local(now - timedelta(minutes=20))
    return _file(
        "arrests",
        [
            {"INCIDENT_NUM": c.number, "ARREST_NUM": f"A{c.n}", "NAME_ID": f"S{c.n}"}
            | {"ARREST_DT": at, "LAST_UPD": at}
            for c in cases
        ],
    )


def poison() -> bytes:
    """Return a file that nothing can be read from: no columns, half of a Unicode sign, zeros."""
    return b"\x00\xff\xfe\xc3(" * 4_000 + b'"\n' + b"INCIDENT_NUM,\xc3\n" * 50


def _file(kind: str, rows: Sequence[Row]) -> bytes:
    return export_text(columns(kind), rows).encode()
