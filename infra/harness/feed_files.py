"""Export files of the sample agency's records system, for tests and rigs."""

import csv
import io
import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache

import yaml

from aviso.domain.csv_text import csv_text
from aviso.domain.settings import FeedFile
from aviso.feed.cells import read_date
from aviso.feed.columns import FLAGS
from aviso.feed.ndjson_fields import FIELDS
from infra.repository import ROOT

SAMPLE = ROOT / "infra/agency/sample.yaml"
PHOENIX = timedelta(hours=-7)  # Arizona keeps standard time all year


def local(at: datetime | None) -> str:
    """Return a UTC instant as the sample agency's export writes it, empty for none."""
    return (at + PHOENIX).strftime("%m/%d/%Y %H:%M") if at else ""


def export_text(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return a file's text; a cell that a row lacks is empty."""
    names = list(columns)
    cells = []
    for row in rows:
        if unknown := row.keys() - set(names):
            raise ValueError(f"the file has no column {sorted(unknown)}")
        cells.append([row.get(name, "") for name in names])
    return csv_text([names, *cells])


def ndjson_text(file: FeedFile, rows: Iterable[Mapping[str, str]]) -> str:
    """Return the NDJSON of rows in canonical columns, whose cells are as the agency's CSV has them.

    Args:
        file: the settings of the CSV file.
        rows: as for a CSV file; a cell that a row lacks is null.
    """
    return "".join(json.dumps(_object(file, row), ensure_ascii=False) + "\n" for row in rows)


def _object(file: FeedFile, row: Mapping[str, str]) -> dict[str, str | bool | None]:
    found = {name: _json_value(file, name, row.get(name, "")) for name in FIELDS[file.kind]}
    return found | {name: value for name, value in row.items() if name not in found}


def _json_value(file: FeedFile, name: str, cell: str) -> str | bool | None:
    if not cell:
        return None
    if name in FLAGS:
        return {"yes": True, "no": False}[file.values[name][cell.upper()]]
    if name.endswith(("_at", "_time", "_date")):
        found = (read_date(cell, form) for form in file.date_formats)
        return next((at.isoformat() for at in found if at), cell)
    return cell


@cache
def columns(kind: str) -> list[str]:
    """Return the sample agency's columns of a kind of file."""
    return list(yaml.load(SAMPLE.read_text(), yaml.CSafeLoader)["feed"][kind]["columns"].values())


def complete(name: str, text: str) -> str:
    """Return a file with every column of its kind, empty where the text lacks it.

    The import refuses a file without a column that somebody's safety depends on.
    """
    return export_text(columns(name.removesuffix(".csv")), csv.DictReader(io.StringIO(text)))
