"""What is wrong with a feed file, in sentences: which file, which line, and the way out.

The words are `desk_row_*` and `desk_file_*` in templates/locales/*/desk.yaml. The desk shows them.
The summary and the list of rejected rows use the same words, in English if the agency has it: they
are for the vendor.
"""

from collections.abc import Mapping, Sequence

from aviso.domain.errors import FileRefused, RowRejected
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen

VENDORS = "en"  # the language of those who make records systems
SHOWN = 20  # rows; `rejects/` lists every one
# Warnings that change who is told. Each column's are said once, by `desk_row_` and these words.
OF_VALUES = {
    "bad_date": "bad_date",
    "future_row_time": "future_row_time",
    "bad_flag": "careful_flag",
    "bad_age": "bad_age",
    "unknown_status": "unknown_status",
    "unknown_offense": "unknown_offense",
    "unknown_rights": "unknown_rights",
    "unknown_language": "unknown_language",
    "lost_column": "lost_column",
    "no_rows": "no_rows",
    "day_first": "day_first",
}


class BadRow(Frozen, frozen=True):
    """Where a row is wrong; no value of it."""

    line: int
    column: str
    code: str
    rows: int = 1  # from this line on
    about: str = ""  # the way out: forms of dates


def words(settings: Settings) -> Mapping[str, str]:
    """Return the words for the vendor."""
    from aviso_compiled.desk_strings import STRINGS  # the build writes this module

    languages = [code for code in settings.agency.languages if code in STRINGS]
    found: Mapping[str, str] = STRINGS[VENDORS if VENDORS in languages else languages[0]]
    return found


def of_row(error: RowRejected, said: Mapping[str, str]) -> str:
    """Return why a row is rejected, and the way out."""
    return said[f"desk_row_{error.code}"]


def of_rows(key: str, rows: Sequence[BadRow], said: Mapping[str, str]) -> list[str]:
    """Return a sentence for each row, with its file and line."""
    place = "desk_row_place"
    return [
        said[place].format(file=key, line=row.line, column=row.column or "-")
        + " "
        + said[f"desk_row_{row.code}"].format(n=row.rows, about=row.about)
        for row in rows[:SHOWN]
    ]


def of_file(key: str, refusal: FileRefused, said: Mapping[str, str]) -> str:
    """Return why a file is refused, with its name and the way out."""
    return f"{key}: " + said[f"desk_file_{refusal.reason}"].format(about=refusal.about, file=key)
