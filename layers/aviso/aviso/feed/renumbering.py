"""Keep the origin of renumbered cases, people and arrests, so that nobody is told twice.

See docs/rules.md#11.

Every step can be repeated: an import that stops in the middle is run again. The old rows are
deleted last, so nothing is missing in between. A row that exists twice has the same origin and owes
the same.
"""

from datetime import datetime

from msgspec.structs import replace

from aviso.domain.errors import NewerRow
from aviso.domain.model import Arrest, Report, Speaker, Suspect, Victim
from aviso.domain.settings import Settings
from aviso.feed import arrest_moves
from aviso.feed.arrest_suspects import CHAIN
from aviso.feed.lasting import id_of, known_as, lasting, seen, stricter
from aviso.feed.merging import merged, superseded, version
from aviso.feed.rows import Parsed
from aviso.feed.told_changes import told_of
from aviso.feed.victim_types import typed
from aviso.storage import renumbering
from aviso.storage.cases import SUPERSEDED, Row, RowKey, has_newer, read_rows, sort_key, write_row

CASE = "CASE"


def current_numbers(numbers: set[str], *, consistent: bool = False) -> dict[str, str]:
    """Return, for each renumbered case among these, its present number.

    The reads are in batches of a hundred numbers, once for each link of the longest chain.
    """
    current = _renumbered(numbers, consistent=consistent)
    for _ in range(CHAIN - 1):
        further = _renumbered(set(current.values()), consistent=True)
        if not further:
            break
        current = {number: further.get(to, to) for number, to in current.items()}
    return current


def _renumbered(numbers: set[str], *, consistent: bool) -> dict[str, str]:
    """Return, for each renumbered case among these, the number that its row names."""
    if not numbers:
        return {}
    rows = read_rows([(number, CASE) for number in sorted(numbers)], consistent=consistent)
    return {number: to for (number, _), row in rows.items() if (to := superseded(row))}


def link(parsed: Parsed, now: datetime, settings: Settings) -> bool:
    """Copy what must be kept from a row's former number or id to its new one.

    `now` is the first-seen time of facts not seen before.

    Returns:
        True when there was something to do; the feed's row is then stored if it is the newest.

    Raises:
        Conflict: when another writer was faster; call it again.
        NewerRow: when the case has a row that this release does not know; nothing was done.
    """
    if isinstance(parsed.row, Report):
        return _link_case(parsed, now, settings)
    if isinstance(parsed.row, Suspect):  # the suspect's arrests may have come first
        _refuse_newer(parsed.number)
        arrest_moves.follow(parsed.number, parsed.former, parsed.row.id, settings.agency.zone)
    return _link_row(parsed, now, settings)


def _refuse_newer(*numbers: str) -> None:
    if any(map(has_newer, numbers)):
        raise NewerRow("a row that this release cannot read must not stay behind")


def _current(key: RowKey) -> tuple[str, str]:
    """Return the key at the end of a chain of renumberings."""
    number, sk = key
    for _ in range(CHAIN):
        target = superseded(read_rows([(number, sk)], consistent=True).get((number, sk)))
        if not target:
            break
        if sk == CASE:
            number = target
        else:
            sk = f"{sk.partition('#')[0]}#{target}"
    return number, sk


def _link_case(parsed: Parsed, now: datetime, settings: Settings) -> bool:
    former_key = (parsed.former, CASE)
    old = read_rows([former_key], consistent=True).get(former_key)
    if superseded(old):
        return False
    number, _ = _current((parsed.number, CASE))
    if number == parsed.former:
        return False  # the feed renames two numbers to each other
    _refuse_newer(parsed.former, number)
    rows, enrollments = renumbering.read_all(parsed.former)
    rows = [row for row in rows if not isinstance(row, Report)]
    arrest_moves.make_room(number, rows, settings.agency.zone)
    for row in sorted(rows, key=lambda row: bool(superseded(row))):  # superseded rows last
        _carry(number, row, settings)
    for enrollment in enrollments:
        renumbering.carry_enrollment(number, enrollment)
    _join((number, CASE), parsed, old, now, settings)
    renumbering.drop(parsed.former, rows, enrollments)
    pointer = Report(
        number=parsed.former,
        origin=old.origin if isinstance(old, Report) else parsed.former,
        offense="",
        renumbered_to=parsed.number,
    )
    write_row(parsed.former, pointer, old, left_behind=True)
    return True


def _carry(number: str, row: Row, settings: Settings) -> None:
    """Store a row under another case number; of two, the newer stays with the older's origin."""
    key = (number, sort_key(row))
    there = read_rows([key], consistent=True).get(key)
    if there is None:
        write_row(number, row, None)
    elif superseded(there) and superseded(row):
        return
    elif superseded(there):
        _inherit(_current(key), row, id_of(row), settings)
    elif superseded(row):
        sk = f"{key[1].partition('#')[0]}#{superseded(row)}"
        _inherit(_current((number, sk)), there, id_of(row), settings)
        write_row(number, row, there)
    else:
        newer = row if version(row) > version(there) else there
        _keep_desk_words(number, there, row)
        if isinstance(there, Suspect) and isinstance(row, Suspect):
            renumbering.keep_judgment(number, there, row)
        union = lasting(newer, row, there)
        if union != there:
            write_row(number, union, there)


