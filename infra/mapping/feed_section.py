"""The section `feed` of the proposed settings, with a reason and examples at each column."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from textwrap import wrap

from aviso.feed.columns import times_of
from infra.mapping import code_values, masking, matching, shapes, vocabulary
from infra.mapping.masking import Codes
from infra.mapping.matching import KINDS, Guess, Match
from infra.mapping.proposal import Proposal
from infra.mapping.questions import MappingQuestion
from infra.mapping.reading import Column

# The columns that the settings' schema needs; a file may lack all but the keys.
SCHEMA = {
    "cases": ("number", "offense", "status", "row_time"),
    "people": ("number", "id", "role", "first_name", "last_name", "row_time"),
    "arrests": ("number", "id", "suspect", "arrested_at", "row_time"),
}
KEYS = frozenset({"number", "id", "role", "suspect"})  # without one, no row can be imported
STAMP = r"(?:[_-](?P<stamp>[0-9T_-]+))?"
LISTED = 6  # headings that a comment names
WIDTH = 96


def lines(proposal: Proposal, codes: Codes, sample: str) -> Iterator[str]:
    """Yield the lines of the section; no name, heading or code in a comment ends its line."""
    for line in _section(proposal, codes, sample):
        yield " ".join(line.splitlines())


def _section(proposal: Proposal, codes: Codes, sample: str) -> Iterator[str]:
    yield "feed:"
    yield from (f"  # {line}" for line in _links(proposal))
    yield from (f"  # {line}" for line in _unused(proposal))
    for kind in KINDS:
        match = proposal.kinds.get(kind)
        if match is None:
            yield f"  # No file of {kind} was found. These lines are the sample agency's."
            yield from _of_sample(kind, sample)
        else:
            yield from _file(match, proposal, codes)


def _file(match: Match, proposal: Proposal, codes: Codes) -> Iterator[str]:
    table, kind = match.table, match.kind
    asked = {q.column: (n, q) for n, q in enumerate(proposal.questions, 1) if q.column}
    chosen = {
        name: guess
        for name, guess in match.chosen.items()
        if (table.name, guess.column.heading) not in asked
    }
    pattern, example = _file_name(match, proposal)
    required = [name for name in SCHEMA[kind] if name in chosen or name in KEYS]
    yield f"  {kind}:  # from {table.name}"
    yield from (f"    # UNSURE: {note}" for note in table.notes)
    yield f"    name_pattern: '{pattern.replace("'", "''")}'"
    yield f"    name_example: {json.dumps(example)}"
    yield "    full: false  # true only if every file has every row"
    yield f"    delimiter: {json.dumps(table.delimiter)}"
    yield from _encodings(table.encoding)
    yield f"    required: [{', '.join(required)}]"
    yield from _date_formats(kind, chosen)
    if unknown := _unknown_roles(chosen, codes):
        yield "    # If Aviso tells none of these people, remove the # before the next line."
        yield f"    # ignore_roles: {json.dumps(unknown, ensure_ascii=False)}"
    yield "    columns:"
    for name, guess in chosen.items():
        mark = "" if guess.sure else "UNSURE, "
        shown = _examples(guess.column, codes.of(guess.column, name))
        yield f"      # {mark}by {guess.reason}. {shown}"
        yield f"      {name}: {json.dumps(guess.column.heading, ensure_ascii=False)}"
    for name in SCHEMA[kind]:
        if name not in chosen:
            yield f"      # No column was found. {MISSING.get(name, 'Aviso needs one.')}"
            yield f'      {name}: "(no column for {name})"'
    for column in table.columns:
        number, question = asked.get((table.name, column.heading), (0, None))
        if question and question.kind == kind:
            yield from _asked(number, question, column, chosen, codes)
    for further in proposal.further:
        if further.kind == kind:
            yield from _further(further, proposal)
    values = list(_values(match, chosen, asked, codes))
    if values:
        yield "    values:" if any(map(_real, values)) else "    # values:"
        yield from values


def _further(match: Match, proposal: Proposal) -> Iterator[str]:
    """Yield comments that say what the columns of another file of the kind are."""
    yield f"      # {match.table.name} has {match.kind} too. If you export both as one file:"
    fields = {(file, heading): name for file, heading, name in proposal.mapped()}
    for column in match.table.columns:
        if name := fields.get(column.place):
            yield f"      #   {name.partition('.')[2]}: {json.dumps(column.heading)}"


MISSING = {"row_time": "Without it, the later file counts."}


def _real(line: str) -> bool:
    return not line.lstrip().startswith("#")


def _asked(
    number: int,
    question: MappingQuestion,
    column: Column,
    chosen: Mapping[str, Guess],
    codes: Codes,
) -> Iterator[str]:
    taken = ""
    if question.field in chosen:
        theirs = chosen[question.field].column.heading
        taken = f". {theirs} is that already: export one column that is yes if either is"
    yield f"      # ASK {number}. {_examples(column, codes.of(column, question.field))}{taken}"
    if question.field in matching.fields(question.kind):
        yield f"      # {question.field}: {json.dumps(column.heading, ensure_ascii=False)}"


def _values(
    match: Match,
    chosen: Mapping[str, Guess],
    asked: Mapping[tuple[str, str], tuple[int, MappingQuestion]],
    codes: Codes,
) -> Iterator[str]:
    for name, guess in chosen.items():
        found = codes.of(guess.column, name)
        for line in code_values.lines(guess.column, name, found, inverted=False):
            yield f"      {line}"
    for column in match.table.columns:
        number, question = asked.get((column.file, column.heading), (0, None))
        open_field = question and question.field in {*matching.fields(match.kind)} - {*chosen}
        if question and open_field and question.kind == match.kind:
            found = codes.of(column, question.field)
            for line in code_values.lines(
                column, question.field, found, inverted=question.inverted
            ):
                # Swapped answers are written out: an answered column without them would be the
                # opposite, while the build refuses them without the column.
                mark = "" if question.inverted and _real(line) else "# "
                yield f"      {mark}{line.removeprefix('# ')}  # ASK {number}"


def _unknown_roles(chosen: Mapping[str, Guess], codes: Codes) -> list[str]:
    guess = chosen.get("role")
    found = codes.of(guess.column, "role") if guess else []
    return [code for code in found if vocabulary.known_value("role", code) is None]


def _examples(column: Column, codes: Sequence[str]) -> str:
    """Return three examples: codes as they are, and all else masked."""
    if codes:
        return f"Codes: {', '.join(codes[: masking.EXAMPLES])}"
    shown = masking.examples(column)
    return f"Looks like {', '.join(shown)}" if shown else "Every cell is empty"


def _encodings(encoding: str) -> Iterator[str]:
    second = "cp1252" if encoding.startswith("utf-8") else encoding
    yield f"    encodings: [utf-8-sig, {second}]"


def _date_formats(kind: str, chosen: Mapping[str, Guess]) -> Iterator[str]:
    """Yield the setting; months and days that could be swapped follow the columns that prove it."""
    columns = [chosen[name].column for name in times_of(kind) if name in chosen]
    found = {column.heading: shapes.dates(column) for column in columns}
    proved = [f for d in found.values() if not d.undecided for f in d.formats]
    open_columns = [heading for heading, d in found.items() if d.undecided]
    forms = list(dict.fromkeys([*proved, *(f for d in found.values() for f in d.formats)]))
    day_first = any(f.startswith("%d") for f in proved)
    if open_columns and any(f.startswith(("%d/", "%m/", "%d-", "%m-")) for f in proved):
        if day_first:
            forms = list(dict.fromkeys(f if f in proved else shapes.swapped(f) for f in forms))
        names = _some(open_columns)
        yield f"    # {names}: no day is above 12; the order is that of the others."
    elif open_columns:
        yield f"    # UNSURE: {_some(open_columns)} may have the day first: no day is above 12."
    for heading, dates in found.items():
        if dates.unread:
            yield f"    # UNSURE: {dates.unread} cells of {heading} are not dates in these formats."
    yield f"    date_formats: {json.dumps(forms or ['%m/%d/%Y'])}"


def _file_name(match: Match, proposal: Proposal) -> tuple[str, str]:
    """Return a pattern and an example of a file's name; a file of two kinds has two names."""
    stem = " ".join(match.table.name.rpartition(".")[0].split())
    stem = re.sub(r"[_-]?(?:\d{4}-?\d{2}-?\d{2}|\d{8})[T_-]?\d*$", "", stem) or match.kind
    first = next(k for k, m in proposal.kinds.items() if m.table is match.table)
    if first != match.kind:
        stem += f"_{match.kind}"
    return f"^{re.escape(stem)}{STAMP}\\.csv$", f"{stem}_20261124_0830.csv"


