"""Which columns two files share: the case number, and the suspect's number of an arrest.

A heading may be anything ("CCR"), but the numbers that join the files are in both of them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from infra.mapping import matching, shapes, vocabulary
from infra.mapping.matching import KINDS, MOST_SHARED, POSSIBLE, Guess, Link, Match, fields
from infra.mapping.reading import Column

UNIQUE = "its values: no two agree"
LEAST = 4  # different ids, and characters of an id: less may be chance, as a district's number
DIFFERENT = 0.3  # of a column's cells: a code repeats more often than a key
LIKE = 40.0  # how like a field a heading must be that could also be something else
ALIKE = 80.0  # how like a person's number two headings must be together
# (kind, field, other kind, its field): the other file has the same ids.
HINTS = (
    ("cases", "number", "arrests", "number"),
    ("people", "number", "cases", "number"),
    ("arrests", "number", "cases", "number"),
    ("arrests", "suspect", "people", "id"),
)
HARMLESS = 88.0  # a heading so like a harmless one says what the column is
KEYS = frozenset({"number", "id", "suspect"})
OTHERS = frozenset({"date", "email", "street", "flag", "empty"})


class Join(NamedTuple):
    """A column, and the likeliest column with its values in each other file, by kind."""

    column: Column
    others: Mapping[str, Column]
    alike: float  # how like the headings are to the field's
    single: bool  # no other pair of columns joins the files


def found(kinds: Mapping[str, Match]) -> dict[str, dict[str, Link]]:
    """Return, by kind and field, which ids the column of the field should have."""
    result = _hints(kinds)
    order = [kind for kind in KINDS if kind in kinds]
    number = _best(kinds, [(kind, "number") for kind in order], set()) if order else None
    taken: set[int] = set()
    if number:
        ids = matching.keys(number.column)
        shared = {order[0]: number.column, **number.others}
        taken = {id(column) for column in shared.values()}
        files = {kinds[kind].table.name for kind in shared}
        for kind in order:
            result[kind]["number"] = Link(ids, proved=kinds[kind].table.name in files)
    if {"people", "arrests"} <= kinds.keys():
        person = _best(kinds, [("people", "id"), ("arrests", "suspect")], taken)
        if person and (person.single or person.alike >= ALIKE):
            link = Link(matching.keys(person.column), proved=True)
            result["people"]["id"] = result["arrests"]["suspect"] = link
    return result


def completed(match: Match) -> Match:
    """Return a match with an id by its values alone, if no heading means one."""
    used = {id(guess.column) for guess in match.chosen.values()}
    if "id" not in fields(match.kind) or "id" in match.chosen or "number" not in match.chosen:
        return match
    left = [c for c in match.table.columns if id(c) not in used and _unlike(c)]
    if len(left) == 1:
        match.chosen["id"] = Guess(left[0], match.kind, "id", POSSIBLE, UNIQUE)
        match.others = [guess for guess in match.others if guess.column is not left[0]]
    return match


def _unlike(column: Column) -> bool:
    """Whether every row has another key, under a heading that does not say what it is."""
    looks, rows = shapes.shapes(column), len(column.values)
    every = rows >= shapes.SEVERAL and len(column.distinct) == rows and "key" in looks
    plain = not looks & {"date", "email", "street", "phone"} and not matching.technical(column)
    return every and plain and vocabulary.harmless(column.heading) < POSSIBLE


def _hints(kinds: Mapping[str, Match]) -> dict[str, dict[str, Link]]:
    """Return the ids of the columns that the other files have by their names."""
    result: dict[str, dict[str, Link]] = {kind: {} for kind in kinds}
    for kind, name, other, theirs in HINTS:
        column = kinds[other].column(theirs) if kind in kinds and other in kinds else None
        if column:
            result[kind][name] = Link(matching.keys(column), proved=False)
    return result


def _best(
    kinds: Mapping[str, Match], fields: list[tuple[str, str]], taken: set[int]
) -> Join | None:
    """Return the column of the first file that joins the most others, the likeliest of several."""
    (first, name), *rest = fields
    joins = []
    for column in _keys(kinds[first], name, taken):
        ids, others, alike = matching.keys(column), {}, matching.alike(column, first, name)
        for kind, other in rest:
            if kinds[kind].table is kinds[first].table:
                continue
            keys = _keys(kinds[kind], other, taken)
            shared = {
                matching.alike(key, kind, other): key
                for key in keys
                if matching.overlap(key, ids) > MOST_SHARED
            }
            if shared:
                others[kind] = shared[max(shared)]
                alike += max(shared)
        if others:
            joins.append((column, others, alike))
    if not joins:
        return None
    best = max(joins, key=lambda join: (len(join[1]), join[2]))
    return Join(*best, single=len(joins) == 1)


def _keys(match: Match, name: str, taken: set[int]) -> list[Column]:
    """Return the columns that may join a file to others as a field."""
    sure = {id(g.column) for n, g in match.chosen.items() if g.sure and n not in KEYS}
    return [
        column
        for column in match.table.columns
        if id(column) not in taken | sure and _key(column) and not _other(column, match.kind, name)
    ]


def _other(column: Column, kind: str, name: str) -> bool:
    """Whether a heading says that a column is something else: a zip code, a row's number."""
    harmless = vocabulary.harmless(column.heading) >= HARMLESS
    return matching.technical(column) or (harmless and matching.alike(column, kind, name) < LIKE)


def _key(column: Column) -> bool:
    """Whether values are ids that differ in most rows."""
    looks, distinct = shapes.shapes(column), column.distinct
    if "key" not in looks or looks & OTHERS:
        return False
    different = len(distinct) >= max(LEAST, DIFFERENT * len(column.filled))
    return different and min(map(len, distinct)) >= LEAST
