"""What a person must answer before the settings are complete.

No column that may carry somebody's safety is left out silently: it is mapped, or asked about.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from aviso.feed.cells import NO
from aviso.feed.columns import FLAGS
from aviso.feed.header import CRIMINAL_HISTORY, words
from infra.mapping import shapes, vocabulary
from infra.mapping.matching import EXACT, KINDS, PLACES, Guess, Match, alike, fields
from infra.mapping.reading import Column, ExportTable

HARMLESS = 88.0  # a heading so like a harmless one is not asked about
LISTED = 99.0  # the same for one with a word of safety, such as the suspect's age
# A field of this kind is never mapped on a guess that is not sure.
SAFETY = frozenset(
    {"restricted", "relationship", "safe_to_contact", "removed", "confidential_address"}
    | {"deceased", "incapacitated", "minor", "age", "birth_date", "withdrawn", "rights"}
    | {"juvenile"}
)
# Without these the feed can tell nobody; the schema or the importer needs them.
NEEDED = {
    "cases": ("number", "offense", "status"),
    "people": ("number", "id", "role", "first_name", "last_name"),
    "arrests": ("number", "id", "suspect", "arrested_at"),
}
BY_VALUES = "its values"
AGES = 6  # different numbers from which a column may be one of ages
OLDEST = 110
HALF = 0.5  # of the values
FEW_CODES = 8  # distinct values of a code that nobody can read from its name
SHORT_CODE = 2  # characters
LARGEST_CODE = 9  # a larger number is that of a district or the like, and no code of safety
RARE = 3  # a column that at most every third row fills is a mark of those rows, like a flag
ANYTHING = frozenset({"NONE", "UNKNOWN"})  # values that say nothing about their column
CONTACTS = frozenset({"phone", "email"})
# What a yes or no, a code or a mark without a telling name may be.
UNNAMED = {"cases": "restricted", "people": "safe_to_contact", "arrests": "withdrawn"}


@dataclass(frozen=True)
class MappingQuestion:
    """One question; `column` is the file and heading it is about."""

    text: str
    kind: str = ""
    field: str = ""  # what the column may be
    column: tuple[str, str] | None = None
    inverted: bool = False
    unnamed: bool = False  # only the column's values say what it may be


def ask(
    kinds: Mapping[str, Match],
    more: Sequence[Match],
    further: Sequence[Match],
    tables: Sequence[ExportTable],
    problems: Sequence[str],
) -> Iterator[MappingQuestion]:
    """Yield every question about a folder.

    `more` are the files whose kind another file has; `further` are those of them whose columns the
    settings name even so.
    """
    for problem in problems:
        yield MappingQuestion(f"{problem}. Its columns were not looked at")
    yield from _missing(kinds)
    yield from _second_files(kinds, more)
    for table in tables:
        matches = [m for m in (*kinds.values(), *further) if m.table is table]
        yield from _about(table, matches, more)


def _missing(kinds: Mapping[str, Match]) -> Iterator[MappingQuestion]:
    for kind in KINDS:
        match = kinds.get(kind)
        if match is None:
            yield MappingQuestion(
                f"no file of {kind} was found: which file is it, or is there none?", kind
            )
            continue
        for name in NEEDED[kind]:
            if name not in match.chosen:
                yield MappingQuestion(
                    f"{match.table.name}: no column is {kind}.{name}, which Aviso needs. Which "
                    f"heading is it? Write it under feed.{kind}.columns, or have it exported",
                    kind,
                    name,
                )
        yield from _repeated(match)


def _repeated(match: Match) -> Iterator[MappingQuestion]:
    """Ask about a case number that many rows share: cases would be joined, and told together."""
    number = match.column("number")
    if match.kind == "cases" and number and shapes.repeats(number):
        several = sum(rows > 1 for rows in number.distinct.values())
        yield MappingQuestion(
            f"{number.file}, {number.heading}: {several} numbers come in several rows. Is each "
            "one case with a row for each offense? If not, map the column of the case's number",
            match.kind,
            "number",
        )


def _second_files(kinds: Mapping[str, Match], more: Sequence[Match]) -> Iterator[MappingQuestion]:
    for match in more:
        first = kinds[match.kind].table.name
        yield MappingQuestion(
            f"{match.table.name} has {match.kind} too, but the settings describe one file of them "
            f"({first}): can both be exported as one file, with a column for the role? "
            f"docs/connect.md shows how; comments under feed.{match.kind} name the columns",
            match.kind,
        )
    names = [match.table.name for match in kinds.values()]
    for name in sorted({name for name in names if names.count(name) > 1}):
        both = " and ".join(kind for kind, match in kinds.items() if match.table.name == name)
        yield MappingQuestion(
            f"{name} has {both}: Aviso reads a file as one kind, so send it once under each name "
            "that feed.*.name_example shows. Can you?"
        )


def _about(
    table: ExportTable, matches: Sequence[Match], more: Sequence[Match]
) -> Iterator[MappingQuestion]:
    """Yield the questions about a file's columns and dates."""
    chosen = {id(g.column): g for m in matches for g in m.chosen.values()}
    kind = next(
        (m.kind for m in matches), next((m.kind for m in more if m.table is table), "cases")
    )
    lost = {id(g.column): g for m in (*matches, *more) for g in reversed(m.others)}
    lost |= {id(g.column): g for m in more if m.table is table for g in m.chosen.values()}
    for column in table.columns:
        if what := _criminal_history(column.heading):
            text = (
                f"it is criminal-history data ({what}); the feed refuses the file: drop the column"
            )
            yield MappingQuestion(f"{table.name}, {column.heading}: {text}", column=column.place)
            continue
        guess = chosen.get(id(column))
        if guess is None:
            yield from _unmapped(column, kind, lost.get(id(column)))
        elif guess.field in SAFETY and (not guess.sure or _inverted(column)):
            yield _question(column, kind=guess.kind, field=guess.field, why=guess.reason)
        elif not guess.sure and guess.field not in SAFETY and (name := _told(column, guess.kind)):
            yield _question(column, kind=guess.kind, field=_here(guess.kind, name), why=BY_VALUES)
        elif not guess.sure and (hint := vocabulary.safety_hint(column.heading)):
            yield _question(
                column, kind=guess.kind, field=_here(guess.kind, hint[0]), why="its name"
            )
        elif _unread_codes(column, guess.field):
            text = f"{table.name}, {column.heading}: what does each code of {guess.field} mean?"
            yield MappingQuestion(text, guess.kind, guess.field, column.place)
    yield from _order(table, matches)


