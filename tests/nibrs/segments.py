"""The segments of a NIBRS incident, after the FBI's record layout; the numbers are data elements.

Names and contacts are not in NIBRS: a records system has them beside it (`Contact`). The layout is
that of the 2021.1 NIBRS User Manual; the code lists are in `infra/agency/presets/nibrs.yaml`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

UNKNOWN_OFFENDER = 0  # data element 36: nothing is known of the offenders, not even how many


@dataclass(frozen=True, slots=True)
class Contact:
    """What the records system knows of a person beside NIBRS."""

    first: str = ""
    last: str = ""
    born: date | None = None
    phone: str = ""
    email: str = ""
    street: str = ""
    language: str = ""
    rights: str = ""
    confidential: bool = False
    unsafe: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offense:
    """An offense segment."""

    code: str  # 6
    attempted: bool = False  # 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """A victim segment."""

    sequence: int  # 23
    offenses: tuple[str, ...]  # 24
    type: str  # 25
    age: str = ""  # 26: years, a range, NN, NB, BB or 00; only of a person
    relations: Mapping[int, str]  # 34 and 35: the offender's sequence number -> relationship
    contact: Contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Offender:
    """An offender segment."""

    sequence: int  # 36
    age: str = ""  # 37
    contact: Contact = Contact()
    gone: bool = False  # replaced: the unknown offender became known


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrestee:
    """An arrestee segment. NIBRS does not say which offender it is; the records system does."""

    sequence: int  # 40
    transaction: str  # 41
    arrested_at: datetime  # 42; NIBRS has the day, the records system sometimes also the hour
    type: str  # 43: on view, summoned or taken into custody
    multiple: str  # 44: M or C if the arrest clears several incidents, otherwise N
    offense: str  # 45
    disposition: str = ""  # 52: of an arrestee under 18
    offender: int
    court_at: datetime | None = None
    voided: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One version of an incident: the administrative segment and all others."""

    number: str  # 2
    occurred_at: datetime  # 3
    exceptional: str = "N"  # 4
    exceptional_on: date | None = None  # 5
    offenses: tuple[Offense, ...]  # up to ten
    victims: tuple[Victim, ...]
    offenders: tuple[Offender, ...]
    arrestees: tuple[Arrestee, ...] = ()
    status: str = "OPEN"
    status_at: datetime
    division: str = ""
    assigned: str = ""
    assigned_at: datetime | None = None
    removed: bool = False
    changed: datetime  # when this version was written
