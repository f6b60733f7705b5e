"""The columns of the feed's files, one row each, from which follows what reads and checks them."""

from collections.abc import Mapping
from enum import Enum, auto

from aviso.domain.model import Kind
from aviso.domain.value import Frozen


class CellForm(Enum):
    """What a column's cells are."""

    TEXT = auto()  # a name or a code
    FLAG = auto()  # a yes or no
    AGE = auto()  # a whole number, or a text such as a range
    DAY = auto()  # a date without a time of day
    TIME = auto()
    PAST = auto()  # a time of what has happened: a later one is a typing error, or day and month


class FeedColumn(Frozen, frozen=True):
    """One column by its canonical name, which is also a field's in NDJSON."""

    name: str
    form: CellForm = CellForm.TEXT
    key: bool = False  # each row has it
    # A file without the column, although the settings map it, would do harm in every row. It would
    # lift a restriction, a removal or a victim's wish. It would hide who is a minor or shares a
    # phone or a home with a suspect. Such a file usually has a renamed column. `optional` allows
    # it.
    safety: bool = False
    later: bool = False  # NDJSON may leave it out: programs were written before it came


def _texts(*names: str) -> tuple[FeedColumn, ...]:
    return tuple(FeedColumn(name) for name in names)


# In the order of docs/feed.schema.json.
COLUMNS: Mapping[str, tuple[FeedColumn, ...]] = {
    "cases": (
        FeedColumn("number", key=True),
        *_texts("offense", "status"),
        FeedColumn("status_at", CellForm.PAST),
        FeedColumn("reported_at", CellForm.PAST),
        *_texts("division", "assigned"),
        FeedColumn("assigned_at", CellForm.PAST),
        *_texts("assigned_phone", "assigned_email"),
        FeedColumn("warrant_at", CellForm.PAST),
        FeedColumn("prosecutor_at", CellForm.PAST),
        FeedColumn("restricted", CellForm.FLAG, safety=True),
        FeedColumn("removed", CellForm.FLAG, safety=True),
        *_texts("former_number"),
        FeedColumn("row_time", CellForm.TIME),
    ),
    "people": (
        FeedColumn("number", key=True),
        FeedColumn("id", key=True),
        FeedColumn("role", key=True),
        *_texts("for_person", "first_name"),
        FeedColumn("last_name", safety=True),
        FeedColumn("birth_date", CellForm.DAY, safety=True),
        FeedColumn("phone", safety=True),
        *_texts("phone_type"),
        FeedColumn("email", safety=True),
        FeedColumn("street", safety=True),
        *_texts("city", "region", "postal_code", "language"),
        FeedColumn("minor", CellForm.FLAG, safety=True),
        FeedColumn("age", CellForm.AGE, safety=True),
        FeedColumn("age_at", CellForm.DAY),
        FeedColumn("deceased", CellForm.FLAG, safety=True),
        FeedColumn("incapacitated", CellForm.FLAG, safety=True, later=True),
        FeedColumn("confidential_address", CellForm.FLAG, safety=True),
        FeedColumn("safe_to_contact", CellForm.FLAG, safety=True),
        FeedColumn("rights", safety=True),
        FeedColumn("relationship", safety=True),
        FeedColumn("victim_type", safety=True),
        FeedColumn("told_of", later=True),
        FeedColumn("told_by", later=True),
        FeedColumn("told_how", later=True),
        FeedColumn("told_at", CellForm.PAST, later=True),
        FeedColumn("removed", CellForm.FLAG, safety=True),
        *_texts("former_id"),
        FeedColumn("row_time", CellForm.TIME),
    ),
    "arrests": (
        FeedColumn("number", key=True),
        FeedColumn("id", key=True),
        FeedColumn("suspect", key=True),
        FeedColumn("arrested_at", CellForm.PAST),
        FeedColumn("juvenile", CellForm.FLAG),
        *_texts("custody_agency", "custody_phone"),
        FeedColumn("appearance_at", CellForm.TIME),
        *_texts("appearance_place"),
        FeedColumn("withdrawn", CellForm.FLAG, safety=True),
        *_texts("former_id"),
        FeedColumn("row_time", CellForm.TIME),
    ),
}


_EACH = [column for columns in COLUMNS.values() for column in columns]


def _of(*forms: CellForm) -> frozenset[str]:
    return frozenset(column.name for column in _EACH if column.form in forms)


FLAGS, AGES = _of(CellForm.FLAG), _of(CellForm.AGE)
DAYS, PAST = _of(CellForm.DAY), _of(CellForm.PAST)
TIMES = DAYS | PAST | _of(CellForm.TIME)
# Without a value in the column of a kind of notice, what was told is taken back by a correction.
SAFETY = frozenset(c.name for c in _EACH if c.safety) | {k.column for k in Kind if k.column}
# Without its date, a fact of years ago would look like one of today. NDJSON may leave these out:
# a row that loses a date keeps it (see `merging.with_dates`).
DATES = TIMES - SAFETY


def times_of(kind: str) -> list[str]:
    """Return the columns of a kind of file that have a date."""
    return [column.name for column in COLUMNS[kind] if column.name in TIMES]
