"""A person whose role was mended: what stands under the former role is taken off the case.

A person's role is part of the row's key, so a victim who was first entered as a suspect would
stay one for ever. The newer row takes the other off, but only when no file holds both: a person may
well be victim and suspect of one fight. A victim is never taken off for being called a suspect
later: what is owed to them must not vanish, so both rows stay, and whatever is owed from then on
is a task for a person (`victim_is_suspect`).
"""

from msgspec.structs import replace

from aviso.feed.merging import older, superseded
from aviso.models import Person, Report, Representative, Suspect, Victim
from aviso.store.cases import Row, read_rows, sort_key, write_row

KINDS: tuple[type[Person], ...] = (Suspect, Victim, Representative)
# The digest of a row taken off so: below every real one, so that the same row of the same file or
# of a later one is news again.
MOVED = "-moved"


def moved(row: Row | None) -> bool:
    """Say whether a stored row was taken off because its person has another role."""
    return row is not None and row.digest == MOVED


def settle(number: str, row: Row) -> tuple[Row, bool]:
    """Take off the case what is said of a person in an older role, before a row is written.

    Args:
        number: the case's.
        row: a person's, first seen in this role.

    Returns:
        The row, itself taken off when the other role is the newer one; and whether a role changed.

    Raises:
        Conflict: when another writer was quicker; do it again.
    """
    assert not isinstance(row, Report)
    keys = [(number, _key(kind, row.id)) for kind in KINDS if _key(kind, row.id) != sort_key(row)]
    changed = False
    for other in read_rows(keys, consistent=True).values():
        if not isinstance(other, Person) or superseded(other) or moved(other):
            continue
        if not isinstance(row, Person) or other.export_time == row.export_time:
            continue
        changed = True
        if isinstance(other, Victim) and isinstance(row, Suspect) and older(other, row):
            continue
        if isinstance(row, Victim) and isinstance(other, Suspect) and not older(other, row):
            continue
        if older(other, row):
            write_row(number, _taken_off(other, row), other)
        else:
            row = _taken_off(row, other)
    return row, changed


def _taken_off[P: Person](row: P, by: Person) -> P:
    return replace(row, removed=True, digest=MOVED, export_time=by.export_time)


def _key(kind: type[Person], id: str) -> str:
    return {Suspect: "SUSPECT#", Victim: "VICTIM#", Representative: "REPRESENTATIVE#"}[kind] + id
