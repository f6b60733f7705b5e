"""The records system of the made-up month: its columns, and the rows of an incident.

Rows are in canonical columns, with the cells as the agency's CSV has them. A row's time is that of
the last change of its kind in the incident.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import yaml

from infra.harness.feed_files import PHOENIX, SAMPLE
from infra.local.sample import names
from tests.nibrs.segments import Arrestee, Contact, Incident, Offender, Victim

Row = dict[str, str]
KINDS = ("people", "cases", "arrests")
# The columns of the agency's CSV files: headings after NIBRS's data elements, where it has one.
COLUMNS: Mapping[str, Mapping[str, str]] = {
    "cases": {
        "number": "DE02_INCIDENT_NUMBER",
        "offense": "DE06_UCR_OFFENSE_CODE",
        "status": "CASE_STATUS",
        "status_at": "STATUS_AT",
        "reported_at": "DE03_INCIDENT_DATE",
        "division": "DIVISION",
        "assigned": "OFFICER",
        "assigned_at": "OFFICER_AT",
        "removed": "SEALED",
        "row_time": "UPDATED",
    },
    "people": {
        "number": "DE02_INCIDENT_NUMBER",
        "id": "PERSON_ID",
        "role": "SEGMENT",
        "first_name": "FIRST_NAME",
        "last_name": "LAST_NAME",
        "birth_date": "BIRTH_DATE",
        "phone": "PHONE",
        "email": "EMAIL",
        "street": "STREET",
        "city": "CITY",
        "region": "STATE",
        "postal_code": "ZIP",
        "language": "LANGUAGE",
        "age": "DE26_AGE",
        "age_at": "AGE_ON",
        "confidential_address": "ACP",
        "safe_to_contact": "SAFE",
        "rights": "RIGHTS",
        "relationship": "DE35_RELATIONSHIP",
        "victim_type": "DE25_TYPE_OF_VICTIM",
        "removed": "DELETED",
        "row_time": "UPDATED",
    },
    "arrests": {
        "number": "DE02_INCIDENT_NUMBER",
        "id": "DE41_ARREST_TRANSACTION",
        "suspect": "PERSON_ID",
        "arrested_at": "DE42_ARREST_DATE",
        "juvenile": "DE52_DISPOSITION_UNDER_18",
        "appearance_at": "COURT_AT",
        "withdrawn": "VOID",
        "row_time": "UPDATED",
    },
}
YES_NO = {"Y": "yes", "N": "no"}
VALUES: Mapping[str, Mapping[str, Mapping[str, str]]] = {
    "cases": {"status": {"CBA": "CLEARED_ARREST", "EXC": "CLEARED_OTHER"}, "removed": YES_NO},
    "people": {
        "role": {"V": "victim", "O": "suspect"},
        "language": {"ENG": "en", "SPA": "es"},
        "rights": {"R": "requested", "W": "waived"},
        "confidential_address": YES_NO,
        "safe_to_contact": YES_NO,
        "removed": YES_NO,
    },
    "arrests": {"juvenile": {"H": "yes", "R": "yes"}, "withdrawn": YES_NO},
}
# The sample's sections that this agency has otherwise, and how the line after each begins.
CUT = (
    ("offense_groups", "# Relationships"),
    ("ordinary_relationships", "\n"),
    ("feed", "# If no file"),
)
# Also what the pull agent writes.
DATE_FORMATS = ["%m/%d/%Y %H:%M:%S", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d"]


def agency(folder: Path) -> Path:
    """Write the agency's settings: the sample's, with the preset's codes and these columns."""
    text = SAMPLE.read_text("utf-8")
    for section, next_line in CUT:
        text, times = re.subn(rf"(?s)\n{section}:\n.*?\n(?={next_line})", "\n", text)
        assert times == 1, section
    feed = {
        kind: {
            "name_pattern": rf"^{kind}_(?:(?P<stamp>\d{{8}}T\d{{6}})|[0-9a-f]{{32}})\.csv$",
            "name_example": f"{kind}_20261124T083000.csv",
            "full": False,
            "delimiter": ",",
            "encodings": ["utf-8-sig"],
            "required": ["number", "row_time"],
            "date_formats": DATE_FORMATS,
            "columns": dict(COLUMNS[kind]),
            "values": {name: dict(codes) for name, codes in VALUES[kind].items()},
        }
        for kind in COLUMNS
    }
    path = folder / "nibrs-agency.yaml"
    path.write_text("extends: nibrs\n" + text + yaml.safe_dump({"feed": feed}), "utf-8")
    return path