def _unmapped(column: Column, kind: str, guess: Guess | None) -> Iterator[MappingQuestion]:
    if guess and guess.field in SAFETY:
        yield _question(column, kind=guess.kind, field=guess.field, why=guess.reason)
        return
    hint = vocabulary.safety_hint(column.heading)
    enough = LISTED if hint else HARMLESS
    known = vocabulary.harmless(column.heading) >= enough and not _denied(column, kind)
    harmless = known or (not hint and (_second(column, guess) or _elsewhere(column)))
    if harmless and not _telling(column):
        return
    if hint:
        yield _question(column, kind=kind, field=_here(kind, hint[0]), why="its name")
    elif name := _by_values(column, kind):
        yield _question(column, kind=kind, field=_here(kind, name), why=BY_VALUES)


def _denied(column: Column, kind: str) -> bool:
    """Whether values deny what harmless words say: "DOA" with yes and no is not a date."""
    said = set(vocabulary.canonical(column.heading).split())
    listed = vocabulary.harmless(column.heading) >= LISTED
    if "flag" in shapes.shapes(column) and len(column.distinct) > 1:
        never = not said.isdisjoint(vocabulary.word_list("no_flag_words"))
        open_to_it = kind == "cases" or not said.isdisjoint(vocabulary.word_list("flag_words"))
        return not listed and (never or not open_to_it)
    if kind != "cases" and "date" in shapes.shapes(column) and shapes.birthlike(column):
        return not listed
    explained = not said.isdisjoint(vocabulary.word_list("number_words"))
    return kind != "cases" and _ages(column) and not explained


def _second(column: Column, guess: Guess | None) -> bool:
    """Whether a column surely is a field that another column has: a status as a code and in words.

    A yes or no is none: it may be about anything.
    """
    return bool(guess and guess.sure) and "flag" not in shapes.shapes(column)


def _elsewhere(column: Column) -> bool:
    """Whether a column surely is a field of another kind of file, such as a victim's type."""
    looks = shapes.shapes(column)
    plain = {"role", "victim_type", "phone_type", "language", *PLACES}
    return any(
        alike(column, kind, name) >= EXACT and looks & {*known["looks"]} - {"flag"}
        for kind in KINDS
        for name, known in fields(kind).items()
        if name in plain
    )


def _told(column: Column, kind: str) -> str:
    """Return the safety field of which values speak themselves, whatever the heading is like."""
    if kind == "people" and _dead(column):
        return "deceased"
    if kind != "cases" and _ages(column):
        return "age"
    return UNNAMED[kind] if _telling(column) else ""


