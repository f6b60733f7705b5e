"""Guesses which file is of which kind, and which column is which of Aviso's fields.

A guess comes from the heading's words (`vocabulary.py`), from what the values look like
(`shapes.py`), and from values that two files share.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

from aviso.domain.text import normal_number
from infra.mapping import shapes, vocabulary
from infra.mapping.reading import Column, ExportTable

KINDS = ("cases", "people", "arrests")
SURE = 85.0  # a guess from here on is taken as right
POSSIBLE = 66.4  # below, it is none
UNFIT = 45  # for values that do not look like the field's
SECOND_BEST = 20  # a column that is so much more like another field is not a field's second choice
SUBJECT = 76.0  # for a word of what a field is about, and values that are its for certain
TIE = 3  # a heading that is also harmless is the field's if it is as like
PREFERRED = 2  # for values as the field's best columns have them
JOINS = "its values, which another file has"
KNOWN = 12  # for values that are the field's known codes
LINKED = 8  # for ids of which another file has some
MOST_SHARED = 0.5  # of the ids of the shorter list, so that two columns join their files
EXACT = 95.0  # a heading from here on says what the column is, even if all its values are the same
PROVED = 95.0  # for the column that joins two files, whatever its name
# By the values alone, if the heading says nothing.
BY_VALUES = {
    "role": 78.0,
    "relationship": 78.0,
    "email": 80.0,
    "phone": 70.0,
    "language": 72.0,
    "victim_type": 72.0,
    "phone_type": 72.0,
}
BY_SHAPE = frozenset({"email", "phone"})  # of these, the values have a form and no codes
FILE_NAME = 25  # what a file's name adds to a kind
# What a second kind in one file must show, beside the first: (first, second) -> weight.
SECOND = {
    ("cases", "people"): 20,
    ("cases", "arrests"): 40,
    ("arrests", "people"): 40,
    ("arrests", "cases"): 60,
    ("people", "cases"): 35,
    ("people", "arrests"): 60,
}
# In a file that also has cases, these are the crime's unless the heading says whose they are: a
# letter to the place of the crime would reach anybody.
PLACES = ("street", "city", "region", "postal_code")
SHARED = frozenset({"number", "row_time"})  # fields that both kinds of a file read from one column


FORMER = {"former_number": "number", "former_id": "id"}  # "old" and the heading of the other

ST = re.compile(r"(?i)(?<![a-z])st(?![a-z])")  # a state, or a street if the values are some

# A number that a database gave its row, which no other program knows.
OF_A_ROW = frozenset({"object", "row", "fid", "oid", "global", "guid", "uuid", "esri", "instance"})
JUST_A_NUMBER = frozenset({"id", "number"})
NUMBERED = frozenset({"number", "former_number", "offense"})  # whose fields are not such numbers
CODED = frozenset({"offense", "status", "division"})  # fields whose values differ in a real export


@dataclass(frozen=True)
class Link:
    """The ids of another file's column; `proved` if a column of this file has most of them."""

    ids: frozenset[str]
    proved: bool


@dataclass(frozen=True)
class Guess:
    """A column and what it may be."""

    column: Column
    kind: str
    field: str
    score: float
    reason: str

    @property
    def sure(self) -> bool:
        """Whether the guess needs no second look."""
        return self.score >= SURE


@dataclass
class Match:
    """One file as one kind: the chosen columns, and the next best for a field that is taken."""

    table: ExportTable
    kind: str
    chosen: dict[str, Guess] = field(default_factory=dict)
    others: list[Guess] = field(default_factory=list)
    without: frozenset[str] = frozenset()  # headings that are something else already
    worded: bool = False  # only headings that say whose they are, such as "victim age"

    def linked(self, links: Mapping[str, Link]) -> "Match":
        """Return the match chosen again, now that other files' ids are known by field."""
        return match(self.table, self.kind, without=self.without, worded=self.worded, links=links)

    def column(self, name: str) -> Column | None:
        """Return the column of a field."""
        guess = self.chosen.get(name)
        return guess.column if guess else None

    @property
    def weight(self) -> int:
        """How much the columns say that the rows are of this kind."""
        known = fields(self.kind)
        return sum(int(known[name].get("weight", 0)) for name in self.chosen)


def fields(kind: str) -> Mapping[str, Any]:
    """Return what `words.yaml` says about a kind's fields."""
    found: Mapping[str, Any] = vocabulary.vocabulary()["fields"][kind]
    return found