def _links(proposal: Proposal) -> Iterator[str]:
    for kind, name, other, theirs in (
        ("people", "number", "cases", "number"),
        ("arrests", "number", "cases", "number"),
        ("arrests", "suspect", "people", "id"),
    ):
        if kind not in proposal.kinds or other not in proposal.kinds:
            continue
        mine, ids = proposal.kinds[kind].column(name), proposal.kinds[other].column(theirs)
        if mine and ids and proposal.kinds[kind].table is not proposal.kinds[other].table:
            share = matching.overlap(mine, matching.keys(ids))
            unsure = "" if share > 0.5 else "UNSURE: "
            yield (
                f"{unsure}{share:.0%} of {kind}.{name} ({mine.heading}) are in {other}.{theirs} "
                f"({ids.heading})."
            )


def _unused(proposal: Proposal) -> Iterator[str]:
    for table in proposal.tables:
        names = [c.heading for c in proposal.unused if c.file == table.name]
        if names:
            yield from wrap(f"Not used of {table.name}: {', '.join(names)}", WIDTH)


def _of_sample(kind: str, sample: str) -> Iterator[str]:
    found = re.search(rf"^  {kind}:\n(?:    .*\n)*", sample[sample.index("\nfeed:\n") :], re.M)
    yield from (found[0].rstrip("\n").split("\n") if found else ())


def _some(names: list[str]) -> str:
    return ", ".join(names[:LISTED])