def _by_values(column: Column, kind: str) -> str:
    """Return the safety field that values look like, although the heading does not say so."""
    looks = shapes.shapes(column)
    if kind == "people" and _dead(column):
        return "deceased"
    if _related(column):
        return "relationship"
    if vocabulary.plain_values(column.distinct.keys()):
        return ""
    if _mark(column, kind):
        return UNNAMED[kind]
    if not column.filled or "time" in looks:
        return ""
    if "flag" in looks:
        return UNNAMED[kind]
    if "date" in looks:
        born = shapes.birthlike(column)
        return "" if kind == "cases" else "birth_date" if born else UNNAMED[kind]
    return _told(column, kind) or (UNNAMED[kind] if _short_codes(column, kind) else "")


def _mark(column: Column, kind: str) -> bool:
    """Whether only a few rows have a value: the day of a death, the number in a program.

    In a people file that is also a column that nobody has filled so far. In the other files words
    say no such thing: a case's second offense is rare too.
    """
    looks = shapes.shapes(column)
    if not column.filled:
        return kind == "people" and len(column.values) >= shapes.SEVERAL
    rare = len(column.filled) * RARE <= len(column.values) and not looks & CONTACTS
    return rare and (kind == "people" or "words" not in looks)


def _short_codes(column: Column, kind: str) -> bool:
    """Whether a column has few codes that nobody can read: in a people file also longer ones."""
    distinct = column.distinct
    few = len(distinct) <= FEW_CODES and len(distinct) * 2 <= len(column.filled)
    if any(value.isdigit() and int(value) > LARGEST_CODE for value in distinct):
        return False
    return few and (kind == "people" or max(map(len, distinct)) <= SHORT_CODE)


def _telling(column: Column) -> bool:
    """Whether the values speak of safety themselves."""
    telling = vocabulary.vocabulary()["telling_values"]
    related = _related(column) and len(column.distinct) > 1
    spoken = any(len(value) > SHORT_CODE for value in column.distinct)
    told = column.distinct.keys() & set(telling)
    return (related and spoken) or bool(told - vocabulary.graded(column.heading))


def _dead(column: Column) -> bool:
    """Whether a value says that somebody is dead."""
    return not column.distinct.keys().isdisjoint(vocabulary.vocabulary()["dead_values"])


def _related(column: Column) -> bool:
    """Whether most values are relationships, or half of them and a close one is spelled out.

    Not only words that any column may have.
    """
    known = shapes.known_share(column, "relationship") >= shapes.MOST_KNOWN
    worded = "words" in shapes.shapes(column) and not column.distinct.keys() <= ANYTHING
    return (known and worded) or shapes.names_close(column, HALF)


def _ages(column: Column) -> bool:
    numbers = {int(v) for v in column.distinct if v.isdigit() and len(v) <= 3}
    whole = len(numbers) >= shapes.MOST_KNOWN * len(column.distinct)
    return whole and len(numbers) >= AGES and max(numbers, default=0) <= OLDEST


def _here(kind: str, name: str) -> str:
    """Return a field of a kind that is nearest to a safety field, or the field itself."""
    if name in fields(kind):
        return name
    instead: Mapping[str, str] = vocabulary.vocabulary()["instead"][kind]
    return instead.get(name, name)


def _question(column: Column, *, kind: str, field: str, why: str) -> MappingQuestion:
    meaning = vocabulary.vocabulary()["meaning"].get(field, field)
    turned = _inverted(column)
    swapped = "; its name says the opposite, so yes and no are swapped" if turned else ""
    where = (
        f"{kind}.{field}" if field in fields(kind) else f"{field} of the person, in the people file"
    )
    text = f"{column.file}, {column.heading}: by {why} it may be {where} ({meaning}{swapped})"
    return MappingQuestion(text, kind, field, column.place, turned, why == BY_VALUES)


def _unread_codes(column: Column, field: str) -> bool:
    """Whether a safety column has codes whose meaning nobody may guess."""
    if field == "rights":
        return shapes.known_share(column, field) < 1 and bool(column.filled)
    return field in FLAGS and not column.distinct.keys() <= shapes.SAID_YES | NO


def _inverted(column: Column) -> bool:
    hint = vocabulary.safety_hint(column.heading)
    return bool(hint and hint[1])


def _criminal_history(heading: str) -> str:
    found = (w for w, pattern in CRIMINAL_HISTORY.items() if re.search(pattern, words(heading)))
    return next(found, "")


def _order(table: ExportTable, matches: Sequence[Match]) -> Iterator[MappingQuestion]:
    """Ask about a file whose columns prove both orders of month and day."""
    found = {
        form
        for match in matches
        for guess in match.chosen.values()
        if not (dates := shapes.dates(guess.column)).undecided
        for form in dates.formats
    }
    orders = {form[:2] for form in found if form.startswith(("%m/%d", "%d/%m", "%m-%d", "%d-%m"))}
    if len(orders) > 1:
        yield MappingQuestion(
            f"{table.name}: some columns have the month first and others the day. A file has one "
            "list of formats, so a date such as 3/4 is read wrong in one of them: export one order"
        )
