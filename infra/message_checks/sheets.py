"""The sheets of two translators: one translates and vouches, one tells blind what the words say.

The first sheet has the English beside the translation. A row that its reader marks `ok` comes back
as an approval, with the translation as the reader left it. The blind sheet has the translation
alone, in no order, with a column for what it says in English.
"""

import csv
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from aviso.domain.csv_text import FORMULA, spreadsheet
from infra.compiler.approvals import (
    FILE,
    STRINGS,
    Approval,
    TranslatedText,
    mark,
    read,
    texts_in,
    write,
)

WORK = ("text", "english", "translation", "state", "ok")
BLIND = ("id", "translation", "in_english")
COMPARED = ("text", "english", "in_english")
OK = "ok"
# Each kind of code in a text: a reader who sees its name would guess what is meant.
TAGS = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL)
VALUES = re.compile(r"{{.*?}}|{[^{}]*}", re.DOTALL)


type Row = Mapping[str, str]


class SheetError(Exception):
    """A file that is not the sheet that we wrote."""


class Reader(NamedTuple):
    """Who read a sheet."""

    level: str
    by: str
    on: str


@dataclass(frozen=True, slots=True)
class SheetResult:
    """What a sheet brings back."""

    texts: dict[str, str] = field(default_factory=dict)  # those that are other words now
    approved: dict[str, str] = field(default_factory=dict)  # the mark of each, by its name
    refused: list[str] = field(default_factory=list)


def work(texts: Mapping[str, TranslatedText]) -> list[Row]:
    """Return the rows of the work sheet."""
    return [
        dict(zip(WORK, (name, text.english, text.own, text.state, ""), strict=True))
        for name, text in texts.items()
    ]


def taken(rows: Iterable[Row], texts: Mapping[str, TranslatedText]) -> SheetResult:
    """Return what a filled-in work sheet changes and approves."""
    found = SheetResult()
    for row in rows:
        name, now = row["text"], texts.get(row["text"])
        if now is None:
            found.refused.append(f"{name}: there is no such text.")
            continue
        own = row["translation"].replace("\r\n", "\n").strip()
        own = own + "\n" if name.endswith(".txt") else own
        own = now.own if _plain(own) == _plain(now.own) else own
        answer = row["ok"].strip().lower()
        if not answer:
            if own != now.own:
                found.refused.append(f"{name}: it was changed, but not marked ok.")
        elif answer != OK:
            found.refused.append(f"{name}: write ok or nothing in its last column.")
        elif _plain(row["english"]) != _plain(now.english):
            found.refused.append(f"{name}: the English has changed since the sheet was made.")
        elif not own.strip():
            found.refused.append(f"{name}: it is empty.")
        elif _code(own) not in (_code(now.own), _code(now.english)):
            found.refused.append(f"{name}: what is in {{ }} differs from ours.")
        else:
            found.approved[name] = mark(now.english, own)
            if own != now.own:
                found.texts[name] = own
    return found


def _plain(text: str) -> str:
    """Return a text without what a spreadsheet does to its spaces and ends of lines."""
    return " ".join(text.split())


def _code(text: str) -> set[str]:
    """Return what a text has for a program to read: a translator must leave it as it is."""
    return {*TAGS.findall(text), *VALUES.findall(text)}


def blind(texts: Mapping[str, TranslatedText]) -> list[Row]:
    """Return the rows of the blind sheet, in an order that says nothing."""
    marked = sorted({(mark(text.english, text.own), text.own) for text in texts.values()})
    spoken = ((id, VALUES.sub("[...]", TAGS.sub("", own)).strip()) for id, own in marked)
    return [dict(zip(BLIND, (*each, ""), strict=True)) for each in spoken if each[1]]


def compared(rows: Iterable[Row], texts: Mapping[str, TranslatedText]) -> list[Row]:
    """Return what the blind reader understood beside what is meant; nothing for changed texts."""
    known = {mark(text.english, text.own): (name, text) for name, text in texts.items()}
    return [
        dict(zip(COMPARED, (name, text.english, row["in_english"]), strict=True))
        for row in rows
        if row["in_english"].strip() and row["id"] in known
        for name, text in [known[row["id"]]]
    ]


def load(file: Path, columns: Sequence[str]) -> list[Row]:
    """Return the rows of a sheet that a spreadsheet saved.

    Raises:
        SheetError: the file is not in UTF-8, or a row has other columns.
    """
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            sheet = csv.DictReader(lines)
            rows = list(sheet)
    except UnicodeDecodeError:
        raise SheetError(f"{file.name} is not in UTF-8. Save it as CSV UTF-8.") from None
    if tuple(sheet.fieldnames or ()) != tuple(columns):
        raise SheetError(f"{file.name} must have these columns: {','.join(columns)}.")
    for number, row in enumerate(rows, 1):
        if None in row or None in row.values():
            raise SheetError(f"{file.name}: row {number} has too few or too many columns.")
    return [{name: _as_written(cell) for name, cell in row.items()} for row in rows]


def save(file: Path, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Write a sheet so that a spreadsheet reads its letters and runs no cell."""
    file.parent.mkdir(parents=True, exist_ok=True)
    cells = [columns, *([row[name] for name in columns] for row in rows)]
    file.write_text(spreadsheet(cells), "utf-8", newline="")


def _as_written(cell: str) -> str:
    """Return a cell without the mark that keeps a spreadsheet from running it."""
    return cell[1:] if cell.startswith(tuple(f"'{sign}" for sign in FORMULA)) else cell


def take(rows: Sequence[Row], place: Path, code: str, reader: Reader) -> None:
    """Write what a sheet brings back into one place, beside its texts."""
    texts, folder = texts_in(place, code), place / "locales" / code
    found = taken([row for row in rows if row["text"] in texts], texts)
    for name, text in found.texts.items():
        path = folder / (name if name.endswith(".txt") else STRINGS)
        old = path.read_text("utf-8")
        path.write_text(text if path.name != STRINGS else with_text(old, name, text), "utf-8")
    new = {n: Approval(n, id, *reader) for n, id in found.approved.items()}
    kept = {name: each for name, each in read(folder / FILE).items() if name in texts}
    if kept | new:
        write(folder / FILE, (kept | new).values())


def with_text(strings: str, key: str, text: str) -> str:
    """Return a file of strings with another text at one key; comments stay."""
    line = re.compile(rf"^{key}:.*\n(?:[ ]+.*\n|\n(?=[ ]))*", re.MULTILINE)
    return line.sub(lambda _: f"{key}: {json.dumps(text, ensure_ascii=False)}\n", strings)
