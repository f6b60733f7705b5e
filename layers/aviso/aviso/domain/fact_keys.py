"""The keys of facts: how they are built, and the parts that the rules read. Pure."""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, tzinfo
from typing import Self
from urllib.parse import unquote

from aviso.domain.model import Arrest, Kind, Report

# Changes of who is told, or of an answer: see `changes`.
ADDED, REMOVED, DISOWNED, WAIVED = "contact", "removed", "disowned", "waived"
# A later file changes the phone or the email of somebody who is told, or ends that they are told.
CONTACT_IN_FILE = "contact_in_file"
SHARED = "shared"  # a consent to hand-offs was changed or taken back
HIDDEN = "hidden"  # the home was made confidential, or is no longer: where letters go
HOME = "home"  # the desk corrected the postal address, or marked it unsafe or safe
UNSAFE = "unsafe"  # a phone or an email was called unsafe, with a code or at the desk
GIVEN_BACK = "given_back"  # the desk made a phone or an email usable again
# The victim cannot act, as a supervisor says: dead, incapacitated, or a minor. Others are told.
INCAPACITATED = "incapacitated"
DOUBT = "doubt"  # a later file says what a supervisor must decide: see `standing`
AGREED = "agreed"  # a person whom the victim named to speak for them said yes
LOCK = "lock"  # the case was locked or unlocked on the portal
SPEAKER = "speaker"  # a later file names one more person who is told, or somebody ends that
# About a plan for safe messages: the question to its contact, and what a member must do.
PLAN, PLAN_LOOK, PLAN_ENDS = "plan", "plan_look", "plan_ends"
OF_PLAN = frozenset({PLAN, PLAN_LOOK, PLAN_ENDS})
CHANGES = frozenset(
    {ADDED, REMOVED, DISOWNED, WAIVED, SHARED, HIDDEN, HOME, UNSAFE, GIVEN_BACK, AGREED, LOCK}
    | {SPEAKER, INCAPACITATED, DOUBT, CONTACT_IN_FILE}
)
UNDATED = "undated"  # in a key, in place of the day
# The kinds of notice whose fact is a date of the case row.
DATED = tuple(kind for kind in Kind if kind.column.endswith("_at"))
# Columns with a date that names a fact, and how the fact's key begins.
BY_DATE = {kind.column: f"{kind.fact}:" for kind in DATED} | {"appearance_at": "appearance:"}
MARKS = re.compile(r"[%@~#|]")  # the feed's ids may contain any of these


class FactKey(str):
    """A fact's stable key, `kind:name@occurrence#time`, with the parts that the rules read.

    The text is what the ledger stores and what a duty's id is made of.
    """

    __slots__ = ("kind", "name", "subject")

    kind: str
    name: str  # what the fact is about, as the key spells it; see `arrest_name`
    subject: str  # the origin id of the arrest or contact that it is about

    def __new__(cls, text: str) -> Self:
        """Read the parts once."""
        key = super().__new__(cls, text)
        key.kind, _, rest = text.partition(":")
        key.name = rest.partition("@")[0]
        key.subject = unquote(key.name.partition("~")[0])
        return key

    @property
    def value(self) -> str:
        """What the fact says, without the time and how often it was said."""
        return self.name.partition("#")[0]

    @property
    def change(self) -> str:
        """Which change of a contact or an answer it is, or an empty string."""
        return self.kind if self.kind in CHANGES else ""


def timed(key: str, at: datetime) -> str:
    """Return the key of a change that may happen again."""
    return f"{key}@{at:%Y-%m-%dT%H:%M:%SZ}"


def fact_keys(report: Report, zone: tzinfo) -> dict[str, datetime]:
    """Return the facts a case row states: key -> when it happened.

    `report` carries the times its facts were first seen. `zone` is the agency's, in which a fact's
    day is counted.
    """
    known = report.row_time or report.export_time
    found: list[tuple[str, datetime | None]] = [
        ("report", report.reported_at or known),
        (assigned_key(report), (report.assigned_at or known) if report.assigned else None),
        (status_key(report, zone), (report.status_at or known) if report.status else None),
        *((dated_key(kind, report, zone), _at(kind, report, known)) for kind in DATED),
    ]
    return {key: at for key, at in found if at}


