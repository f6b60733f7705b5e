"""Write a made-up records system's export: `python -m infra.local.sample.export --out DIR`.

    cases.csv, people.csv, arrests.csv    in the sample agency's own columns, codes and encodings
    story.json, story_arrest.csv          the case that `make demo` plays, and its arrest for later

All dates are relative to --now, so that the story works at any hour of any day. The same seed,
time and number of cases give the same files.
"""

import argparse
import json
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

import yaml

from aviso.domain.csv_text import csv_text
from infra.local.sample.cases import PER_DAY, Generator, written
from infra.local.sample.people import Row
from infra.local.sample.story import ARREST_FILE, story
from infra.repository import ROOT

AGENCY = ROOT / "infra/agency/sample.yaml"
# An old records system: its people file is in Windows-1252.
ENCODINGS = {"cases": "utf-8-sig", "people": "cp1252", "arrests": "utf-8"}
EXTRA = {"cases": "BEAT", "people": "HAIR", "arrests": "BOOKING_NUM"}  # unused by the import
DAYS = 120  # how far back reports go


@dataclass(slots=True)
class SampleFile:
    """One file being written, by canonical column names."""

    columns: Mapping[str, str]
    file: TextIO
    extra: str

    def begin(self) -> None:
        """Write the header."""
        self.line([*self.columns.values(), self.extra])

    def row(self, row: Row) -> None:
        """Write a row."""
        self.line([*(row.get(name, "") for name in self.columns), ""])

    def line(self, cells: list[str]) -> None:
        """Write cells as they are."""
        self.file.write(csv_text([cells]))


def export(out: Path, cases: int, now: datetime, seed: int) -> dict[str, Any]:
    """Write all files; return what `story.json` says.

    Args:
        out: the folder, made when missing.
        now: what dates are relative to, with a time zone.
    """
    out.mkdir(parents=True, exist_ok=True)
    feed = yaml.load(AGENCY.read_text(encoding="utf-8"), yaml.CSafeLoader)["feed"]
    with ExitStack() as stack:

        def begun(kind: str, name: str) -> SampleFile:
            path, encoding = out / name, ENCODINGS[kind]
            file = stack.enter_context(path.open("w", encoding=encoding, newline=""))
            begun = SampleFile(feed[kind]["columns"], file, EXTRA[kind])
            begun.begin()
            return begun

        files = {kind: begun(kind, f"{kind}.csv") for kind in ENCODINGS}
        generator = Generator(seed, now, max(DAYS, cases // PER_DAY))
        story_case, arrest, told = story(now, generator.number(now - timedelta(days=3)))
        last = ""
        for made in chain([story_case], generator.made(cases)):
            files["cases"].row(made.case)
            for kind, rows in (("people", made.people), ("arrests", made.arrests)):
                for row in rows:
                    files[kind].row(row)
            last = made.case["number"]
        _dirty(files, last, now)
        begun("arrests", ARREST_FILE).row(arrest)
    text = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    (out / "story.json").write_text(text, encoding="utf-8")
    return told


def _dirty(files: Mapping[str, SampleFile], number: str, now: datetime) -> None:
    """Write rows as in real exports: one of each kind that is rejected or causes a warning."""
    person: Row = {
        "number": number,
        "role": "VIC",
        "first_name": "Nadie",
        "last_name": "Prueba",
        "birth_date": "01/01/1980",
        "safe_to_contact": "N",
        "row_time": written(now - timedelta(days=30)),
    }
    people, cases, arrests = files["people"], files["cases"], files["arrests"]
    people.row(person | {"id": "NBAD1", "birth_date": "31/31/1980"})
    people.row(person | {"id": ""})
    people.row(person | {"id": "NBAD2", "role": "WIT"})
    people.row(person | {"id": "NBAD3", "phone": "555-CALL", "email": "none"})
    people.row(person | {"id": "NBAD4", "number": number[:6]})
    people.line([number, "NBAD5", "VIC"])
    time = written(now - timedelta(days=30))
    cases.row({"number": number[:6] + "9999", "status": "OPEN", "reported_at": "soon"})
    arrests.row({"number": number, "id": "", "suspect": "NBAD1", "row_time": time})


def main() -> int:
    """Write the export; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="the folder to write to")
    parser.add_argument("--cases", type=int, default=500, help="how many cases")
    parser.add_argument("--now", type=datetime.fromisoformat, default=None, help="as ISO 8601")
    parser.add_argument("--seed", type=int, default=7, help="another seed, other cases")
    arguments = parser.parse_args()
    now = arguments.now or datetime.now(UTC)
    if now.tzinfo is None:
        parser.error("--now needs a time zone, such as 2026-11-24T19:00:00+00:00")
    export(arguments.out, arguments.cases, now, arguments.seed)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
