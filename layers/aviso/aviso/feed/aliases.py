"""Later numbers of cases, people and arrests: each is one row that leads to the first number.

The first number or id that Aviso saw stays the key for good, so nothing that was told, asked for or
decided ever moves. A later one counts only if names and birth dates prove it. Otherwise the case is
restricted until a person has looked (docs/rules.md#11).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from aviso.domain.model import Arrest, Case, Report, Speaker, Suspect, Victim
from aviso.domain.reasons import Restriction, restrictions
from aviso.domain.text import plain_name
from aviso.feed.arrest_suspects import beside, number_of, same_suspect
from aviso.feed.rows import Parsed
from aviso.storage import cases
from aviso.storage.cases import (
    ALIAS,
    DESK_FIELDS,
    Row,
    alias_of,
    has_newer,
    read_rows,
    rows_under,
    sort_key,
    write_row,
)

CASE = "CASE"
MOST_NUMBERS = 50  # of one case: each read of its notices looks under every one
Thing = Victim | Suspect | Speaker | Arrest
Carry = Callable[[str, Row], None]  # takes over a row under another number or id
Count = Callable[[], None]  # counts a new number; raises RowRejected when a file has too many


def reports(numbers: Iterable[str], *, consistent: bool = False) -> dict[str, tuple[str, Report]]:
    """Return the first number to which each number leads, and its case row; in batches."""
    found = _read(numbers, consistent)
    first = {number: alias_of(row) or number for number, row in found.items()}
    found |= _read({*first.values()} - found.keys(), consistent=True)
    return {number: (to, found[to]) for number, to in first.items() if to in found}


def _read(numbers: Iterable[str], consistent: bool) -> dict[str, Report]:
    keys = [(number, CASE) for number in sorted(numbers)]
    rows = read_rows(keys, consistent=consistent) if keys else {}
    return {number: row for (number, _), row in rows.items() if isinstance(row, Report)}


def first_numbers(numbers: Iterable[str], *, consistent: bool = False) -> dict[str, str]:
    """Return the first number of each later number among these."""
    found = reports(numbers, consistent=consistent)
    return {number: first for number, (first, _) in found.items() if first != number}


def at_first(parsed: Parsed, first: str) -> Parsed:
    """Return a row under the first number of its case, or the first id of its person or arrest."""
    if isinstance(parsed.row, Report):
        return replace(parsed, number=first, row=replace(parsed.row, origin=first))
    return replace(parsed, row=replace(parsed.row, id=first, origin=first))


def link_case(parsed: Parsed, report: Report, stored: Row | None, count: Count) -> Parsed:
    """Return a case's row with the former number that is another case's; else without one.

    A former number that Aviso never saw leads to this case from now on.
    """
    former = parsed.former
    first = reports({former}, consistent=True).get(former, (former,))[0]
    known = isinstance(stored, Report) and stored.former_number == report.former_number
    full = isinstance(stored, Report) and len(stored.later_numbers) >= MOST_NUMBERS
    if first == parsed.number:
        report = replace(report, former_number="")
    elif not known:
        count()
    if report.former_number and not (full or rows_under(first) or has_newer(first)):
        _lead(first, parsed.number, None)
        report = replace(report, former_number="", later_numbers=(first,))
    return replace(parsed, row=report)


def join_case(number: str, carry: Carry) -> None:
    """Let a number lead to the former case, if its people prove that it is the same one.

    Else both cases stay. If they may be the same, both are restricted.

    Raises:
        Conflict: when another writer was faster; call it again.
    """
    later = cases.read_case(number, follow=False)
    report = later.report
    if report is None or has_newer(number):
        return
    if report.alias_of:  # somebody wrote a row while it was joined
        _move(number, report.alias_of, carry)
    if not report.former_number:
        return
    first = cases.read_case(report.former_number)
    if first.number == number:  # two numbers that name each other
        write_row(number, replace(report, former_number=""), report)
        return
    ours, theirs = _named(number), _named(first.number)
    stays = later.enrollments or _decided((report, *ours)) or len(first.numbers) > MOST_NUMBERS
    if not stays and _same_incident(report, first.report) and _same_case(ours, theirs):
        _join(later, report, first, carry)
    elif _in_doubt(_victims(ours), _victims(theirs), stays=bool(stays)):
        cases.mark_restricted(first.number, {Restriction.NEW_NUMBER})
        cases.mark_restricted(number, {Restriction.NEW_NUMBER})


def _in_doubt(ours: set[Any], theirs: set[Any], *, stays: bool) -> bool:
    """Whether two cases may be one; while one lacks a victim of the other, more people may come."""
    return bool(ours & theirs) and (stays or not ours < theirs)


def _join(later: Case, report: Report, first: Case, carry: Carry) -> None:
    """Move a case's rows to the first number, and let its numbers lead there."""
    names = tuple(sorted({*first.numbers, *later.numbers} - {first.number}))
    if first.report:
        known = replace(first.report, number=report.number, later_numbers=names)
        write_row(first.number, known, first.report)
    for row in _named(later.number):
        carry(first.number, row)
    carry(first.number, replace(report, former_number="", later_numbers=names))
    for name in later.numbers:
        _lead(name, first.number, _read([name], consistent=True).get(name))
    _move(later.number, first.number, carry)
    cases.mark_restricted(first.number, restrictions(report.restriction))