def unsure_keys(row: Report | Arrest) -> list[str]:
    """Return facts seen before that a row may still state, in a date that cannot be read.

    They are not news when the date becomes readable.
    """
    starts = tuple(BY_DATE[name] for name in row.undated if name in BY_DATE)
    return [key for key in row.first_seen if starts and key.startswith(starts)]


def arrest_fact_keys(arrest: Arrest) -> dict[str, datetime]:
    """Return the facts an arrest row states: key -> when it happened."""
    known = arrest.arrested_at or arrest.row_time or arrest.export_time
    facts = {arrest_key(arrest): known} if known else {}
    hearing_known = known or arrest.appearance_at
    if has_appearance(arrest) and hearing_known:
        facts[appearance_key(arrest)] = hearing_known
    return facts


def has_appearance(arrest: Arrest) -> bool:
    """Whether there is an initial appearance, with a readable date or not."""
    return arrest.appearance_at is not None or "appearance_at" in arrest.undated


def arrest_key(arrest: Arrest) -> str:
    """Return an arrest's fact key; a reinstated arrest is a new fact."""
    return f"arrest:{arrest_name(arrest, arrest.withdrawals)}"


def arrest_name(arrest: Arrest, life: int) -> str:
    """Return an arrest's name in its facts' keys; after each withdrawal it has a new name."""
    return quoted(arrest.origin) + (f"~{life}" if life else "")


def quoted(id: str) -> str:
    """Return an id escaped for use in a key; `FactKey.subject` reverses it."""
    return MARKS.sub(lambda mark: f"%{ord(mark[0]):02X}", id)


def appearance_key(arrest: Arrest) -> str:
    """Return an initial appearance's fact key; a new date is a new fact."""
    name, at = arrest_name(arrest, arrest.withdrawals), arrest.appearance_at
    key = f"appearance:{name}@{f'{at:%Y-%m-%dT%H:%MZ}' if at else UNDATED}"
    return _latest(key, arrest.first_seen)


def assigned_key(report: Report) -> str:
    """Return the fact key of the assigned person."""
    return _latest(f"assigned:{slug(report.assigned)}", report.first_seen)


def status_key(report: Report, zone: tzinfo) -> str:
    """Return the current status's key; without a date, a return to the status is not news."""
    day = f"@{report.status_at.astimezone(zone):%Y-%m-%d}" if report.status_at else ""
    return f"status:{report.status}{day}"


def is_status(key: str) -> bool:
    """Whether a fact's key is a status's."""
    return key.startswith("status:")


def slug(name: str) -> str:
    """Return a name without case, accents and punctuation, fit for a key."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def dated_key(kind: Kind, report: Report, zone: tzinfo) -> str:
    """Return the key of a kind of `DATED` with its day, or the key's bare name without a date."""
    at: datetime | None = getattr(report, kind.column)
    if at is None and kind.column not in report.undated:
        return kind.fact
    day = f"{at.astimezone(zone):%Y-%m-%d}" if at else UNDATED
    return _latest(f"{kind.fact}:{day}", report.first_seen)


def _at(kind: Kind, report: Report, known: datetime | None) -> datetime | None:
    """Return when a kind of `DATED` happened; `known` stands for a date that cannot be read."""
    column = kind.column
    return getattr(report, column) or (known if column in report.undated else None)


def is_undated(row: Report | Arrest, column: str) -> bool:
    """Whether a fact has no readable date although it should have one.

    For an empty column the row's own time is the date.
    """
    return column in row.undated or (
        getattr(row, column) is None and "row_time" in row.undated and column not in BY_DATE
    )


def _latest(key: str, seen: Collection[str]) -> str:
    """Return the key under which a fact was last stated; the second time ends in `#2`."""
    while (again := next_key(key)) in seen:
        key = again
    return key


def next_key(key: str) -> str:
    """Return the key for the same fact stated once more."""
    base, _, times = key.partition("#")
    return f"{base}#{int(times or 1) + 1}"
