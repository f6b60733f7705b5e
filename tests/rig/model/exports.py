"""Writes a scenario as the sample agency's records system would: CSV files, in its own columns.

Imports nothing of the product: what the product reads is not written by its own functions.
"""

import csv
import io
import random
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

import yaml

from infra.repository import ROOT
from tests.rig.model.scenario import WORD, Arrest, Case, Person, Scenario, State

SAMPLE = ROOT / "infra/agency/sample.yaml"
PARTS = 3  # files of each kind
PHOENIX = timedelta(hours=-7)  # Arizona keeps standard time all year
Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Export:
    """One file."""

    name: str
    body: bytes


def first(scenario: Scenario) -> list[Export]:
    """Return the first exports, in random order, some twice under another name."""
    dice = random.Random(scenario.seed)
    files = list(_exports(scenario.cases, "1", dice, later=False, at=scenario.now))
    again = dice.choice(files)
    kind, rest = again.name.split("_", 1)
    files.append(Export(f"{kind}_9-{rest}", again.body))
    dice.shuffle(files)
    return files


def second(
    scenario: Scenario, now: datetime, without: Collection[str] = frozenset()
) -> list[Export]:
    """Return what changed since, and old exports that come too late to matter."""
    dice = random.Random(scenario.seed + 1)
    changed = [c for c in scenario.cases if c.after != c.before and c.number not in without]
    files = list(_exports(changed, "2", dice, later=True, at=now))
    files += list(_exports(changed[::3], "1-7", dice, later=False, at=scenario.now))
    dice.shuffle(files)
    return files


def third(scenario: Scenario, now: datetime, numbers: Collection[str]) -> list[Export]:
    """Return what changed on these cases, in one file of each kind."""
    changed = [c for c in scenario.cases if c.after != c.before and c.number in numbers]
    dice = random.Random(scenario.seed + 3)
    return list(_exports(changed, "3", dice, later=True, at=now, files=1))


def renumbered(case: Case, now: datetime) -> tuple[Export, list[Export]]:
    """Return the file that says a case's other number, and those of its people under it."""
    number, state = case.later_number, case.after
    more = {"LAST_UPD": local(now)}
    former = {"PREV_INCIDENT_NUM": case.number}
    first, *then = (
        Export(f"{kind}_4-{number}.csv", csv_file(kind, rows))
        for kind, of in ROWS.items()
        if (rows := [row | more | (former if kind == "cases" else {}) for row in of(number, state)])
    )
    return first, then


def _exports(
    cases: list[Case],
    stamp: str,
    dice: random.Random,
    *,
    later: bool,
    at: datetime,
    files: int = PARTS,
) -> Iterator[Export]:
    """Yield files of all three kinds; the rows of one case are in one file of each kind."""
    written = local(at - timedelta(minutes=5 if later else 90))
    for kind, rows_of in ROWS.items():
        parts: list[list[Row]] = [[] for _ in range(files)]
        for case in cases:
            state = case.after if later else case.before
            rows = [{**row, "LAST_UPD": written} for row in rows_of(case.number, state)]
            parts[dice.randrange(files)] += rows
        for n, part in enumerate(parts):
            dice.shuffle(part)
            if part:
                yield Export(f"{kind}_{stamp}-{n}.csv", csv_file(kind, part))


def csv_file(kind: str, rows: list[Row]) -> bytes:
    """Return a file with every column of the agency: the import refuses one that lacks some."""
    text = io.StringIO()
    writer = csv.DictWriter(text, dict.fromkeys([*_columns()[kind], *rows[0]]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


@cache
def _columns() -> dict[str, list[str]]:
    feed = yaml.load(SAMPLE.read_text(encoding="utf-8"), yaml.CSafeLoader)["feed"]
    return {kind: [*feed[kind]["columns"].values()] for kind in ("cases", "people", "arrests")}


def local(at: datetime | None) -> str:
    """Return a moment as the agency writes it, empty for none."""
    return f"{at + PHOENIX:%m/%d/%Y %H:%M}" if at else ""


def _case(number: str, state: State) -> Row:
    return {
        "INCIDENT_NUM": number,
        "OFFENSE_CD": state.offense,
        "CASE_STATUS": state.status,
        "STATUS_DT": local(state.status_at),
        "RPT_DT": local(state.reported),
        "DIV": state.division,
        "ASGN_OFFICER": state.assigned,
        "ASGN_DT": local(state.assigned_at),
        "ASGN_PHONE": state.assigned_phone,
        "ASGN_EMAIL": state.assigned_email,
        "PROS_SUBMIT_DT": local(state.prosecutor_at),
        "CONF_FLAG": "Y" if state.flagged else "N",
    }


def _person(number: str, person: Person) -> Row:
    return {
        "INCIDENT_NUM": number,
        "NAME_ID": person.id,
        "INVL_TYPE": person.role,
        "FOR_NAME_ID": person.speaks_for,
        "FIRST_NM": person.first,
        "LAST_NM": person.last,
        "DOB": f"{person.born:%m/%d/%Y}" if person.born else "",
        "PHONE": person.phone.removeprefix("+1"),
        "PHONE_TYPE": "H" if person.landline else "C" if person.phone else "",
        "EMAIL": person.email,
        "ADDR": person.street,
        "CITY": "Sonora Wells" if person.street else "",
        "STATE": "AZ" if person.street else "",
        "ZIP": "85799" if person.street else "",
        "LANG": person.language,
        "MINOR_FLAG": "Y" if person.minor else "N",
        "DECEASED_FLAG": "Y" if person.deceased else "N",
        "INCAP_FLAG": "Y" if person.incapacitated else "N",
        "ACP_FLAG": "Y" if person.confidential else "N",
        "SAFE_CONTACT": "N" if person.unsafe else "Y",
        "RIGHTS_CD": person.rights,
        "REL_TO_SUSP": person.relationship,
        "REMOVED_FLAG": "Y" if person.removed else "N",
        "RIGHTS_GIVEN": "first_contact" if person.heard else "",
        "RIGHTS_OFFICER": "Sergeant on duty" if person.heard == WORD else person.last,
        "RIGHTS_HOW": "paper",
        "RIGHTS_GIVEN_DT": local(person.heard_at),
    }


def _arrest(number: str, arrest: Arrest) -> Row:
    return {
        "INCIDENT_NUM": number,
        "ARREST_NUM": arrest.id,
        "NAME_ID": arrest.suspect,
        "ARREST_DT": local(arrest.at),
        "JUV_FLAG": "Y" if arrest.juvenile else "N",
        "IA_DT": local(arrest.appearance),
        "IA_LOC": "County Courthouse" if arrest.appearance else "",
        "VOID_FLAG": "Y" if arrest.withdrawn else "N",
    }


ROWS: dict[str, Callable[[str, State], list[Row]]] = {  # of a case, by kind of file
    "cases": lambda number, state: [_case(number, state)],
    "people": lambda number, state: [_person(number, one) for one in state.people],
    "arrests": lambda number, state: [_arrest(number, one) for one in state.arrests],
}
