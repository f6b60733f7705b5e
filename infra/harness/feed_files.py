"""Export files of the sample agency's records system: the one writer of CSV for tests and rigs."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import yaml

SAMPLE = Path(__file__).resolve().parents[2] / "infra/agency/sample.yaml"
PHOENIX = timedelta(hours=-7)  # Arizona keeps standard time all year


def local(at: datetime | None) -> str:
    """Return a UTC instant as the sample agency's export writes it, empty for none."""
    return (at + PHOENIX).strftime("%m/%d/%Y %H:%M") if at else ""


def csv_text(columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    """Return a file's text; a cell that a row lacks is empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(columns), restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


@cache
def columns(kind: str) -> list[str]:
    """Return the sample agency's columns of a kind of file."""
    return list(yaml.safe_load(SAMPLE.read_text())["feed"][kind]["columns"].values())


def complete(name: str, text: str) -> str:
    """Return a file with every column of its kind, empty where the text lacks it.

    The import refuses a file without a column that somebody's safety depends on.
    """
    return csv_text(columns(name.removesuffix(".csv")), csv.DictReader(io.StringIO(text)))
