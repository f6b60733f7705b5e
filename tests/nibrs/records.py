"""A records system with NIBRS codes: the rig's cases as its rows, and the settings of its agency.

Rows are in canonical columns, with the cells as the agency's CSV has them. Some have what the rig's
cases have not: several offenses and relationships, an age without a birth date, an organization,
an arrest that clears two.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from infra.harness.feed_files import SAMPLE
from tests.rig.model import exports
from tests.rig.model.scenario import Case

Row = dict[str, str]
KINDS = ("people", "cases", "arrests")
# Columns that the sample agency calls otherwise, or has not; after NIBRS's data elements.
OWN: Mapping[str, Mapping[str, str]] = {
    "cases": {
        "number": "DE02_INCIDENT_NUMBER",
        "offense": "DE06_UCR_OFFENSE_CODE",
        "reported_at": "DE03_INCIDENT_DATE",
        "removed": "SEALED",
    },
    "people": {
        "number": "DE02_INCIDENT_NUMBER",
        "age": "DE26_AGE",
        "age_at": "AGE_ON",
        "victim_type": "DE25_TYPE_OF_VICTIM",
        "relationship": "DE35_RELATIONSHIP",
    },
    "arrests": {
        "number": "DE02_INCIDENT_NUMBER",
        "id": "DE41_ARREST_TRANSACTION",
        "arrested_at": "DE42_ARREST_DATE",
    },
}
# The sample's sections that this agency has otherwise, and how the line after each begins.
CUT = (
    ("offense_groups", "# Relationships"),
    ("ordinary_relationships", "\n"),
    ("feed", "# If no file"),
)
# Also what the pull agent writes.
DATE_FORMATS = ["%m/%d/%Y %H:%M", "%m/%d/%Y", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d"]
FEED: Mapping[str, Any] = yaml.load(SAMPLE.read_text("utf-8"), yaml.CSafeLoader)["feed"]
COLUMNS: Mapping[str, Mapping[str, str]] = {k: FEED[k]["columns"] | OWN[k] for k in KINDS}
CODES = {  # of offenses and relationships
    "13-1507": "220",
    "13-1814": "240",
    "13-1802": "23H",
    "13-1203": "13B",
    "13-1602": "290",
    "13-2008": "26F",
    "13-1904": "120",
    "13-3601": "13A",
    "13-1406": "11A",
    "13-2923": "13C",
    "13-3623": "90F",
    "13-1105": "09A",
    "SPOUSE": "SE",
    "Ex-Partner": "XR",
    "SIBLING": "SB",
    "UNKNOWN": "RU",
    "Friend": "FR",
}


def agency(folder: Path) -> Path:
    """Write the agency's settings: the sample's, with the preset's codes and these columns."""
    text = SAMPLE.read_text("utf-8")
    for section, next_line in CUT:
        text, times = re.subn(rf"(?s)\n{section}:\n.*?\n(?={next_line})", "\n", text)
        assert times == 1, section
    feed = {
        kind: FEED[kind]
        | {
            "name_pattern": rf"^{kind}_(?:(?P<stamp>\d{{8}}T\d{{6}})|[0-9a-f]{{32}})\.csv$",
            "name_example": f"{kind}_20261124T083000.csv",
            "required": ["number", "row_time"],
            "date_formats": DATE_FORMATS,
            "columns": dict(COLUMNS[kind]),
        }
        for kind in KINDS
    }
    feed["cases"]["values"] = feed["cases"]["values"] | {"removed": {"Y": "yes", "N": "no"}}
    path = folder / "nibrs-agency.yaml"
    path.write_text("extends: nibrs\n" + text + yaml.safe_dump({"feed": feed}), "utf-8")
    return path


@dataclass
class Records:
    """The records system's tables: the current rows of each kind and case."""

    now: dict[tuple[str, str], list[Row]] = field(default_factory=dict)

    def take(self, case: Case, at: datetime, *, later: bool) -> dict[str, list[Row]]:
        """Take a version of a case; return the rows of the kinds in which something changed."""
        changed: dict[str, list[Row]] = {}
        for kind in KINDS:
            rows = list(rows_of(kind, case, later=later))
            key = (kind, case.number)
            if rows and rows != [_untimed(row) for row in self.now.get(key, ())]:
                written = {"row_time": exports.local(at)}
                self.now[key] = changed[kind] = [row | written for row in rows]
        return changed


def rows_of(kind: str, case: Case, *, later: bool) -> Iterator[Row]:
    """Yield the rows of a case, without their time."""
    state = case.after if later else case.before
    names = {column: name for name, column in FEED[kind]["columns"].items()}
    for found in exports.ROWS[kind](case.number, state):
        row = {names[column]: cell for column, cell in found.items() if column in names}
        row = {name: CODES.get(cell, cell) for name, cell in row.items()}
        yield from MORE[kind](row, int(case.number[-4:]), later)


def _cases(row: Row, n: int, later: bool) -> Iterator[Row]:
    """Yield a row for each offense; some cases have several, or several in one cell."""
    row |= {"removed": "Y" if later and n % 13 == 5 else "N"}
    codes = [row["offense"], *(["23H"] if n % 3 == 0 else ["290", "23F"] if n % 5 == 0 else [])]
    for code in ["; ".join(codes)] if len(codes) == 3 else dict.fromkeys(codes):
        yield row | {"offense": code}


def _people(row: Row, n: int, later: bool) -> Iterator[Row]:
    """Yield a row for each relationship; of some, one cell has both, or an age is all we know."""
    if row["role"] == "VIC":
        row |= {"victim_type": "B" if n % 17 == 3 else "S" if n % 19 == 4 else "I"}
    if n % 4 == 1 and row["birth_date"]:
        years = 2026 - int(row["birth_date"][-4:])
        row |= {"birth_date": "", "age": f"{years:02}", "age_at": "11/20/2026"}
    if row["role"] == "SUS" and shares_arrest(n):
        row |= {"id": f"PM{n // 2}", "first_name": "Sam", "last_name": f"Both-{n // 2}"}
    words = [row["relationship"]]
    if row["role"] == "VIC" and n % 3 == 0:
        words = [row["relationship"] or "ST", "AQ"]
    for word in ["; ".join(words)] if n % 2 else words:
        yield row | {"relationship": word}


def _arrests(row: Row, n: int, later: bool) -> Iterator[Row]:
    yield row | ({"id": f"M{n // 2}", "suspect": f"PM{n // 2}"} if shares_arrest(n) else {})


def shares_arrest(n: int) -> bool:
    """Whether a case, by its number, is cleared with its neighbor by one arrest (element 44)."""
    return n % 10 in (0, 1)


MORE = {"cases": _cases, "people": _people, "arrests": _arrests}


def _untimed(row: Row) -> Row:
    return {name: cell for name, cell in row.items() if name != "row_time"}