@dataclass
class Records:
    """The records system's tables: the current rows of each kind and incident."""

    now: dict[tuple[str, str], list[Row]] = field(default_factory=dict)

    def take(self, incident: Incident) -> dict[str, list[Row]]:
        """Take a version; return the rows of the kinds in which something changed."""
        changed: dict[str, list[Row]] = {}
        for kind in KINDS:
            rows = list(MADE[kind](incident))
            key = (kind, incident.number)
            if rows and rows != [_untimed(row) for row in self.now.get(key, ())]:
                self.now[key] = [row | {"row_time": _time(incident.changed)} for row in rows]
                changed[kind] = self.now[key]
        return changed


def _untimed(row: Row) -> Row:
    return {name: cell for name, cell in row.items() if name != "row_time"}


def _case(incident: Incident) -> Iterator[Row]:
    """Yield a row for each offense; an incident with three has them in one cell."""
    row = {
        "number": incident.number,
        "status": incident.status,
        "status_at": _time(incident.status_at),
        "reported_at": _time(incident.occurred_at),
        "division": incident.division,
        "assigned": incident.assigned,
        "assigned_at": _time(incident.assigned_at),
        "removed": _flag(incident.removed),
    }
    codes = [offense.code for offense in incident.offenses]
    for code in ["; ".join(codes)] if len(codes) == 3 else codes:
        yield row | {"offense": code}


def _people(incident: Incident) -> Iterator[Row]:
    for victim in incident.victims:
        yield from _victim(incident, victim)
    for offender in incident.offenders:
        yield _offender(incident, offender)


def _victim(incident: Incident, victim: Victim) -> Iterator[Row]:
    """Yield a row for each relationship; the second victim's are in one cell."""
    known = {o.sequence for o in incident.offenders if not o.gone}
    words = [word for sequence, word in victim.relations.items() if sequence in known]
    row = _person(incident, f"V{incident.number}-{victim.sequence}", "V", victim.contact) | {
        "age": victim.age,
        "age_at": _day(incident.occurred_at + PHOENIX) if victim.age else "",
        "confidential_address": _flag(victim.contact.confidential),
        "safe_to_contact": _flag(not victim.contact.unsafe),
        "rights": victim.contact.rights,
        "victim_type": victim.type,
    }
    for word in ["; ".join(words)] if victim.sequence == 2 else dict.fromkeys(words) or [""]:
        yield row | {"relationship": word}


def _offender(incident: Incident, offender: Offender) -> Row:
    row = _person(incident, _suspect(incident, offender.sequence), "O", offender.contact)
    return row | {"removed": _flag(offender.gone)}


def _person(incident: Incident, id: str, role: str, contact: Contact) -> Row:
    home = bool(contact.street)
    return {
        "number": incident.number,
        "id": id,
        "role": role,
        "first_name": contact.first,
        "last_name": contact.last,
        "birth_date": _day(contact.born),
        "phone": contact.phone,
        "email": contact.email,
        "street": contact.street,
        "city": names.CITY if home else "",
        "region": names.REGION if home else "",
        "postal_code": names.POSTAL_CODES[0] if home else "",
        "language": contact.language,
        "removed": "N",
    }


def _arrests(incident: Incident) -> Iterator[Row]:
    for arrestee in incident.arrestees:
        yield _arrest(incident, arrestee)


def _arrest(incident: Incident, arrestee: Arrestee) -> Row:
    return {
        "number": incident.number,
        "id": arrestee.transaction,
        "suspect": _suspect(incident, arrestee.offender),
        "arrested_at": _time(arrestee.arrested_at),
        "juvenile": arrestee.disposition,
        "appearance_at": _time(arrestee.court_at),
        "withdrawn": _flag(arrestee.voided),
    }


def _suspect(incident: Incident, sequence: int) -> str:
    """Return a person's id: that of the arrest, if it clears several incidents."""
    for arrestee in incident.arrestees:
        if arrestee.offender == sequence and arrestee.multiple != "N":
            return f"P{arrestee.transaction}"
    return f"O{incident.number}-{sequence:02}"


MADE = {"cases": _case, "people": _people, "arrests": _arrests}


def _flag(value: bool) -> str:
    return "Y" if value else "N"


def _time(at: datetime | None) -> str:
    return (at + PHOENIX).strftime(DATE_FORMATS[0]) if at else ""


def _day(day: date | None) -> str:
    return day.strftime("%m/%d/%Y") if day else ""