def kinds_of(table: ExportTable) -> list[Match]:
    """Return a file as its best kind, and as a second one when it has both."""
    found = {kind: match(table, kind) for kind in KINDS}
    total = {kind: found[kind].weight + _file_name(table.name, kind) for kind in KINDS}
    first = max(KINDS, key=lambda kind: total[kind])
    if found[first].weight == 0:
        return []
    if first == "people":
        found[first] = _without_places(found[first])
    result = [found[first]]
    taken = {g.column.heading for name, g in found[first].chosen.items() if name not in SHARED}
    for kind in KINDS:
        if kind != first:
            worded = _must_say_whose(first, kind)
            second = match(table, kind, without=frozenset(taken), worded=worded)
            if second.weight >= SECOND[first, kind]:
                result.append(second)
    return result


def _without_places(people: Match) -> Match:
    """Return people without an address that may be the crime's, if the file has cases too."""
    named = {g.column.heading for n, g in people.chosen.items() if n not in (*SHARED, *PLACES)}
    cases = match(people.table, "cases", without=frozenset(named))
    if cases.weight < SECOND["people", "cases"]:
        return people
    whose = vocabulary.vocabulary()["kinds"]["people"]["whose"]
    places = {people.chosen[n].column.heading for n in PLACES if n in people.chosen}
    theirs = frozenset(heading for heading in places if not _says_whose(heading, whose))
    return match(people.table, "people", without=theirs)


def match(
    table: ExportTable,
    kind: str,
    *,
    without: frozenset[str] = frozenset(),
    worded: bool = False,
    links: Mapping[str, Link] | None = None,
) -> Match:
    """Choose a file's column for each field of a kind, the best guess first.

    `links` are the ids that another file has, by field; the rest is as in `Match`.
    """
    whose = _whose(table.name, kind)
    guesses = [
        guess
        for column in table.columns
        if column.heading not in without
        for name in fields(kind)
        if not worded or name in SHARED or _says_whose(column.heading, whose)
        if (guess := _guess(column, kind, name, (links or {}).get(name)))
    ]
    best: dict[int, float] = {}
    for guess in guesses:
        best[id(guess.column)] = max(guess.score, best.get(id(guess.column), 0))
    guesses = [guess for guess in guesses if guess.score > best[id(guess.column)] - SECOND_BEST]
    result, used = Match(table, kind, without=without, worded=worded), set[int]()
    for guess in sorted(guesses, key=lambda g: -g.score):
        if id(guess.column) in used:
            continue
        if guess.field in result.chosen:
            result.others.append(guess)
        else:
            result.chosen[guess.field] = guess
            used.add(id(guess.column))
    _add_former(result, used)
    if "age" not in result.chosen:
        result.chosen.pop("age_at", None)
    result.chosen = {name: result.chosen[name] for name in fields(kind) if name in result.chosen}
    result.others = [g for g in result.others if id(g.column) not in used]
    return result


def _add_former(result: Match, used: set[int]) -> None:
    """Choose "superseded RB" as the former number of a file whose number is "RB number"."""
    for name, now in FORMER.items():
        if name in result.chosen or now not in result.chosen or name not in fields(result.kind):
            continue
        said = {"previous", *_spoken(result.chosen[now].column)}
        for column in result.table.columns:
            if id(column) not in used and len(said) > 1 and _spoken(column) == said:
                result.chosen[name] = Guess(column, result.kind, name, SUBJECT, "its name")
                used.add(id(column))
                break


def _spoken(column: Column) -> set[str]:
    return set(vocabulary.canonical(column.heading).split()) - JUST_A_NUMBER


def _guess(column: Column, kind: str, name: str, link: Link | None) -> Guess | None:
    if not (link and link.proved):
        return _likely(column, kind, name, link)
    if overlap(column, link.ids) <= MOST_SHARED:
        return None
    unsure = (kind, name) == ("cases", "number") and shapes.repeats(column)  # perhaps a district's
    return Guess(column, kind, name, POSSIBLE if unsure else PROVED, JOINS)