def _lead(number: str, first: str, there: Report | None) -> None:
    alias = Report(number=number, origin=number, offense="", alias_of=first)
    write_row(number, alias, there, alias=True)


def _move(number: str, first: str, carry: Carry) -> None:
    for row in _named(number):
        carry(first, row)
        cases.drop_row(number, row)


def join_id(parsed: Parsed, carry: Carry, count: Count) -> Parsed:
    """Return a person's or an arrest's row under its former id, if it proves to be the same one.

    If not, it is one of its own, and the case is restricted. A suspect's is not: no message goes to
    the contacts of either row.

    Raises:
        Conflict: when another writer was faster; call it again.
    """
    row, number = parsed.row, parsed.number
    assert not isinstance(row, Report)
    there = {sort_key(one): one for one in rows_under(number)}
    former = _former(parsed, row, there)
    if former is None:
        return parsed
    count()
    if sort_key(row) not in there and _same(former, row, number):
        if isinstance(row, Suspect):
            _join_arrests(number, row.id, former.id, carry)
        write_row(number, _alias(row, former.id), None, alias=True)
        return at_first(parsed, former.id)
    if not isinstance(row, Suspect):
        cases.mark_restricted(number, {Restriction.NEW_NUMBER})
    return parsed


def _former(parsed: Parsed, row: Thing, there: Mapping[str, Row]) -> Thing | None:
    """Return the row to which a former id leads, if it is another one.

    An arrest's is that of its suspect, if two people have the former number.
    """
    prefix = sort_key(row).removesuffix(row.id)
    names = [parsed.former]
    if isinstance(row, Arrest):
        names.insert(0, beside(parsed.former, row.suspect))
    for name in names:
        found = there.get(prefix + (alias_of(there.get(prefix + name)) or name))
        if found is not None and not isinstance(found, Report):
            return found if found.id != row.id else None
    return None


def _join_arrests(number: str, suspect: str, first: str, carry: Carry) -> None:
    """Let the arrests of a suspect's later id, which came before that id's row, lead to the first.

    They are those of which the first id's suspect has one under the same number.
    """
    arrests = [row for row in _named(number) if isinstance(row, Arrest)]
    known = {number_of(arrest.id): arrest.id for arrest in arrests if arrest.suspect == first}
    for arrest in arrests:
        to = known.get(number_of(arrest.id), "")
        if arrest.suspect == suspect and to:
            carry(number, replace(arrest, id=to, origin=to))
            write_row(number, _alias(arrest, to), arrest, alias=True)


def _alias(row: Thing, first: str) -> Thing:
    """Return the row of a later id: it has nothing but the first one."""
    kind: Any = type(row)
    names = {Speaker: ("victim",), Arrest: ("suspect",)}.get(kind, ())
    alias: Thing = kind(id=row.id, origin=row.id, digest=ALIAS + first, **dict.fromkeys(names, ""))
    return alias


def _named(number: str) -> list[Thing]:
    """Return the people and the arrests under a number."""
    found = rows_under(number)
    return [row for row in found if not isinstance(row, Report) and not alias_of(row)]


def _known_by(row: Thing) -> tuple[object, ...]:
    """Return what tells a person or an arrest from another under the same id."""
    if isinstance(row, Arrest):
        return (row.suspect,)
    return plain_name(row.first_name), plain_name(row.last_name), row.birth_date


def _same(one: Thing, other: Thing, number: str) -> bool:
    """Whether two rows of one case are of the same person, or of the same suspect's arrest."""
    if isinstance(one, Arrest) and isinstance(other, Arrest):
        return same_suspect(number, one.suspect, other.suspect, read_rows)
    return _known_by(one) == _known_by(other) and any(_known_by(one))


def _victims(rows: Sequence[Thing]) -> set[tuple[object, ...]]:
    return {(row.id, *_known_by(row)) for row in rows if isinstance(row, Victim)}


def _same_incident(ours: Report, theirs: Report | None) -> bool:
    """Whether nothing says that two reports were made at two times."""
    times = {ours.reported_at, theirs.reported_at if theirs else None} - {None}
    return len(times) < 2


def _same_case(ours: Sequence[Thing], theirs: Sequence[Thing]) -> bool:
    """Whether both have the same victims, and no id is somebody else's there.

    With fewer, a mistyped former number would tell one victim of another's arrest.
    """
    known = {sort_key(row): _known_by(row) for row in theirs}
    alike = all(known.get(sort_key(row), _known_by(row)) == _known_by(row) for row in ours)
    certain = any(isinstance(row, Victim) and row.birth_date for row in ours)
    return alike and certain and _victims(ours) == _victims(theirs)


def _decided(rows: Sequence[Row]) -> bool:
    """Whether people said something about a case or its people at the desk."""
    names = DESK_FIELDS - {"restriction"}
    return any(getattr(row, name, None) for row in rows for name in names)
