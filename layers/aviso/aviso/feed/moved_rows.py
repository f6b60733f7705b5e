"""People and arrests whose row moved: a person's new role, an arrest with a corrected case number.

The old case still shows an arrest that is not its own. A full file withdraws it there; a file of
changes cannot, so a person is told.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from aviso.domain.model import Arrest, Person, Report, Speaker, Suspect, Victim
from aviso.domain.standing import as_reported, in_force
from aviso.feed.aliases import first_numbers
from aviso.feed.merging import older
from aviso.storage import markers
from aviso.storage.cases import Row, alias_of, read_rows, sort_key

KEEP = timedelta(days=400)


def elsewhere(number: str, arrest: Arrest, now: datetime) -> str:
    """Return how a new arrest is also on another case; its present case is recorded.

    `arrest` is a row not seen under the case `number` before.

    Returns:
        "several" for the first case after one of the same file: one arrest clears several cases.
        "elsewhere" when an earlier file had it on another case. Otherwise an empty string.
    """
    name = f"ARREST#{arrest.id}"
    found = markers.marker(name)
    before = found[1] if found and found[1].get("suspect") == arrest.suspect else {}
    export = arrest.export_time.isoformat() if arrest.export_time else ""
    same_file = bool(export) and before.get("export") == export
    several = same_file and before.get("number") != number
    first = min(number, str(before["number"])) if several else number  # in any order of the rows
    record = {"number": first, "suspect": arrest.suspect, "export": export}
    counted = same_file and bool(before.get("several"))
    markers.put_marker(name, record | {"several": several or counted}, now, KEEP)
    if several:
        return "" if counted else "several"
    return "elsewhere" if before and _still_on(str(before["number"]), number, arrest) else ""


def _still_on(before: str, number: str, arrest: Arrest) -> bool:
    before = first_numbers({before}).get(before, before)
    if before == number:
        return False
    key = (before, f"ARREST#{arrest.id}")
    there = read_rows([key]).get(key)
    return isinstance(there, Arrest) and there.withdrawn_at is None


KINDS: tuple[type[Person], ...] = (Suspect, Victim, Speaker)
# The digest of a removed row: it sorts below every real one, so the same row of the same file or of
# a later one is news again.
MOVED = "-moved"


def moved(row: Row | None) -> bool:
    """Whether a stored row was removed because its person has another role."""
    return row is not None and row.digest == MOVED


def settle(
    number: str, row: Row, day: date, store: Callable[[str, Row, Row], None]
) -> tuple[Row, bool]:
    """Remove a person's row in an older role from the case, before a new row is written.

    `row` is a person's, first seen in this role. `store` writes the older one. A victim's is in
    doubt, as one that says that they were taken off the case (docs/rules.md#23).

    Returns:
        The row, itself removed if the other role is the newer one; and whether a role changed.

    Raises:
        Conflict: when another writer was faster; call it again.
    """
    assert not isinstance(row, Report)
    keys = [(number, _key(kind, row.id)) for kind in KINDS if _key(kind, row.id) != sort_key(row)]
    changed = False
    for other in read_rows(keys, consistent=True).values():
        if not isinstance(other, KINDS) or alias_of(other) or moved(other):
            continue
        if not isinstance(row, Person) or other.export_time == row.export_time:
            continue
        changed = True
        if isinstance(other, Victim) and isinstance(row, Suspect) and older(other, row):
            continue
        if isinstance(row, Victim) and isinstance(other, Suspect) and not older(other, row):
            continue
        if older(other, row):
            store(number, _off(other, row, day), other)
        else:
            row = _taken_off(row, other)
    return row, changed


def _off(row: Victim | Suspect | Speaker, by: Person, day: date) -> Row:
    """Return a stored row whose person has another role; a victim's stays until that is decided."""
    if isinstance(row, Victim):
        return in_force(_taken_off(as_reported(row, day), by), row, day)
    return _taken_off(row, by)


def _taken_off[P: Person](row: P, by: Person) -> P:
    return replace(row, removed=True, digest=MOVED, export_time=by.export_time)


def _key(kind: type[Person], id: str) -> str:
    return {Suspect: "SUSPECT#", Victim: "VICTIM#", Speaker: "REPRESENTATIVE#"}[kind] + id