@lru_cache(maxsize=1 << 14)
def _likely(column: Column, kind: str, name: str, link: Link | None) -> Guess | None:
    known = fields(kind)[name]
    must = set(known.get("must", ()))
    if must and must.isdisjoint(vocabulary.canonical(column.heading).split()):
        return None
    about = _about_it(column, known)
    score = max(alike(column, kind, name), about)
    if _never(column, kind, name, score):
        return None
    harmless = vocabulary.harmless(column.heading)
    harmless = 0.0 if about and harmless < EXACT else harmless
    reason = "its name"
    looks = shapes.shapes(column)
    wanted = {*known["looks"]}
    unproved = {"empty"} if vocabulary.doubtful(column.heading) else set[str]()
    fits = bool(looks & (wanted | {"empty"}) - unproved) and not shapes.only(column) - wanted
    fits = fits and not (name in PLACES and "street" in looks - wanted)
    if shapes.known_share(column, name) >= shapes.MOST_KNOWN and column.filled:
        if BY_VALUES.get(name, 0) > score and _tells(column):
            score, reason, harmless = BY_VALUES[name], "its values", 0.0
        elif score > POSSIBLE - KNOWN:
            score, reason = score + KNOWN, "its name and its values"
    elif name in BY_SHAPE and fits and column.filled and BY_VALUES[name] > max(score, harmless):
        score, reason, harmless = BY_VALUES[name], "its values", 0.0
    if not fits:
        score -= UNFIT
    elif known.get("prefers") in looks:
        score += PREFERRED
    linked = _linked(column, link.ids if link else None)
    if (linked <= 0 and harmless - TIE > score) or score < POSSIBLE - LINKED:
        return None
    score += linked
    return Guess(column, kind, name, score, reason) if score >= POSSIBLE else None


def _about_it(column: Column, known: Mapping[str, Any]) -> float:
    """Return a score if a heading has a word of the field, and the values can be nothing else."""
    said = vocabulary.canonical(column.heading).split()
    subject = not {*known.get("subject", ())}.isdisjoint(said)
    return SUBJECT if subject and shapes.only(column) & {*known["looks"]} else 0


def alike(column: Column, kind: str, name: str) -> float:
    """Return from 0 to 100 how like a heading is to a field's."""
    whose, phrases = _whose(column.file, kind), vocabulary.phrases(kind, name)
    like = vocabulary.likeness(column.heading, phrases, whose)
    if name == "street" and "street" in shapes.shapes(column):
        return max(like, vocabulary.likeness(ST.sub("street", column.heading), phrases, whose))
    return like


@cache
def _whose(file: str, kind: str) -> tuple[str, ...]:
    """Return the words that may come before any heading of a file.

    "Suspect age" is the age of nobody in a file of victims, but it is one in a file of suspects.
    """
    theirs = kind == "people" and "suspect" in _file_words(file)
    return (*vocabulary.vocabulary()["kinds"][kind]["whose"], *(["suspect"] if theirs else []))


def technical(column: Column) -> bool:
    """Whether a heading is that of a row's number in a database, such as RowID, or of a place."""
    said = set(vocabulary.canonical(column.heading).split())
    row = bool(said & OF_A_ROW) and said <= OF_A_ROW | JUST_A_NUMBER
    return row or not said.isdisjoint(vocabulary.word_list("place_words"))


def _never(column: Column, kind: str, name: str, score: float) -> bool:
    """Whether a column can be ruled out for a field, by its heading or by its values."""
    if score <= POSSIBLE - KNOWN and name not in BY_VALUES:
        return True
    if name in NUMBERED and technical(column):
        return True
    coded = not {"code", "words"}.isdisjoint(fields(kind)[name]["looks"])
    if coded and shapes.free_text(column):
        return True
    return name in CODED and shapes.constant(column) and score < EXACT


def _tells(column: Column) -> bool:
    """Whether known codes cannot be chance: words, not single letters."""
    return any(len(value) > 2 for value in column.distinct) and len(column.distinct) > 1


def _linked(column: Column, ids: frozenset[str] | None) -> float:
    if not ids or not column.filled:
        return 0
    share = overlap(column, ids)
    return LINKED if share > MOST_SHARED else -LINKED if share == 0 else 0


def overlap(column: Column, ids: frozenset[str]) -> float:
    """Return the share of ids that a column and another file share, of the shorter list."""
    mine = keys(column)
    return len(mine & ids) / min(len(mine), len(ids)) if mine and ids else 0


def keys(column: Column) -> frozenset[str]:
    """Return a column's ids in one form."""
    return frozenset(normal_number(value) for value in column.distinct)


def _must_say_whose(first: str, second: str) -> bool:
    """Whether a heading must say whose it is: in a file of cases "city" is that of the crime."""
    return first == "cases" and second == "people"


def _says_whose(heading: str, whose: Iterable[str]) -> bool:
    return bool({*whose, "suspect"} & set(vocabulary.canonical(heading).split()))


def _file_name(name: str, kind: str) -> int:
    said = _file_words(name)
    hints = vocabulary.vocabulary()["kinds"][kind]["file"]
    return FILE_NAME if any(set(vocabulary.canonical(h).split()) <= said for h in hints) else 0


@cache
def _file_words(name: str) -> frozenset[str]:
    return frozenset(vocabulary.canonical(name.rpartition(".")[0]).split())