def _link_row(parsed: Parsed, now: datetime, settings: Settings) -> bool:
    prefix = sort_key(parsed.row).partition("#")[0]
    former_key = (parsed.number, f"{prefix}#{parsed.former}")
    found = read_rows([former_key, parsed.key], consistent=True)
    old, new = found.get(former_key), found.get(parsed.key)
    if superseded(old):
        return False
    _refuse_newer(parsed.number)
    # A suspect's former row stays, because no message may go to its contacts either.
    keeps_old = isinstance(parsed.row, Suspect)
    if keeps_old and isinstance(new, Suspect) and new.origin != new.id:
        return False
    key = _current(parsed.key)
    if key == former_key:
        return False
    _join(key, parsed, old, now, settings)
    if not keeps_old:
        write_row(parsed.number, _left_behind(parsed), old, left_behind=True)
    return True


def _left_behind(parsed: Parsed) -> Row:
    """Return the row that stays under a former id: no data, but it blocks a late old row."""
    digest = SUPERSEDED + id_of(parsed.row)
    match parsed.row:
        case Victim():
            return Victim(id=parsed.former, origin=parsed.former, digest=digest)
        case Speaker():
            return Speaker(id=parsed.former, origin=parsed.former, victim="", digest=digest)
        case _:
            return Arrest(id=parsed.former, origin=parsed.former, suspect="", digest=digest)


def _join(key: RowKey, parsed: Parsed, old: Row | None, now: datetime, settings: Settings) -> None:
    """Store the row under its new key, with what must be kept of the former row."""
    number, _ = key
    new = read_rows([key], consistent=True).get(key)
    origin = old.origin if old else parsed.former
    if new is None:
        row = replace(merged(old, typed(old, parsed), now, settings.agency.zone), origin=origin)
        row = known_as(row, [row, old], parsed.former, id_of(parsed.row))
        if isinstance(row, Victim) and isinstance(old, Victim):
            row = replace(
                row,
                desk_unsafe=old.desk_unsafe,
                desk_unsafe_at=old.desk_unsafe_at,
                desk_home=old.desk_home,
                desk_home_at=old.desk_home_at,
                desk_incapacitated_at=old.desk_incapacitated_at,
                desk_able_at=old.desk_able_at,
            )
        told = told_of(number, row, old, settings, now)
        write_row(number, seen(row, settings.agency.zone), None, written_at=now, told=told)
        return
    if isinstance(new, Report) and isinstance(old, Report):
        word = stricter(old.desk_restriction, new.desk_restriction)
        renumbering.set_words(number, new, old.restriction, word)
    _adopt(number, new, old, settings, origin=origin, via=id_of(parsed.row), written_at=now)


def _inherit(key: RowKey, old: Row, via: str, settings: Settings) -> None:
    new = read_rows([key], consistent=True).get(key)
    if new is not None:
        _adopt(key[0], new, old, settings, origin=old.origin, via=via)


def _adopt(
    number: str,
    new: Row,
    old: Row | None,
    settings: Settings,
    *,
    origin: str,
    via: str,
    written_at: datetime | None = None,
) -> None:
    """Give a stored row what must be kept of a former row.

    Args:
        new: the row as it is stored.
        old: the former row, when it is known.
        origin: the former row's.
        via: the number or id that the former row was renumbered to. A row stored before this link
            was known has `via` as its origin: it is that row or the last link of a chain.
        written_at: see `write_row`.
    """
    joined = lasting(new, old, new) if old else new
    joined = replace(joined, origin=origin if new.origin == via else new.origin)
    joined = known_as(joined, [new, old], origin, via)
    _keep_desk_words(number, new, old)
    if isinstance(new, Victim) and joined.origin != new.origin:
        _rename_enrollment(number, new.origin, joined.origin)
    joined = seen(joined, settings.agency.zone)
    if joined != new:
        told = told_of(number, joined, new, settings, written_at) if written_at else None
        write_row(number, joined, new, written_at=written_at, told=told)


def _keep_desk_words(number: str, new: Row, old: Row | None) -> None:
    """Copy the desk's decisions about a victim's contacts."""
    if isinstance(new, Victim) and isinstance(old, Victim):
        renumbering.keep_desk_words(number, new, old)


def _rename_enrollment(number: str, before: str, after: str) -> None:
    _, enrollments = renumbering.read_all(number)
    for enrollment in enrollments:
        if enrollment.victim == before:
            renumbering.carry_enrollment(number, replace(enrollment, victim=after))
            renumbering.drop(number, (), [enrollment])
