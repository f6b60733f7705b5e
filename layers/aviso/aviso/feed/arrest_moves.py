"""Give each arrest its row after its case or its suspect was renumbered.

Two people under one arrest number are two arrests (see `arrest_suspects`). A renumbering that
compares only ids would make one arrest of them. Every step can be repeated.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo

from msgspec.structs import replace

from aviso.domain.model import Arrest, Suspect
from aviso.feed.arrest_suspects import CHAIN, beside, number_of
from aviso.feed.lasting import known_as, lasting, seen
from aviso.feed.merging import superseded, version
from aviso.storage import renumbering
from aviso.storage.cases import SUPERSEDED, Row, write_row

Arrests = Mapping[str, Arrest]


def make_room(number: str, former: Iterable[Row], zone: tzinfo) -> None:
    """Give a case's arrests the ids they would have if the former number's arrests had come first.

    Notices given under the former number keep their duties, so its arrests keep ids and origins.
    `number` is the case to which the rows will be copied; `former` are the rows under the former
    number.

    Raises:
        Conflict: when another writer was faster; call it again.
    """
    former = list(former)
    here, _ = renumbering.read_all(number)
    origin = _origins([*former, *here])
    theirs, ours = _arrests(former), _arrests(here)
    for plain in theirs:
        owner = _end(plain, theirs)
        if plain != number_of(plain) or owner is None:
            continue
        whose = origin(owner.suspect)
        there = _end(plain, ours)
        if there is not None:
            if origin(there.suspect) == whose:
                continue
            _set_aside(number, ours, ours[plain], there, zone)
        _take_place(number, [a for a in ours.values() if origin(a.suspect) == whose], plain, zone)


def follow(number: str, former: str, suspect: str, zone: tzinfo) -> None:
    """Join the arrests of a renumbered suspect, under either of the suspect's two ids.

    `former` is the suspect's former id, `suspect` the present one.

    Raises:
        Conflict: when another writer was faster; call it again.
    """
    rows, _ = renumbering.read_all(number)
    groups: dict[str, list[Arrest]] = {}
    for arrest in _arrests(rows).values():
        if not superseded(arrest) and arrest.suspect in (former, suspect):
            groups.setdefault(number_of(arrest.id), []).append(arrest)
    for plain, group in groups.items():
        first = any(arrest.id == plain for arrest in group)
        id = plain if first else beside(plain, suspect)
        kept = next((arrest for arrest in group if arrest.id == id), None)
        for arrest in group:
            if arrest.id != id:
                older = kept if first else arrest
                kept = _join(number, id, arrest, kept, zone, origin=(older or arrest).origin)
                left = Arrest(id=arrest.id, origin=arrest.id, suspect="", digest=SUPERSEDED + id)
                write_row(number, left, arrest, left_behind=True)


def _set_aside(number: str, ours: Arrests, row: Arrest, end: Arrest, zone: tzinfo) -> None:
    """Move an arrest away from a number that another suspect's arrest had first.

    Args:
        row: the row under the plain number: the arrest, or the row it left behind.
    """
    id = beside(row.id, end.suspect)
    # It must not have the other arrest's origin or name: notices under it belong to the other.
    names = tuple(name for name in end.known_as if name != row.id)
    own = replace(end, origin=id if end.origin == row.id else end.origin, known_as=names)
    if row is end:
        _join(number, id, replace(own, id=id), ours.get(id), zone, origin=id)
    else:
        if own != end:
            write_row(number, seen(own, zone), end)
        if id not in ours:
            write_row(number, replace(row, id=id, origin=id), None)
    renumbering.drop(number, [row], [])


def _take_place(number: str, whose: Iterable[Arrest], plain: str, zone: tzinfo) -> None:
    """Give the plain number to the arrest whose former row has it, if it is on this case.

    `whose` are the arrests of the suspect whose former row has the plain number.
    """
    for arrest in whose:
        if number_of(arrest.id) == plain and not superseded(arrest):
            _join(number, plain, arrest, None, zone, origin=plain)
            renumbering.drop(number, [arrest], [])
            return


def _join(
    number: str, id: str, arrest: Arrest, there: Arrest | None, zone: tzinfo, *, origin: str
) -> Arrest:
    """Store an arrest under another id, joined with the row of the same arrest there."""
    both = arrest if there is None else lasting(max(arrest, there, key=version), arrest, there)
    assert isinstance(both, Arrest)
    named = known_as(replace(both, id=id, origin=origin), [arrest, there])
    row = seen(named, zone)
    assert isinstance(row, Arrest)
    if row != there:
        write_row(number, row, there)
    return row


def _arrests(rows: Iterable[Row]) -> Arrests:
    return {row.id: row for row in rows if isinstance(row, Arrest)}


def _origins(rows: Iterable[Row]) -> Callable[[str], str]:
    """Return a function from a suspect's id to their first id, from the rows of both cases."""
    known: dict[str, str] = {}
    for row in rows:
        if isinstance(row, Suspect) and known.get(row.id, row.id) == row.id:
            known[row.id] = row.origin
    return lambda suspect: known.get(suspect, suspect)


def _end(id: str, arrests: Arrests) -> Arrest | None:
    """Return the arrest that has or had an id, or None."""
    row = arrests.get(id)
    for _ in range(CHAIN):
        target = superseded(row)
        if not target:
            break
        row = arrests.get(target)
    return row
