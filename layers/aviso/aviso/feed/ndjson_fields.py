"""The fields of an NDJSON file: names, types and what each object must have.

docs/feed.schema.json says the same to vendors; a test holds the two to each other.
"""

from collections.abc import Mapping

from msgspec.structs import replace

from aviso.domain.settings import FeedFile
from aviso.feed.header import SAFETY

FIELDS: Mapping[str, tuple[str, ...]] = {
    "cases": (
        *("number", "offense", "status", "status_at", "reported_at", "division", "assigned"),
        *("assigned_at", "assigned_phone", "assigned_email", "warrant_at", "prosecutor_at"),
        *("restricted", "removed", "former_number", "row_time"),
    ),
    "people": (
        *("number", "id", "role", "for_person", "first_name", "last_name", "birth_date", "phone"),
        *("phone_type", "email", "street", "city", "region", "postal_code", "language", "minor"),
        *("age", "age_at", "deceased", "incapacitated", "confidential_address"),
        *("safe_to_contact", "rights", "relationship", "victim_type", "removed", "former_id"),
        "row_time",
    ),
    "arrests": (
        *("number", "id", "suspect", "arrested_at", "juvenile", "custody_agency", "custody_phone"),
        *("appearance_at", "appearance_place", "withdrawn", "former_id", "row_time"),
    ),
}
KEYS: Mapping[str, tuple[str, ...]] = {
    "cases": ("number",),
    "people": ("number", "id", "role"),
    "arrests": ("number", "id", "suspect"),
}
FLAGS = frozenset(
    {"restricted", "removed", "minor", "deceased", "confidential_address", "safe_to_contact"}
    | {"juvenile", "withdrawn", "incapacitated"}
)
# Fields that came after programs were written which do not know them: those may leave them out.
LATER = frozenset({"incapacitated"})
WHOLE = frozenset({"age"})  # a whole number, or a text such as a range
# ISO 8601; without an offset in the agency's time zone.
DATE_FORMATS = (
    *("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M%z"),
    *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M", "%Y-%m-%d"),
)


def needed(kind: str) -> frozenset[str]:
    """Return the names that each object must have, even if the value is null.

    If a program left one out, its value would be emptied: a restriction would be lifted.
    """
    return SAFETY.intersection(FIELDS[kind]).union(KEYS[kind]) - LATER


def as_ndjson(file: FeedFile) -> FeedFile:
    """Return the settings of an NDJSON file of the same kind.

    Codes are the agency's, as in its CSV files. Flags are true or false and need no translation: a
    settings file may turn a column such as DO_NOT_CONTACT into its opposite.
    """
    return replace(
        file,
        columns={name: name for name in FIELDS[file.kind]},
        required=KEYS[file.kind],
        optional=(),
        date_formats=DATE_FORMATS,
        values={name: codes for name, codes in file.values.items() if name not in FLAGS},
        encodings=("utf-8",),
        skip_lines=(),
        trailer="",
    )
