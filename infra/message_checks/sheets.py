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
# Each kind of code in a text: a reader who sees its name would guess what is meant.
TAGS, VALUES = re.compile(r"{%.*?%}|{#.*?#}", re.DOTALL), re.compile(r"{{.*?}}|{\w+}")


type Row = Mapping[str, str]


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
        if not row["ok"].strip():
            if own != now.own:
                found.refused.append(f"{name}: it was changed, but not marked ok.")
        elif _plain(row["english"]) != _plain(now.english):
            found.refused.append(f"{name}: the English has changed since the sheet was made.")
        elif not own.strip():
            found.refused.append(f"{name}: it is empty.")
        else:
            found.approved[name] = mark(now.english, own)
            if own != now.own:
                found.texts[name] = own
    return found


def _plain(text: str) -> str:
    """Return a text without what a spreadsheet does to its spaces and ends of lines."""
    return " ".join(text.split())


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


def load(file: Path) -> list[Row]:
    """Return the rows of a sheet that a spreadsheet saved."""
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def save(file: Path, rows: Sequence[Row], columns: Sequence[str]) -> None:
    """Write a sheet, with the mark by which spreadsheets know UTF-8."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8-sig", newline="") as lines:
        out = csv.DictWriter(lines, columns)
        out.writeheader()
        out.writerows(rows)


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
