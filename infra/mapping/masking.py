"""What of a value may be shown: its shape, or the value itself when it is a code.

A settings file is read by vendors and kept in version control, so nothing about a person may be in
it.
"""

import re
from collections.abc import Container, Iterable, Mapping

from aviso.feed.cells import NO
from infra.mapping import shapes, vocabulary
from infra.mapping.reading import Column, ExportTable

EXAMPLES = 3
HARMLESS = 88.0  # how harmless a heading must be for its values not to be secret
LONGEST = 28  # characters of an example
PERSONAL = frozenset({"name", "phone", "email", "street", "date", "zip"})
MOST_CODES = 150  # distinct codes, at most: offenses are the most
REPEATED = 0.6  # a column whose values differ more than this is not one of codes
OFFENSE = re.compile(r"[A-Z]+-?\d+(-[A-Z0-9]+)+")
DIGITS = re.compile(r"\d{6}")
# Fields whose codes are shown, because the settings list them.
CODES = frozenset(
    {
        "status",
        "offense",
        "role",
        "relationship",
        "victim_type",
        "rights",
        "language",
        "phone_type",
        "age",
    }
    | {"restricted", "minor", "deceased", "confidential_address", "safe_to_contact", "removed"}
    | {"juvenile", "withdrawn", "incapacitated", "told_of", "told_how"}
)


def masked(value: str) -> str:
    """Return a value's shape: letters as A and a, digits as 9."""
    shape = "".join(_mask(character) for character in value)
    return shape if len(shape) <= LONGEST else shape[: LONGEST - 3] + "..."


def _mask(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character if character.isascii() and character.isprintable() else "?"


def examples(column: Column) -> list[str]:
    """Return three masked examples of different shapes, as far as there are so many."""
    return list(dict.fromkeys(masked(value) for value in column.filled[:500]))[:EXAMPLES]


class Codes:
    """Which values of a folder's files are codes that may be shown."""

    def __init__(
        self,
        tables: Iterable[ExportTable],
        fields: Mapping[tuple[str, str], str],
        unnamed: Container[tuple[str, str]],
    ) -> None:
        """Collect what must not be shown.

        Args:
            fields: what each column, by file and heading, is taken for.
            unnamed: the columns of which only the values say what they may be.
        """
        self._unnamed = unnamed
        self._private = {
            value
            for table in tables
            for column in table.columns
            if fields.get(column.place) not in CODES and _personal(column, fields)
            for value in column.distinct
        }

    def of(self, column: Column, field: str) -> list[str]:
        """Return a column's codes, the most frequent first; none if they may be about a person."""
        distinct = column.distinct
        if field not in CODES or len(distinct) > MOST_CODES or not _repeats(column):
            return []
        if any(not _is_code(value, field) or value in self._private for value in distinct):
            return []
        if column.place in self._unnamed and not all(_is_known(value) for value in distinct):
            return []
        spelled = {value.upper(): value for value in column.filled}
        return [spelled[value] for value, _ in distinct.most_common()]


def _personal(column: Column, fields: Mapping[tuple[str, str], str]) -> bool:
    """Whether a column may have names or contacts; a harmless heading such as "block" has none."""
    looks = shapes.shapes(column)
    if column.place not in fields and vocabulary.harmless(column.heading) >= HARMLESS:
        return False
    return bool(looks & PERSONAL) or ("key" in looks and not _repeats(column))


def _is_known(value: str) -> bool:
    """Whether a value is a code whatever its column is: yes, no, or a relationship."""
    return (
        value in shapes.SAID_YES | NO or vocabulary.known_value("relationship", value) is not None
    )


def _repeats(column: Column) -> bool:
    return len(column.distinct) <= max(2, REPEATED * len(column.filled))


def _is_code(value: str, field: str) -> bool:
    """Whether a value may be a code: no phone or date; an offense's may have a long number."""
    private = DIGITS.search(value) and not (field == "offense" and OFFENSE.fullmatch(value))
    return len(value) <= shapes.CODE and "@" not in value and not private
