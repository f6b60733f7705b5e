"""Layouts of made-up records systems: their CSV files, and the key of right answers.

Each YAML file in `agencies/` is one agency. A column is "heading ; key ; how its values look". The
key is Aviso's fields (`cases.number`; several with a space when the file holds two kinds), `-` for
none, or `ask` when a person must be asked; `|` parts answers that are all right. A file whose name
ends in `.ndjson` has objects; a dot in a heading is then an object inside. Every value is made up
here.
"""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

LAYOUTS = Path(__file__).with_name("agencies")
CASES = 24
FIRST = (
    "Ana",
    "Bruno",
    "Chloe",
    "Dmitri",
    "Elena",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Keiko",
)
NUMBERS = {"age", "epoch", "lat", "lon", "serial"}  # what NDJSON writes without quotes
LAST = ("Abelard", "Brightwater", "Castellanos", "Dunmore", "Eastwick", "Fontaine", "Galvez")
STREETS = ("Mesquite", "Ocotillo", "Saguaro", "Palo Verde", "Ironwood")
BEGIN = datetime(2026, 9, 1, 8, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    """What a row is about: its own index, its case and its person."""

    at: int
    case: int
    person: int
    suspect: int
    victim: bool


@dataclass(frozen=True)
class Layout:
    """One agency's files in a folder, and the key: (file, heading) -> right answers."""

    name: str
    folder: Path
    kinds: dict[str, list[str]]
    key: dict[tuple[str, str], str]


def _rows(grain: str) -> list[Row]:
    if grain == "people":
        return [Row(n, n // 2, n, n | 1, n % 2 == 0) for n in range(2 * CASES)]
    if grain == "victims":
        return [Row(n, n, 2 * n, 2 * n + 1, True) for n in range(CASES)]
    step = 2 if grain == "arrests" else 1
    return [Row(n, n, 2 * n + 1, 2 * n + 1, False) for n in range(0, CASES, step)]


def _digits(pattern: str, number: int) -> str:
    width = pattern.count("#")
    digits = iter(str(number).zfill(width)[-width:])
    return "".join(next(digits) if character == "#" else character for character in pattern)


def _spread(row: Row, size: int) -> int:
    """An index that is the same in every run and not in step with the rows."""
    return (row.at * 7 + row.at // 3) % size


def _time(row: Row) -> datetime:
    return BEGIN + timedelta(days=row.case, hours=_spread(row, 11))


def _date(row: Row, form: str) -> str:
    return _time(row).strftime(form)


def _early(row: Row, form: str) -> str:
    at = BEGIN.replace(month=1 + row.case % 9, day=1 + _spread(row, 12))
    return at.strftime(form)


def _birth(row: Row, form: str) -> str:
    n = row.person
    return datetime(1950 + (n * 5) % 55, 1 + n % 12, 1 + n % 28, tzinfo=UTC).strftime(form)


def _person(row: Row) -> tuple[str, str]:
    n = row.person
    return FIRST[n % len(FIRST)], LAST[(n // 2) % len(LAST)] + ("son" if n % 3 else "")


MADE: dict[str, Callable[[Row, str], str]] = {
    "case": lambda row, spec: _digits(spec, 10_237 + row.case * 13),
    "serial": lambda row, spec: str(int(spec) + row.at),
    "person": lambda row, spec: _digits(spec, 1200 + row.person),
    "suspect": lambda row, spec: _digits(spec, 1200 + row.suspect),
    "first": lambda row, _: _person(row)[0],
    "last": lambda row, _: _person(row)[1],
    "full": lambda row, _: " ".join(_person(row)),
    "phone": lambda row, _: f"520-555-{1000 + row.person * 3:04}",
    "landline": lambda row, _: f"520-555-{3000 + row.person * 7:04}",
    "email": lambda row, _: f"{_person(row)[0].lower()}{row.person}@example.org",
    "street": lambda row, _: f"{100 + row.person} {STREETS[row.person % 5]} Street",
    "block": lambda row, _: f"{row.case}00 BLOCK {STREETS[row.case % 5]} ST",
    "city": lambda row, _: ("Sonora Wells", "Dry Creek", "Mesa Roja")[_spread(row, 3)],
    "zip": lambda row, _: f"857{row.person % 90:02}",
    "lat": lambda row, _: f"32.{221 + row.at}",
    "lon": lambda row, _: f"-110.{926 + row.at}",
    "point": lambda row, _: f"(32.{221 + row.at}, -110.{926 + row.at})",
    "date": _date,
    "epoch": lambda row, _: f"{_time(row).timestamp():.0f}000",
    "early": _early,
    "birth": _birth,
    "age": lambda row, _: str(9 + (row.person * 5) % 70),
    "pick": lambda row, spec: spec.split("|")[_spread(row, spec.count("|") + 1)],
    "role": lambda row, spec: spec.split("|")[0 if row.victim else 1],
    "flag": lambda row, spec: spec.split("|")[0 if _spread(row, 9) == 0 else 1],
    "text": lambda row, _: f"R/O met {' '.join(_person(row))} at the address, see notes {row.at}.",
    "empty": lambda row, _: "",
}


def _table(headings: list[str], rows: list[list[str]], delimiter: str) -> str:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerows([headings, *rows])
    return text.getvalue()


def _objects(headings: list[str], kinds: list[str], rows: list[list[str]]) -> str:
    lines = []
    for row in rows:
        whole: dict[str, Any] = {}
        for heading, kind, value in zip(headings, kinds, row, strict=True):
            *parents, last = heading.split(".")
            inside = whole
            for parent in parents:
                inside = inside.setdefault(parent, {})
            inside[last] = json.loads(value) if kind in NUMBERS else _typed(value)
        lines.append(json.dumps(whole) + "\n")
    return "".join(lines)


def _typed(value: str) -> str | bool | None:
    return {"true": True, "false": False, "": None}.get(value, value)


def write(path: Path, folder: Path) -> Layout:
    """Write a layout's files; return its key."""
    files = yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)["files"]
    key: dict[tuple[str, str], str] = {}
    for name, file in files.items():
        columns = [column.split(" ; ") for column in file["columns"]]
        key |= {(name, heading): answers for heading, answers, _ in columns}
        headings = [heading for heading, _, _ in columns]
        specs = [spec.partition(" ") for _, _, spec in columns]
        rows = [[MADE[what](row, rest) for what, _, rest in specs] for row in _rows(file["rows"])]
        if name.endswith(".ndjson"):
            text = _objects(headings, [what for what, _, _ in specs], rows)
        else:
            text = _table(headings, rows, file.get("delimiter", ","))
        (folder / name).write_bytes(text.encode(file.get("encoding", "utf-8")))
    return Layout(path.stem, folder, {n: f["kinds"] for n, f in files.items()}, key)


def every(folder: Path) -> dict[str, Layout]:
    """Write every layout to a folder of its own; return them by name."""
    found = {}
    for path in sorted(LAYOUTS.glob("*.yaml")):
        (folder / path.stem).mkdir()
        found[path.stem] = write(path, folder / path.stem)
    return found
