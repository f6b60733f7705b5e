"""Export files for the deployed template: a test writes only the columns that it needs."""

import csv
import io
from functools import cache
from pathlib import Path

import yaml

SAMPLE = Path(__file__).resolve().parents[2] / "infra/agency/sample.yaml"


@cache
def columns(kind: str) -> list[str]:
    """Return the sample agency's columns of a kind of file."""
    return list(yaml.safe_load(SAMPLE.read_text())["feed"][kind]["columns"].values())


def complete(name: str, text: str) -> str:
    """Return a file with every column of its kind, empty where the text lacks it.

    The import refuses a file without a column that somebody's safety depends on.
    """
    given = csv.DictReader(io.StringIO(text))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns(name.removesuffix(".csv")), restval="")
    writer.writeheader()
    writer.writerows(given)
    return out.getvalue()
