"""How the agency's records system writes its files: a part of the settings, read by the feed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from aviso.domain.text import duration
from aviso.domain.value import Frozen

# How long a kind's files usually go without a change, at most. A small town has weeks with few
# arrests; its cases change every working day, and a long weekend has three days without one.
STILL_AFTER = {"cases": "4 days", "people": "4 days", "arrests": "10 days"}

# How many times the usual number of rows a file may have, by whether it is full. Files of changes
# may be empty on a holiday.
USUAL = {True: {"least": 0.5, "most": 3}, False: {"least": 0, "most": 20}}

# What the settings may translate a status to: the records system deleted or sealed the case.
REMOVED = "removed"


class FeedFile(Frozen, frozen=True, kw_only=True):
    """How the agency's records system writes one kind of feed file."""

    kind: str  # cases, people, arrests
    name_pattern: str  # matched against the object's base name
    name_example: str  # a name that fits
    full: bool  # a full dump: two absences in a row withdraw a fact (docs/rules.md#10)
    columns: Mapping[str, str]  # canonical name -> the agency's column name
    required: tuple[str, ...]
    date_formats: tuple[str, ...]
    values: Mapping[str, Mapping[str, str]]  # canonical name -> agency's value (upper) -> ours
    encodings: tuple[str, ...]
    delimiter: str
    optional: tuple[str, ...] = ()  # safety columns that a file may lack
    ignore_roles: frozenset[str] = frozenset()  # the agency's codes, in capitals: rows to pass by
    skip_lines: tuple[str, ...] = ()  # patterns of lines that are not rows: totals, dashes
    trailer: str = ""  # pattern of a last line that says how many `rows` the file has
    least: float = 0  # a file with fewer times the usual number of rows waits for a person
    most: float = 20  # ... and one with more times the usual number
    removes: bool = False  # the file is a list of case numbers that were deleted or sealed
    still_after: timedelta = timedelta(days=7)  # files without a change for this long are an alarm


def removes_by_status(file: FeedFile) -> bool:
    """Whether a status of this kind of file says that a case was deleted or sealed."""
    return REMOVED in file.values.get("status", {}).values()


def feed_file(kind: str, raw: Mapping[str, Any]) -> FeedFile:
    """Make one kind of file's settings from checked plain data."""
    return FeedFile(
        kind=kind,
        name_pattern=raw["name_pattern"],
        name_example=raw["name_example"],
        full=raw["full"],
        columns=raw["columns"],
        required=tuple(raw["required"]),
        date_formats=tuple(raw["date_formats"]),
        values={
            column: {theirs.upper(): ours for theirs, ours in codes.items()}
            for column, codes in raw.get("values", {}).items()
        },
        encodings=tuple(raw["encodings"]),
        delimiter=raw["delimiter"],
        optional=tuple(raw.get("optional", ())),
        ignore_roles=frozenset(role.upper() for role in raw.get("ignore_roles", ())),
        skip_lines=tuple(raw.get("skip_lines", ())),
        trailer=raw.get("trailer", ""),
        **(USUAL[raw["full"]] | raw.get("usual_rows", {})),
        still_after=duration(raw.get("still_after", STILL_AFTER[kind])),
    )
