"""Which of a file's renumberings are accepted.

A `former_number` is often mapped to the wrong column, for example the number of a related case.
Joining two cases shows one victim the other's case, and they cannot be separated again. So two
signs of this mistake are checked before the file's first row is written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from aviso.domain.errors import RowRejected
from aviso.domain.model import Report, Suspect
from aviso.domain.settings import Settings
from aviso.domain.text import normal_number
from aviso.domain.value import Frozen
from aviso.feed.cells import Values
from aviso.feed.export_file import ExportFile
from aviso.feed.merging import superseded
from aviso.feed.rows import SUSPECT, Parsed, case_number, role
from aviso.storage.cases import Row, RowKey, read_rows

# Clerks renumber single cases; a mapping mistake renumbers most of a file. When a records system
# really changes to new numbers, a person decides and raises this for a day.
MAX_SHARE = 0.05
FEW = 10  # ... but this many are never too many

PREFIXES = {
    "cases": ("CASE",),
    "people": ("VICTIM#", "REPRESENTATIVE#"),
    "arrests": ("ARREST#",),
}
Thing = tuple[str, str]  # case number, id of a person or an arrest
Stored = Callable[[Sequence[RowKey]], Mapping[RowKey, Row]]


class Renumberings(Frozen, frozen=True):
    """The former numbers and ids in a whole file."""

    too_many: int = 0  # the number of renumberings, when it is too high
    live: frozenset[Thing] = frozenset()  # formers that have a row of their own in the file

    def check(self, parsed: Parsed, column: str) -> None:
        """Refuse a row whose renumbering is not accepted.

        A suspect's renumbering is not a danger: the former row stays, and no message goes to either
        row's contacts.

        Raises:
            RowRejected: when it is not accepted.
        """
        if not parsed.former or isinstance(parsed.row, Suspect):
            return
        thing = (parsed.former, "")
        if not isinstance(parsed.row, Report):
            thing = (parsed.number, parsed.former)
        if self.too_many:
            raise RowRejected("too_many_renumbered", column)
        if thing in self.live:
            raise RowRejected("former_is_live", column)


def look(export: ExportFile, stored: Stored = read_rows) -> Renumberings:
    """Read a file's numbers and former numbers, keeping only the former ones in memory.

    `stored` returns the stored rows among some keys.
    """
    if not export.has(column(export.file.kind)):
        return Renumberings()
    rows, formers = 0, set[Thing]()
    for _, former in _things(export):
        rows += 1
        if former:
            formers.add(former)
    formers -= _done(export.file.kind, formers, stored)
    if len(formers) > max(FEW, MAX_SHARE * rows):
        return Renumberings(too_many=len(formers))
    if not formers:
        return Renumberings()
    return Renumberings(live=frozenset(own for own, _ in _things(export) if own in formers))


def column(kind: str) -> str:
    """Return the canonical column of a row's former number or id."""
    return "former_number" if kind == "cases" else "former_id"


def _things(export: ExportFile) -> Iterator[tuple[Thing, Thing | None]]:
    for record in export.rows():
        try:
            yield _thing(export.values(record), export.settings)
        except RowRejected:
            continue


def _thing(values: Values, settings: Settings) -> tuple[Thing, Thing | None]:
    number = case_number(values, settings)
    kind = values.file.kind
    former = values.former(column(kind))
    if kind == "cases":
        before = normal_number(former)
        return (number, ""), (before, "") if before not in ("", number) else None
    id = values.needed("id")
    suspect = kind == "people" and role(values) == SUSPECT
    believed = former and former != id and not suspect
    return (number, id), (number, former) if believed else None


def _done(kind: str, formers: set[Thing], stored: Stored) -> set[Thing]:
    """Return what was renumbered before: a file may repeat it every night."""
    keys: dict[RowKey, Thing] = {
        (number, prefix + id): (number, id) for number, id in formers for prefix in PREFIXES[kind]
    }
    return {keys[key] for key, row in stored(list(keys)).items() if superseded(row)}
