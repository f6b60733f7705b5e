"""The fields of an NDJSON file: names, types and what each object must have.

docs/feed.schema.json says the same to vendors; a test holds the two to each other.
"""

from msgspec.structs import replace

from aviso.domain.settings import FeedFile
from aviso.feed.columns import COLUMNS, FLAGS, SAFETY

FIELDS = {kind: tuple(column.name for column in of) for kind, of in COLUMNS.items()}
KEYS = {kind: tuple(column.name for column in of if column.key) for kind, of in COLUMNS.items()}
# ISO 8601; without an offset in the agency's time zone.
DATE_FORMATS = (
    *("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S.%f%z", "%Y-%m-%dT%H:%M%z"),
    *("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%dT%H:%M", "%Y-%m-%d"),
)


def needed(kind: str) -> frozenset[str]:
    """Return the names that each object must have, even if the value is null.

    If a program left one out, its value would be emptied: a restriction would be lifted.
    """
    optional = {column.name for column in COLUMNS[kind] if column.later}
    return SAFETY.intersection(FIELDS[kind]).union(KEYS[kind]) - optional


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
